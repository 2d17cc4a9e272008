"""Closing a port without a reset for those who have just connected to it.

A connection counts as open for its client before the service has taken it. When the port is closed,
those that wait to be taken are reset, with the requests that were sent on them. So for a moment
before that, the kernel lets nobody new connect while those who wait are taken and answered. Who
comes in that moment finds the port closed, at the second attempt that TCP makes by itself.
"""

import ctypes
import socket
import struct
import sys
from collections.abc import Iterable
from multiprocessing import parent_process

# From <linux/filter.h> and <asm-generic/socket.h>: a program of one instruction, "keep 0 bytes".
_SO_ATTACH_FILTER = 26
_RETURN_NOTHING = struct.pack("HBBI", 0x06, 0, 0, 0)


def keep_out(descriptors: Iterable[int]) -> None:
    """Let nobody new connect to listening sockets that are this process's own.

    Where the system has no filter for sockets, or does not allow it, one may still come in at a
    time, as the queue of those who wait can be made no shorter.

    Raises
    ------
    OSError
        When a descriptor is of no listening socket.
    """
    for descriptor in descriptors:
        with socket.socket(fileno=socket.dup(descriptor)) as listening:
            if _is_own(listening) and not _filtered(listening):
                listening.listen(0)


def _is_own(listening: socket.socket) -> bool:
    """Whether no other process takes from the same queue, as uvicorn's own workers do."""
    reuse_port = listening.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT)
    return parent_process() is None or reuse_port != 0


def _filtered(listening: socket.socket) -> bool:
    if sys.platform != "linux":
        return False
    program = ctypes.create_string_buffer(_RETURN_NOTHING)
    try:
        listening.setsockopt(
            socket.SOL_SOCKET,
            _SO_ATTACH_FILTER,
            struct.pack("HL", 1, ctypes.addressof(program)),
        )
    except PermissionError:
        return False
    return True
