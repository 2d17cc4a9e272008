"""Memory that is freed and needed again."""

# The rule below takes no notice of a larger block than 32 MB, in whole pages and with its head.
BLOCK_BYTES = (1 << 25) - (1 << 16)


def keep_freed_memory() -> None:
    """Let this process keep what it frees, up to 64 MB, for the next piece of the same work.

    By default, the C library of Linux gives it back to the system and gets it anew, page by page,
    which is a tenth of the time of reading a log. How much it keeps is twice the largest block that
    was freed before, so one is freed that nothing was written to, and that so took no memory.
    """
    bytes(BLOCK_BYTES)
