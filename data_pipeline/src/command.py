"""How the stages end: with exit code 0, or with one sentence and exit code 1.

argparse ends wrong usage with exit code 2.
"""

import sys
from collections.abc import Callable

EXIT_CODES = "Exit codes: 0 done, 1 the stage failed and says why, 2 wrong usage."


class PipelineError(Exception):
    """Something that the user can put right; the message says what it is and what helps."""


def run(stage: str, work: Callable[[], str]) -> int:
    """Do the work of a stage, print what it says, and return the exit code.

    Parameters
    ----------
    stage : str
        Name of the stage, printed before its messages.
    work : callable
        Does the work and returns what is to be said of it.

    Returns
    -------
    int
        0, or 1 after a PipelineError or an OSError.
    """
    try:
        print(f"{stage}: {work()}")
    except (PipelineError, OSError) as error:
        print(f"{stage}: error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{stage}: interrupted", file=sys.stderr)
        return 130
    return 0
