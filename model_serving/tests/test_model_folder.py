import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from champion import GENRES, MEAN_PROBABILITIES, description, graph, write_graph

from app.classifier import load_classifier
from app.errors import ServingError
from app.model_folder import TRAIN_AGAIN, WAY_OUT, read_model_folder
from app.schemas import FEATURES

Damage = Callable[[dict[str, Any]], object]


def refusal(way_out: str = WAY_OUT) -> str:
    """Why the model of MODEL_DIR is refused."""
    with pytest.raises(ServingError) as refused:
        load_classifier()
    sentence = str(refused.value)
    assert "\n" not in sentence
    assert sentence.endswith(way_out)
    return sentence


def test_a_missing_folder_is_told(model_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A MODEL_DIR that does not exist is refused by its path."""
    monkeypatch.setenv("MODEL_DIR", str(model_dir / "other"))
    assert f"{model_dir / 'other'} (MODEL_DIR): MLmodel: No such file" in refusal()


@pytest.mark.parametrize("name", ["MLmodel", "model.onnx", "registered_model_meta"])
def test_a_missing_file_is_named(model_dir: Path, name: str) -> None:
    """A folder that lacks one of the files is refused by that file's name."""
    (model_dir / name).unlink()
    assert name in refusal()


@pytest.mark.parametrize("name", ["MLmodel", "model.onnx", "registered_model_meta"])
@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"{", b"- 1\n", b"a: b: c"])
def test_a_damaged_file_is_told(model_dir: Path, name: str, content: bytes) -> None:
    """A file with other content than its own is refused, whichever file it is."""
    (model_dir / name).write_bytes(content)
    where = str(model_dir) if name == "model.onnx" else name
    assert where in refusal()


def test_a_changed_byte_is_told(model_dir: Path) -> None:
    """A graph that differs from the registered one is refused unopened, with both digests."""
    changed = bytearray(graph())
    changed[len(changed) // 2] ^= 1
    (model_dir / "model.onnx").write_bytes(changed)
    found, registered = (hashlib.sha256(content).hexdigest() for content in (changed, graph()))
    said = refusal()
    assert f"model.onnx: its SHA-256 is {found[:12]}..., and {registered[:12]}..." in said


def test_a_champion_without_a_digest_is_told(model_dir: Path) -> None:
    """A model of a pipeline that recorded no SHA-256 is refused: it has to be trained again."""
    content = description()
    del content["metadata"]["onnx_sha256"]
    (model_dir / "MLmodel").write_text(yaml.safe_dump(content))
    assert "metadata.onnx_sha256 is missing" in refusal(TRAIN_AGAIN)


def test_a_truncated_graph_is_told(model_dir: Path) -> None:
    """Half a graph is refused, also when that half was registered."""
    write_graph(model_dir, graph()[:200])
    assert "graph cannot be opened" in refusal()


def test_a_graph_with_other_names_is_told(model_dir: Path) -> None:
    """A graph whose output is not `probabilities` is refused."""
    write_graph(model_dir, graph(output="label"))
    assert "['label']" in refusal()


def test_a_graph_of_fewer_features_is_told(model_dir: Path) -> None:
    """A graph that does not take the 12 features is refused."""
    write_graph(model_dir, graph(features=11))
    assert "the graph fails on the known song" in refusal()


def test_an_unreadable_file_is_told(model_dir: Path) -> None:
    """A file that cannot be read is refused with the system's reason."""
    (model_dir / "registered_model_meta").unlink()
    (model_dir / "registered_model_meta").mkdir()
    assert "registered_model_meta: Is a directory" in refusal()


def _swap_features(content: dict[str, Any]) -> None:
    inputs = json.loads(content["signature"]["inputs"])
    inputs[0], inputs[1] = inputs[1], inputs[0]
    content["signature"]["inputs"] = json.dumps(inputs)


def _lose_feature(content: dict[str, Any]) -> None:
    inputs = json.loads(content["signature"]["inputs"])
    content["signature"]["inputs"] = json.dumps(inputs[:-1])


def _add_genre(content: dict[str, Any]) -> None:
    content["metadata"]["genres"].append("Folk")
    content["metadata"]["known_song"]["probabilities"]["Folk"] = 0.0
    content["metadata"]["reference_profile"]["mean_probabilities"]["Folk"] = 0.0


def _swap_genres(content: dict[str, Any]) -> None:
    content["metadata"]["genres"].reverse()


MISMATCHES: dict[str, tuple[Damage, str]] = {
    "features in another order": (_swap_features, "inputs are energy, danceability"),
    "a feature fewer": (_lose_feature, "not the features of the API"),
    "signature unreadable": (lambda c: c["signature"].update(inputs="?"), "inputs are unreadable"),
    "no signature": (lambda c: c.pop("signature"), "signature: Field required"),
    "a genre more": (_add_genre, "3 probabilities for 4 genres"),
    "genres in another order": (_swap_genres, "judges the known song otherwise than recorded"),
    "a genre twice": (lambda c: c["metadata"].update(genres=["Pop", "Pop"]), "genres repeat"),
    "no metadata": (lambda c: c.pop("metadata"), "metadata: Field required"),
    "no genres": (lambda c: c["metadata"].pop("genres"), "metadata.genres: Field required"),
    "no profile": (lambda c: c["metadata"].pop("reference_profile"), "reference_profile: Field"),
    "no priors": (
        lambda c: c["metadata"]["reference_profile"].pop("mean_probabilities"),
        "reference_profile.mean_probabilities: Field required",
    ),
    "priors lack a genre": (
        lambda c: c["metadata"]["reference_profile"]["mean_probabilities"].pop("Pop"),
        "mean_probabilities does not hold every genre",
    ),
    "no known song": (lambda c: c["metadata"].pop("known_song"), "known_song: Field required"),
    "known song lacks a feature": (
        lambda c: c["metadata"]["known_song"]["features"].pop("tempo"),
        "known_song does not hold the 12 features",
    ),
    "known song off by a little": (
        lambda c: c["metadata"]["known_song"]["probabilities"].update(
            Pop=c["metadata"]["known_song"]["probabilities"]["Pop"] + 3e-5
        ),
        "a probability is 3e-05 off, and 1e-05 is allowed",
    ),
    "known song is NaN": (
        lambda c: c["metadata"]["known_song"]["probabilities"].update(Pop=float("nan")),
        "a probability is nan off",
    ),
    "another flavor": (lambda c: c.update(flavors={"sklearn": {}}), "flavors.onnx: Field required"),
    "a digest that is none": (
        lambda c: c["metadata"].update(onnx_sha256="f00"),
        "metadata.onnx_sha256: String should match pattern",
    ),
    "no run": (lambda c: c.pop("run_id"), "run_id: Field required"),
}


@pytest.mark.parametrize(("damage", "message"), MISMATCHES.values(), ids=MISMATCHES)
def test_what_does_not_fit_is_told(model_dir: Path, damage: Damage, message: str) -> None:
    """A description that does not fit the graph or the API is refused with the difference."""
    content = description()
    damage(content)
    (model_dir / "MLmodel").write_text(yaml.safe_dump(content))
    assert message in refusal()


def test_what_the_files_say_is_read(model_dir: Path) -> None:
    """Genres and the known song come in the orders of the graph and of the features."""
    model = read_model_folder(model_dir)
    known = description()["metadata"]["known_song"]
    assert model.genres == GENRES
    assert model.mean_probabilities == MEAN_PROBABILITIES
    assert model.known_features == tuple(known["features"][name] for name in FEATURES)
    assert model.known_probabilities == tuple(known["probabilities"][name] for name in GENRES)


def test_a_refused_model_is_tried_again(model_dir: Path) -> None:
    """A refusal is not remembered: once the folder is in order, its model is served."""
    content = (model_dir / "model.onnx").read_bytes()
    (model_dir / "model.onnx").write_bytes(b"")
    refusal()
    (model_dir / "model.onnx").write_bytes(content)
    assert load_classifier() is load_classifier()
