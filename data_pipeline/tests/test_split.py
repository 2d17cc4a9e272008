import numpy as np
import pytest

from src.split import parse_artists, position, split_by_artist

NAMES = [f"Artist {number}" for number in range(2000)]


def test_share_of_artists() -> None:
    """About the asked share of the artists is held out, and each song is on exactly one side."""
    sides = split_by_artist([(name,) for name in NAMES], 0.2, seed=42)
    assert 0.17 < sides.validation.mean() < 0.23
    assert (sides.training.astype(int) + sides.validation + sides.neither == 1).all()


def test_songs_of_several_artists() -> None:
    """A song is on a side only when all of its artists are; otherwise it is on neither."""
    held_out = [name for name in NAMES if position(name, 42) < 0.2][:2]
    learnt = [name for name in NAMES if position(name, 42) >= 0.2][:2]
    sides = split_by_artist([held_out, learnt, [held_out[0], learnt[0]], []], 0.2, seed=42)
    assert sides.validation.tolist() == [True, False, False, False]
    assert sides.training.tolist() == [False, True, False, False]
    assert sides.neither.tolist() == [False, False, True, True]


def test_more_songs_move_nobody() -> None:
    """The side of an artist does not depend on the other songs."""
    few = split_by_artist([(name,) for name in NAMES[::2]], 0.2, seed=42)
    many = split_by_artist([(name,) for name in NAMES], 0.2, seed=42)
    np.testing.assert_array_equal(few.validation, many.validation[::2])


def test_the_split_is_the_same_for_ever() -> None:
    """Sides are recorded with the models, so the hash must never change."""
    assert position("The Beatles", 42) == pytest.approx(0.1191341, abs=1e-7)
    assert position("The Beatles", 43) != position("The Beatles", 42)


@pytest.mark.parametrize(
    ("cell", "artists"),
    [
        ('["A", "B \\"C\\""]', ("A", 'B "C"')),
        ('["A", "A"]', ("A",)),
        ('["", null]', ()),
        ("Simon & Garfunkel", ("Simon & Garfunkel",)),
        ("[not json", ("[not json",)),
        ("None", ("None",)),
        ("[]", ()),
        (" ", ()),
        (None, ()),
    ],
)
def test_cells(cell: str | None, artists: tuple[str, ...]) -> None:
    """A cell holds a JSON list of artists or one plain name."""
    assert parse_artists(cell) == artists
