import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from src.adaptation import export_priors
from src.errors import InputError
from src.priors_gain import current_priors, priors_gain
from tests.made_champions import GENRES, TRAINING_MIX, answers, profile

SHIFTED = (0.85, 0.1, 0.05)


def test_the_gain_of_another_mix() -> None:
    """Adapting to the requests' mix gains what adapting to the mix they were made with gains."""
    said, made = answers(6000, 20, SHIFTED), profile()
    gain = priors_gain(made, said.probabilities, said.genres, [str(a) for a in said.artists])
    best = (said.probabilities * (np.array(SHIFTED) / TRAINING_MIX)).argmax(axis=1)
    assert gain.accuracy_before == said.accuracy
    assert gain.accuracy_after == pytest.approx((best == said.labels).mean(), abs=0.005)
    assert 0 < gain.low < gain.accuracy_after - gain.accuracy_before < gain.high
    assert gain.requests == 6000


def test_no_gain_without_a_change() -> None:
    """Where the mix is that of training, the interval of the gain does not lie above 0."""
    said = answers(4000, 21)
    gain = priors_gain(profile(), said.probabilities, said.genres)
    assert gain.low <= 0
    assert abs(gain.accuracy_after - gain.accuracy_before) < 0.01


def test_repeated_requests_widen_the_interval() -> None:
    """A song that is asked for ten times, as one group, is no stronger evidence than once."""
    said, made = answers(400, 22, (0.3, 0.3, 0.4)), profile()
    ten = np.repeat(np.arange(400), 10)
    genres = [said.genres[row] for row in ten]
    alone = priors_gain(made, said.probabilities[ten], genres)
    grouped = priors_gain(made, said.probabilities[ten], genres, [str(row) for row in ten])
    assert grouped.high - grouped.low > 2 * (alone.high - alone.low)


@pytest.mark.parametrize("grouped", [True, False])
def test_the_order_plays_no_part(grouped: bool) -> None:
    """The same labelled requests in another order give the same gain."""
    said, made = answers(2000, 23, SHIFTED), profile()
    order = np.random.default_rng(24).permutation(2000)
    gains = [
        priors_gain(
            made,
            said.probabilities[rows],
            [said.genres[row] for row in rows],
            [str(said.artists[row]) for row in rows] if grouped else None,
        )
        for rows in (np.arange(2000), order)
    ]
    assert gains[0] == gains[1]


def test_unknown_genres_are_wrong_before_and_after() -> None:
    """A genre that the champion does not know can be neither predicted nor part of the mix."""
    said, made = answers(2000, 25, SHIFTED), profile()
    genres = ["Polka" if row % 4 == 0 else genre for row, genre in enumerate(said.genres)]
    gain = priors_gain(made, said.probabilities, genres)
    assert gain.accuracy_before < 0.75 and gain.accuracy_after < 0.75
    assert current_priors(made, ["Polka"] * 5).tolist() == [1 / 3] * 3
    assert current_priors(made, ["Rock", "Rock", "Jazz"]).tolist() == [1 / 6, 2 / 6, 3 / 6]


def test_export(tmp_path: Path) -> None:
    """The file names the model, both mixes, the time and the gain that was measured."""
    said, made = answers(4000, 26, SHIFTED), profile()
    path = tmp_path / "new" / "priors.json"
    gain = export_priors(path, made, said.probabilities, said.genres)
    content = json.loads(path.read_text())
    assert (content["model_name"], content["model_version"]) == ("classifier", "3")
    assert tuple(content["training_priors"]) == tuple(content["current_priors"]) == GENRES
    assert content["training_priors"]["Rock"] == pytest.approx(made.mean_probabilities[2])
    counts = np.bincount(said.labels) + 1
    assert list(content["current_priors"].values()) == pytest.approx(counts / counts.sum())
    age = datetime.now(UTC) - datetime.fromisoformat(content["made"])
    assert 0 <= age.total_seconds() < 60
    assert content["gain"] == {
        "accuracy_before": gain.accuracy_before,
        "accuracy_after": gain.accuracy_after,
        "low": gain.low,
        "high": gain.high,
        "requests": 4000,
    }


def test_nothing_is_exported_without_a_gain(tmp_path: Path) -> None:
    """Priors that are not shown to raise the accuracy are refused, and a former file stays."""
    said, path = answers(2000, 27), tmp_path / "priors.json"
    path.write_text("former")
    with pytest.raises(InputError, match="does not lie above 0"):
        export_priors(path, profile(), said.probabilities, said.genres)
    assert path.read_text() == "former"


def test_too_few_labels() -> None:
    """Nineteen groups are too few for an interval, and lengths must agree."""
    said, made = answers(76, 28), profile()
    artists = [str(artist) for artist in said.artists]
    with pytest.raises(InputError, match="76 labelled requests in 19 groups are too few"):
        priors_gain(made, said.probabilities, said.genres, artists)
    with pytest.raises(InputError, match="75 genres for 76 rows"):
        priors_gain(made, said.probabilities, said.genres[:75])
    with pytest.raises(InputError, match="2 groups for 76 labelled requests"):
        priors_gain(made, said.probabilities, said.genres, artists[:2])
