"""A progress bar for what takes long, on a terminal only."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

SILENT_SECONDS = 2.0


@contextmanager
def progress(
    what: str, total: float | None = None, unit: str = ""
) -> Iterator[Callable[[float], object]]:
    """Show how far something has come, once it has taken two seconds.

    The bar is drawn on standard error, and only where that is a terminal: logs and CI have none of
    it. At the end it is wiped off.

        with progress("load", total=size, unit="B") as advance:
            ...
            advance(len(block))

    Parameters
    ----------
    what : str
        What is done, shown before the bar.
    total : float, optional
        How much there is to do; without it only what is done and its speed are shown.
    unit : str
        Unit of `total`; bytes are "B".

    Yields
    ------
    callable
        To be called with how much was done since the last call.
    """
    with tqdm(
        desc=what,
        total=total,
        unit=unit,
        unit_scale=True,
        delay=SILENT_SECONDS,
        disable=None,  # unless it is a terminal
        leave=False,
        dynamic_ncols=True,
    ) as bar:
        yield bar.update
