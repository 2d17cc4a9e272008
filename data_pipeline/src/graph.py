"""The ONNX graph that is judged, registered and served: features in, probabilities out."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime

from src.command import PipelineError
from src.cores import cores
from src.progress import progress
from src.songs import FEATURES

TOLERANCE = 1e-5
OUTPUT = "probabilities"
CHUNK = 1024


class GraphClassifier:
    """An ONNX graph, run by onnxruntime on the CPU."""

    def __init__(self, graph: onnx.ModelProto | str) -> None:
        source = graph if isinstance(graph, str) else graph.SerializeToString()
        options = onnxruntime.SessionOptions()
        # Its own threads add up trees in another order, so more cores would mean other numbers;
        # and on 60,000 songs they need 4.1 s of processor time where chunks need 2.7 s.
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            source, options, providers=["CPUExecutionProvider"]
        )
        inputs = {entry.name: entry.shape[1:] for entry in self._session.get_inputs()}
        outputs = [entry.name for entry in self._session.get_outputs()]
        if list(inputs.values()) != [[len(FEATURES)]] or outputs != [OUTPUT]:
            raise PipelineError(
                f"an ONNX graph with the inputs {inputs} and outputs {outputs} is no classifier of "
                f"{len(FEATURES)} features with the one output {OUTPUT}"
            )
        (self._input,) = inputs

    def predict_proba(self, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Probabilities of shape (songs, genres) for features of shape (songs, 12)."""
        chunks = [features[row : row + CHUNK] for row in range(0, max(len(features), 1), CHUNK)]
        answers = []
        with (
            ThreadPoolExecutor(cores()) as pool,
            progress("scoring", len(features), " songs") as advance,
        ):
            for answer in pool.map(self._probabilities, chunks):
                answers.append(answer)
                advance(len(answer))
        return np.concatenate(answers)

    def _probabilities(self, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        (probabilities,) = self._session.run([OUTPUT], {self._input: features})
        return np.asarray(probabilities)


def prove_faithful(
    probabilities: npt.NDArray[np.float32], native: Any, features: npt.NDArray[np.float32]
) -> float:
    """Check that a graph gives the probabilities of the model that it was made from.

    Parameters
    ----------
    probabilities : ndarray, shape (songs, genres)
        What the graph says of the songs.
    native : fitted model with `predict_proba`
    features : ndarray, shape (songs, 12)
        The songs to compare them on.

    Returns
    -------
    float
        The largest difference of a probability.

    Raises
    ------
    PipelineError
        When it is not below 1e-5.
    """
    difference = float(np.abs(probabilities - native.predict_proba(features)).max())
    if not difference < TOLERANCE:
        raise PipelineError(
            f"the ONNX graph of {type(native).__name__} gives other probabilities than the model "
            f"itself (largest difference {difference:.2g}, allowed {TOLERANCE:g}); it is not logged"
        )
    return difference
