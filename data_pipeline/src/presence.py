"""Which workers the scheduler of a Dask cluster has now."""

from typing import Any

from src.command import PipelineError

ANSWER_SECONDS = 30


def present_workers(client: Any) -> dict[str, Any]:
    """What the scheduler knows of its workers now, by their addresses.

    It is asked: what the client itself remembers is empty when the connection was lost, and now and
    then between.

    Parameters
    ----------
    client : distributed.Client

    Raises
    ------
    PipelineError
        When it does not answer.
    """
    try:
        found = client.sync(client.scheduler.identity, callback_timeout=ANSWER_SECONDS)
        workers: dict[str, Any] = found["workers"]
    except (OSError, RuntimeError) as error:
        raise PipelineError(
            f"the scheduler {client.scheduler.address} does not answer any more ({error}); start "
            "it and its workers, and run again"
        ) from error
    return workers
