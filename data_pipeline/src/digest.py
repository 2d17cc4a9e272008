"""The SHA-256 of a graph, which travels with it and tells whether its file is still the same."""

import hashlib
from pathlib import Path
from typing import Any

import onnx

from src.command import PipelineError

KEY = "onnx_sha256"  # in the metadata of the model


def graph_digest(graph: onnx.ModelProto) -> str:
    """The SHA-256, in hexadecimal, of the file that `onnx.save_model` makes of a graph."""
    return hashlib.sha256(graph.SerializeToString()).hexdigest()


def check_digest(path: str | Path, metadata: dict[str, Any]) -> None:
    """Check that a stored graph is the one that was logged.

    Parameters
    ----------
    path : path
        The graph's file.
    metadata : dict
        What travels with it. Without a digest, as in models of others, there is nothing to check.

    Raises
    ------
    PipelineError
        When the file has another digest than the metadata say.
    """
    found = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    logged = metadata.get(KEY, found)
    if found != logged:
        raise PipelineError(
            f"{Path(path).name} has the SHA-256 {found[:12]}..., and {logged[:12]}... was logged: "
            "the file has changed in the store. Put it back from a backup, or delete its run and "
            "train again ('dvc repro --force')"
        )
