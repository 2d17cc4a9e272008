"""How much can be done at the same time here."""

import os


def cores() -> int:
    """How many cores this process may use; all of the machine where the system does not say."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
