"""Who reads a request log: this process, the processes of this machine, or a Dask cluster."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import reduce
from operator import add
from typing import Any, Protocol

from src.beside import Done, in_thread
from src.connecting import ConnectedWhenNeeded
from src.log_files import Places
from src.log_part import LogPart
from src.log_reading import read_blocks
from src.log_tasks import Task
from src.plan import Plan
from src.processes import reading_processes


class Readers(Protocol):
    """What reads the tasks of a log; what is found does not depend on which it is."""

    def while_starting(self, work: Callable[..., Done], *about: Any) -> Done:
        """Do what has to be done before they are needed; those that need a while start meanwhile.

        Parameters
        ----------
        work : callable
            It and what it takes, returns and raises can be pickled.

        Raises
        ------
        InputError
            When they cannot start.
        """

    def sum_of(self, tasks: Sequence[Task], plan: Plan) -> LogPart:
        """What all tasks say together, in their order.

        Raises
        ------
        InputError
            When a task cannot be read where it should be, or they cannot start.
        OSError
            When a file cannot be read here.
        """

    def beside(self, work: Callable[..., Done], *about: Any) -> Callable[[], Done]:
        """Begin what is to be done with what was read, as `Beside` has it."""


class ThisProcess:
    """Reads the tasks one after the other."""

    def while_starting(self, work: Callable[..., Done], *about: Any) -> Done:
        """As in `Readers`."""
        return work(*about)

    def sum_of(self, tasks: Sequence[Task], plan: Plan) -> LogPart:
        """As in `Readers`."""
        return reduce(add, (read_blocks(task.blocks, plan) for task in tasks))

    beside = staticmethod(in_thread)


@contextmanager
def log_readers(
    places: Places, scheduler: str | None = None, meanwhile: Callable[[], None] = lambda: None
) -> Iterator[Readers]:
    """Those of a cluster if a scheduler is named, processes for a large log, or this process.

    Parameters
    ----------
    places : path, or a sequence of them
        Of the log.
    scheduler : str, optional
    meanwhile : callable
        Starts what can be done in this process while others read: not before these have something
        to read, as that would be later.
    """
    if scheduler is None:
        with reading_processes(places, meanwhile) as processes:
            if processes is None:
                meanwhile()
            yield processes or ThisProcess()
        return
    with ExitStack() as connection:
        yield ConnectedWhenNeeded(scheduler, meanwhile, connection)
