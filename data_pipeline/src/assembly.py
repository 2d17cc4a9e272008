"""The graph of a whole predictor: derived features, a converted model, and its temperature."""

import numpy as np
import onnx
from onnx import compose, helper, numpy_helper

from src.derived import SEEN, derivation
from src.graph import OUTPUT
from src.temperature import LEAST


def assemble(model: onnx.ModelProto, temperature: float) -> onnx.ModelProto:
    """One graph, from the twelve features to calibrated probabilities.

    Parameters
    ----------
    model : ModelProto
        A converted model, whose input is what `src.derived.seen` gives, and one of whose outputs
        is named "probabilities".
    temperature : float
        By which the logits are divided.

    Returns
    -------
    ModelProto
        With the one output "probabilities".
    """
    first = derivation()
    first.ir_version = model.ir_version
    whole = compose.merge_models(
        first, model, io_map=[(SEEN, model.graph.input[0].name)], outputs=[OUTPUT]
    )
    graph = whole.graph
    # Converters put random numbers here, and the same model would never be the same bytes.
    graph.name, graph.doc_string = "genre of a song", ""
    for node in graph.node:
        node.output[:] = [_raw(name) for name in node.output]
        node.input[:] = [_raw(name) for name in node.input]
    least, sharpness = (np.array(value, np.float32) for value in (LEAST, 1 / temperature))
    graph.initializer.append(numpy_helper.from_array(least, "least_probability"))
    graph.initializer.append(numpy_helper.from_array(sharpness, "one_by_temperature"))
    graph.node.extend(
        [
            helper.make_node("Max", [_raw(OUTPUT), "least_probability"], ["positive"]),
            helper.make_node("Log", ["positive"], ["logits"]),
            helper.make_node("Mul", ["logits", "one_by_temperature"], ["tempered"]),
            helper.make_node("Softmax", ["tempered"], [OUTPUT], axis=1),
        ]
    )
    onnx.checker.check_model(whole, full_check=True)
    return whole


def _raw(name: str) -> str:
    return "raw_probabilities" if name == OUTPUT else name
