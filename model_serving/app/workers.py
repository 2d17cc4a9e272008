"""Several processes that serve one port, each of which listens for itself.

Where processes share a listening socket, whoever wakes first takes most of those who wait, and the
others idle. With SO_REUSEPORT Linux deals new connections out, and each process can end by itself
without a reset for those who have just connected to it.
"""

import socket
import sys
from typing import Any, Self

from uvicorn import Config
from uvicorn.supervisors import Multiprocess

from app.errors import ServingError


def run_workers(config: Config) -> None:
    """Serve with as many processes as the configuration says, until SIGTERM or Ctrl-C.

    Raises
    ------
    ServingError
        When the address cannot be listened on.
    """
    if sys.platform != "linux":  # others give all connections to one of the sockets
        Multiprocess(config, [config.bind_socket()]).run()
        return
    try:
        # Two services of the same user could share the port unnoticed; without SO_REUSEPORT not.
        OwnPort.open(config.host, config.port, shared=False).close()
        port = OwnPort.open(config.host, config.port)
    except OSError as error:
        raise ServingError(
            f"{config.host}:{config.port} cannot be listened on: {error.strerror}"
        ) from None
    with port:  # only bound here, so that nobody else takes it; the workers listen
        Multiprocess(config, [port]).run()


class OwnPort(socket.socket):
    """A port that every process which is handed it opens anew."""

    @classmethod
    def open(cls, host: str, port: int, shared: bool = True) -> Self:
        """Bind to an address, if need be beside other processes that share it."""
        opened = cls(socket.AF_INET6 if ":" in host else socket.AF_INET)
        try:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(shared))
            opened.bind((host, port))
        except OSError:
            opened.close()
            raise
        return opened

    def __reduce__(self) -> tuple[Any, ...]:
        """How it is handed over."""
        host, port = self.getsockname()[:2]
        return OwnPort.open, (host, port)
