"""Boosting on a Dask cluster, by xgboost.dask: each worker learns from its share of the songs.

`train` imports this only where a scheduler is named.
"""

from importlib.metadata import version
from time import monotonic
from typing import Any

from distributed import get_worker
from xgboost import XGBClassifier
from xgboost.callback import TrainingCallback
from xgboost.collective import Config, get_rank
from xgboost.dask import DaskQuantileDMatrix, train

from src.boosted_trees import threads
from src.command import PipelineError
from src.given_up import wait_until_free
from src.lesson import Lesson
from src.progress import progress
from src.shares import Shares, shares_of
from src.watch import NEWS_SECONDS, SongsLost, watched

ATTEMPTS = 3
# So long a worker waits for the others in one step. It does not notice that one of them has died.
STEP_SECONDS = 60
ROUNDS = "rounds of boosting"


class ClusterBoosting:
    """Boosts on the workers of a cluster, and begins again when one of them is lost.

    XGBoost cannot go on without a worker that had songs, so each attempt sends the songs anew, to
    one worker of each machine that there is by then. The trees depend on how many those are, not on
    which.

    Parameters
    ----------
    client : distributed.Client
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._workers = self._threads = 0

    def tags(self) -> dict[str, str]:
        """What a run says of where its trees have grown."""
        return {
            "trained_on": f"{self._workers} Dask workers with {self._threads} threads",
            "dask_workers": str(self._workers),
            "dask_version": version("dask"),
            "xgboost_version": version("xgboost-cpu"),
        }

    def boost(self, settings: dict[str, Any], lesson: Lesson, stop: Lesson | None) -> Any:
        """Boost as `boosted_trees.OneProcess.boost` does.

        Raises
        ------
        PipelineError
            When workers are lost in each of three attempts, run out of memory, or fail.
        """
        lost = []
        for _ in range(ATTEMPTS):
            with shares_of(self._client, len(lesson.labels)) as shares:
                workers = list(shares.workers)
                try:
                    booster = watched(shares, _boost(shares, settings, lesson, stop))
                    self._workers, self._threads = len(workers), _threads(shares, lesson)
                    model = XGBClassifier(**settings)
                    model.load_model(booster)
                    return model
                except SongsLost as error:
                    lost.append(str(error))
            print(f"train: xgboost: {lost[-1]}; beginning again", flush=True)
            wait_until_free(self._client, workers, STEP_SECONDS + NEWS_SECONDS)
        raise PipelineError(
            f"xgboost on Dask: {ATTEMPTS} attempts, and each has {'; '.join(lost)}. Workers were "
            "killed, or had too little memory: their logs say which. Start some on more machines, "
            "so that each holds fewer songs, give them more memory, or name no scheduler"
        )


async def _boost(
    shares: Shares, settings: dict[str, Any], lesson: Lesson, stop: Lesson | None
) -> bytearray:
    params = XGBClassifier(**settings).get_xgb_params() | {"nthread": _threads(shares, lesson)}
    classes = int(lesson.labels.max()) + 1
    if classes > 2:
        params |= {"objective": "multi:softprob", "num_class": classes}
    client, bins = shares.client, settings["max_bin"]
    seen, labels, weights = await shares.send(lesson)
    learnt = await DaskQuantileDMatrix(client, seen, labels, weight=weights, max_bin=bins)
    judged = []
    if stop is not None:
        seen, labels, _ = await shares.send(stop)
        matrix = await DaskQuantileDMatrix(client, seen, labels, max_bin=bins, ref=learnt)
        judged.append((matrix, "stop"))
    with progress("xgboost", settings["n_estimators"], " rounds") as advance:

        def heard(_: Any) -> None:
            advance(1)
            shares.life.rounds += 1
            shares.life.last = monotonic()

        client.subscribe_topic(ROUNDS, heard)
        outcome = await train(
            client,
            params,
            learnt,
            settings["n_estimators"],
            evals=judged,
            early_stopping_rounds=settings.get("early_stopping_rounds"),
            verbose_eval=False,
            callbacks=[_heed()],
            coll_cfg=Config(timeout=STEP_SECONDS),
        )
    return bytearray(outcome["booster"].save_raw("ubj"))


def _threads(shares: Shares, lesson: Lesson) -> int:
    return threads(len(lesson.labels) // len(shares.workers), shares.threads)


def _heed() -> TrainingCallback:
    """On a worker: tell the client of each round, and stop when nobody waits for the trees."""

    # Defined here it has no name to be looked up by: a scheduler opens it too, and has no src.
    class Heed(TrainingCallback):
        def after_iteration(self, *_: Any) -> bool:
            worker = get_worker()
            task = worker.state.tasks.get(worker.get_current_task())
            if task is None or task.state == "cancelled":
                raise RuntimeError("nobody waits for this training any more")
            if get_rank() == 0:
                worker.log_event(ROUNDS, 1)
            return False  # go on

    return Heed()
