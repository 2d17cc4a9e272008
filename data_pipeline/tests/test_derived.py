import numpy as np

from src.derived import DERIVED, seen
from src.songs import FEATURES

SONG = dict(zip(FEATURES, (0.5, 0.4, 2, -10, 1, 0.1, 0.2, 0, 0.1, 0.7, 120, 180_000), strict=True))


def of(**changes: float) -> dict[str, float]:
    """What a model sees of a plain song with changed features, by name."""
    song = np.array([list((SONG | changes).values())], np.float32)
    return dict(zip(FEATURES + DERIVED, seen(song)[0].tolist(), strict=True))


def test_derived_features() -> None:
    """Behind the twelve features stand six others, each computed as its name says."""
    song = of()
    assert [song[name] for name in FEATURES] == [np.float32(value) for value in SONG.values()]
    expected = (0.2, 2, 360, -18, 0.3, -0.2)
    np.testing.assert_allclose([song[name] for name in DERIVED], expected, rtol=1e-5)


def test_keys_on_the_circle_of_fifths() -> None:
    """From C, seven half-tones (a fifth) are one step, and one half-tone is seven steps."""
    positions = [of(key=key)["position_in_fifths"] for key in (0, 7, 2, 1, 5)]
    assert positions == [0, 1, 2, 7, 11]


def test_extreme_songs_have_finite_features() -> None:
    """Silence, which nobody can dance to, gives no infinite number."""
    song = of(danceability=0, energy=0, speechiness=1, tempo=0, loudness=-60)
    assert np.isfinite(list(song.values())).all()
