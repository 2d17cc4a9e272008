"""Several processes that serve one port."""

import time

from uvicorn.supervisors import Multiprocess

from app.closing_port import keep_out
from app.settings import settings


class Workers(Multiprocess):
    """uvicorn's workers, which end without a reset for those who have just connected."""

    def terminate_all(self) -> None:
        """Let the workers end."""
        super().terminate_all()
        deadline = time.monotonic() + settings().drain_seconds
        while time.monotonic() < deadline and any(p.exitcode is None for p in self.processes):
            time.sleep(0.02)
        keep_out(listening.fileno() for listening in self.sockets)
