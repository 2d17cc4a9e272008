"""A cluster that is connected to when it is needed, or while something else is done before."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from src.beside import Done
from src.cluster import connected
from src.log_part import LogPart
from src.log_tasks import Task
from src.plan import Plan
from src.processes import started

if TYPE_CHECKING:
    from src.cluster_readers import ClusterReaders


class ConnectedWhenNeeded:
    """The readers of a cluster, as `Readers` has them.

    Each method raises an InputError when there is no cluster that can be used.

    Parameters
    ----------
    scheduler : str
    meanwhile : callable
        Is called when the workers have got something to read.
    connection : ExitStack
        Closes the connection as it ends.
    """

    def __init__(
        self, scheduler: str, meanwhile: Callable[[], None], connection: ExitStack
    ) -> None:
        self.scheduler = scheduler
        self.meanwhile = meanwhile
        self.connection = connection
        self._readers: ClusterReaders | None = None

    def while_starting(self, work: Callable[..., Done], *about: Any) -> Done:
        """Do some work in a process of its own, as `Readers` has it.

        To load Dask and to connect takes .5 s. A thread would do neither sooner: both the work and
        the loading are mostly Python.
        """
        with started(1) as process:
            done = process.beside(work, *about)
            self._connected()
            return done()

    def sum_of(self, tasks: Sequence[Task], plan: Plan) -> LogPart:
        """As in `ClusterReaders`."""
        return self._connected().sum_of(tasks, plan)

    def beside(self, work: Callable[..., Done], *about: Any) -> Callable[[], Done]:
        """As in `ClusterReaders`."""
        return self._connected().beside(work, *about)

    def _connected(self) -> "ClusterReaders":
        if self._readers is None:
            client = self.connection.enter_context(connected(self.scheduler))
            # Here, because without a scheduler nothing imports Dask.
            from src.cluster_readers import ClusterReaders

            self._readers = ClusterReaders(client, self.meanwhile)
        return self._readers
