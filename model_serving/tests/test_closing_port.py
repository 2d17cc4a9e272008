import socket
import threading

import pytest

from app import closing_port


@pytest.mark.parametrize("allowed", [True, False], ids=["filter", "short queue"])
def test_who_waits_is_taken_and_hardly_anybody_else_comes(
    monkeypatch: pytest.MonkeyPatch, allowed: bool
) -> None:
    """After keep_out those who wait are served, and others find the port closed when it is."""
    if not allowed:
        monkeypatch.setattr(closing_port, "_filtered", lambda listening: False)
    with socket.create_server(("127.0.0.1", 0)) as port:
        address = port.getsockname()
        with socket.create_connection(address) as waiting:
            waiting.sendall(b"song")
            closing_port.keep_out([port.fileno()])
            with pytest.raises(TimeoutError):
                socket.create_connection(address, timeout=0.2)
            taken, _ = port.accept()
            with taken:
                assert taken.recv(4) == b"song"
                taken.sendall(b"genre")
            assert waiting.recv(5) == b"genre"
        closing = threading.Timer(0.2, port.close)
        closing.start()
        with pytest.raises((ConnectionRefusedError, ConnectionResetError)):
            with socket.create_connection(address, timeout=10) as late:
                assert late.recv(1) != b""
        closing.join()
