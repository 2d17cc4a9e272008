import numpy as np
import pytest
from sklearn import metrics

from src.scores import calibration_table, expected_calibration_error, genre_scores, scores

LABELS = np.array([0, 1, 2, 3])
PROBABILITIES = np.array(
    [
        [0.7, 0.1, 0.1, 0.1],
        [0.6, 0.3, 0.05, 0.05],
        [0.1, 0.2, 0.5, 0.2],
        [0.4, 0.3, 0.2, 0.1],
    ]
)


def test_by_hand() -> None:
    """The scores of four songs are those worked out on paper."""
    result = scores(LABELS, PROBABILITIES)
    assert result["accuracy"] == 0.5
    assert result["macro_f1"] == pytest.approx((0.5 + 0 + 1 + 0) / 4)
    assert result["log_loss"] == pytest.approx(-np.log([0.7, 0.3, 0.5, 0.1]).mean())
    assert result["top3_accuracy"] == 0.75


def test_calibration_error_by_hand() -> None:
    """Two bins: 0.4 (wrong), and 0.5, 0.6, 0.7 (right, wrong, right); the gaps are weighted."""
    table = calibration_table(LABELS, PROBABILITIES, bins=2)
    assert [songs for _, _, songs in table] == [1, 3]
    assert table[0][:2] == (pytest.approx(0.4), 0.0)
    expected = (0.4 * 1 + abs(2 / 3 - 0.6) * 3) / 4
    assert expected_calibration_error(LABELS, PROBABILITIES, bins=2) == pytest.approx(expected)


def test_a_sure_model_that_is_right() -> None:
    """A model that is certain and right has no calibration error."""
    assert expected_calibration_error(np.array([0, 1]), np.eye(2)) == 0


def test_genres() -> None:
    """Precision, recall and songs of each genre, 0 where a genre is never predicted."""
    result = genre_scores(LABELS, PROBABILITIES.argmax(axis=1), ["A", "B", "C", "D"])
    third = pytest.approx(1 / 3)
    assert result["A"] == {"precision": third, "recall": 1.0, "f1": 0.5, "songs": 1}
    assert result["B"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "songs": 1}


def test_as_scikit_learn_has_it() -> None:
    """On random predictions the scores are those of scikit-learn, also with a class left out."""
    rng = np.random.default_rng(1)
    probabilities = rng.dirichlet(np.ones(5), 500).astype(np.float32)
    labels = rng.integers(0, 4, 500)
    probabilities[:, 4] = 0
    predicted = probabilities.argmax(axis=1)
    found = scores(labels, probabilities)
    exact = probabilities / probabilities.sum(axis=1, keepdims=True, dtype=np.float64)
    assert found["accuracy"] == metrics.accuracy_score(labels, predicted)
    assert found["macro_f1"] == pytest.approx(metrics.f1_score(labels, predicted, average="macro"))
    assert found["log_loss"] == pytest.approx(metrics.log_loss(labels, exact, labels=range(5)))
    expected = metrics.precision_recall_fscore_support(
        labels, predicted, labels=range(5), zero_division=0
    )
    rows = genre_scores(labels, predicted, list("ABCDE")).values()
    np.testing.assert_allclose([list(row.values()) for row in rows], np.array(expected).T)
