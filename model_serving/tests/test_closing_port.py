import socket
import sys
import threading

import pytest

from app.closing_port import keep_out

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the filter")


def test_who_waits_is_taken_and_nobody_else_comes() -> None:
    """After keep_out those who wait are served, and others find the port closed when it is."""
    with socket.create_server(("127.0.0.1", 0)) as port:
        address = port.getsockname()
        with socket.create_connection(address) as waiting:
            waiting.sendall(b"song")
            keep_out([port.fileno()])
            with pytest.raises(TimeoutError):
                socket.create_connection(address, timeout=0.2)
            taken, _ = port.accept()
            with taken:
                assert taken.recv(4) == b"song"
                taken.sendall(b"genre")
            assert waiting.recv(5) == b"genre"
        closing = threading.Timer(0.2, port.close)
        closing.start()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address, timeout=10)
        closing.join()
