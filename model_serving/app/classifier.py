"""The model: a graph that has shown that it still answers as it did when it was registered."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import onnxruntime

from app.genre_priors import adapted, genre_weights, read_genre_priors
from app.model_folder import ModelFolder, read_model_folder, unusable
from app.schemas import FEATURES, GenrePriors, ModelDescription, ModelMetrics
from app.settings import settings

INPUT, OUTPUT = "features", "probabilities"
# float32 arithmetic differs in the seventh digit from one processor to another.
TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the service says of a song.

    Attributes
    ----------
    genre, confidence
        The most probable genre and its probability.
    probabilities : dict
        Of every genre, in the model's order.
    raw : dict
        The same as the graph gave them; others where there are genre priors.
    """

    genre: str
    confidence: float
    probabilities: dict[str, float]
    raw: dict[str, float]


class Classifier:
    """Judges songs with the graph of one model folder.

    Parameters
    ----------
    model : ModelFolder
    priors : GenrePriors, optional
        The mix of genres to adapt the answers to.

    Raises
    ------
    ServingError
        When the graph cannot be opened, does not fit the genres, or judges the known song
        otherwise than recorded.
    """

    def __init__(self, model: ModelFolder, priors: GenrePriors | None = None) -> None:
        self._session = _session(model)
        self._genres = model.genres
        self._weights = genre_weights(priors) if priors else None
        self.description = ModelDescription(
            name=model.name,
            version=model.version,
            run_id=model.run_id,
            created=model.created,
            genres=list(model.genres),
            features=list(FEATURES),
            metrics=ModelMetrics(accuracy=model.accuracy, rows=model.rows),
            priors=priors,
        )
        self._prove(model)

    def judge(self, songs: Sequence[Sequence[float]]) -> list[Verdict]:
        """Judge songs, each given by its twelve features in the order of FEATURES."""
        raw = self._probabilities(songs)
        answers = raw if self._weights is None else adapted(raw, self._weights)
        raw_shares = self._by_genre(raw)
        all_shares = raw_shares if answers is raw else self._by_genre(answers)
        return [
            Verdict(genre := self._genres[best], shares[genre], shares, own)
            for best, shares, own in zip(
                answers.argmax(axis=1).tolist(), all_shares, raw_shares, strict=True
            )
        ]

    def _by_genre(self, probabilities: npt.NDArray[np.float32]) -> list[dict[str, float]]:
        rows = probabilities.tolist()
        return [dict(zip(self._genres, shares, strict=True)) for shares in rows]

    def _probabilities(self, songs: Sequence[Sequence[float]]) -> npt.NDArray[np.float32]:
        rows = np.array(songs, dtype=np.float32)
        answer: npt.NDArray[np.float32] = self._session.run([OUTPUT], {INPUT: rows})[0]
        return answer

    def _prove(self, model: ModelFolder) -> None:
        try:
            answer = self._probabilities([model.known_features])[0]
        except Exception as error:  # onnxruntime raises many types, all of them direct children
            raise unusable(
                model.folder, f"the graph fails on the known song: {_first_line(error)}"
            ) from None
        expected = np.array(model.known_probabilities)
        if answer.shape != expected.shape:
            raise unusable(
                model.folder,
                f"the graph answers {answer.size} probabilities for {expected.size} genres",
            )
        difference = float(np.abs(answer - expected).max())
        if not difference <= TOLERANCE:  # also when it is NaN
            raise unusable(
                model.folder,
                "the graph judges the known song otherwise than recorded: a probability is "
                f"{difference:.2g} off, and {TOLERANCE:g} is allowed",
            )


@cache
def load_classifier() -> Classifier:
    """The classifier of MODEL_DIR and GENRE_PRIORS_FILE, loaded by the first call of a process.

    Raises
    ------
    ServingError
        Not cached: the next call tries again.
    """
    model = read_model_folder(settings().model_dir)
    path = settings().genre_priors_file
    return Classifier(model, read_genre_priors(path, model) if path else None)


def _session(model: ModelFolder) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    # One song is too little work to share; idle threads that spin would cost a core.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what goes wrong is raised too, and told once
    try:
        session = onnxruntime.InferenceSession(
            model.graph, options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime raises many types, all of them direct children
        raise unusable(
            model.folder, f"the graph cannot be opened: {_first_line(error)}"
        ) from None
    inputs = [node.name for node in session.get_inputs()]
    outputs = [node.name for node in session.get_outputs()]
    if inputs != [INPUT] or outputs != [OUTPUT]:
        raise unusable(
            model.folder, f"the graph maps {inputs} to {outputs}, not {[INPUT]} to {[OUTPUT]}"
        )
    return session


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
