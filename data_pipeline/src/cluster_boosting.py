"""Boosting on a Dask cluster, by xgboost.dask: each worker learns from its share of the songs.

`train` imports this only where a scheduler is named.
"""

from importlib.metadata import version
from typing import Any

from distributed import get_worker
from xgboost import XGBClassifier
from xgboost.callback import TrainingCallback
from xgboost.collective import Config, get_rank
from xgboost.dask import DaskXGBClassifier

from src.command import PipelineError
from src.lesson import Lesson
from src.progress import progress
from src.shares import Shares
from src.watch import WorkersLost, wait_until_free, watched

ATTEMPTS = 3
# So long a worker waits for the others in one step. It does not notice that one of them has died.
STEP_SECONDS = 60
ROUNDS = "rounds of boosting"


class ClusterBoosting:
    """Boosts on the workers of a cluster, and begins again when one of them is lost.

    XGBoost cannot go on without a worker that had songs, so each attempt sends the songs anew, to
    the workers that there are by then. The trees depend on how many those are, not on which.

    Parameters
    ----------
    client : distributed.Client
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._workers = 0

    def tags(self) -> dict[str, str]:
        """What a run says of where its trees have grown."""
        return {
            "trained_on": f"{self._workers} Dask workers",
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
            shares = Shares.of(self._client)
            try:
                with progress("xgboost", settings["n_estimators"], " rounds") as advance:
                    self._client.subscribe_topic(ROUNDS, lambda event: advance(event[1]))
                    booster = watched(shares, lambda: self._fit(shares, settings, lesson, stop))
            except WorkersLost as error:
                lost.append(str(error))
                print(f"train: xgboost: {error}; beginning again", flush=True)
                wait_until_free(shares, STEP_SECONDS)
                continue
            finally:
                self._client.unsubscribe_topic(ROUNDS)
            self._workers = len(shares.workers)
            model = XGBClassifier(**settings)
            model.load_model(booster)
            return model
        raise PipelineError(
            f"xgboost on Dask: {ATTEMPTS} attempts, and each has lost workers ({'; '.join(lost)}). "
            "They were killed, or had too little memory: their logs say which. Start more workers, "
            "so that each holds fewer songs, give each more memory, or name no scheduler"
        )

    def _fit(
        self, shares: Shares, settings: dict[str, Any], lesson: Lesson, stop: Lesson | None
    ) -> bytearray:
        seen, labels, weights = shares.send(lesson)
        model = DaskXGBClassifier(
            callbacks=[Heed()], coll_cfg=Config(timeout=STEP_SECONDS), **settings
        )
        model.client = self._client
        model.fit(
            seen,
            labels,
            sample_weight=weights,
            eval_set=[shares.send(stop)[:2]] if stop else None,
            verbose=False,
        )
        return bytearray(model.get_booster().save_raw("ubj"))


class Heed(TrainingCallback):
    """On a worker: tell the client of each round, and stop when nobody waits for the trees."""

    def after_iteration(self, *_: Any) -> bool:
        worker = get_worker()
        task = worker.state.tasks.get(worker.get_current_task())
        if task is None or task.state == "cancelled":
            raise RuntimeError("nobody waits for this training any more")
        if get_rank() == 0:
            worker.log_event(ROUNDS, 1)
        return False  # go on
