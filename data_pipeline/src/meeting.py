"""The songs on which candidate and champion meet: those that neither of them learnt from."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from src.params import Split
from src.split import split_by_artist
from src.training_data import TrainingData

ENOUGH_SONGS = 100  # below, songs in common say nothing, an era does not decide, no genre blocks

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Incomparable:
    """A champion that cannot be compared: why, and what helps.

    `unreadable` says that it is no graph with genres, so that it never can be.
    """

    version: str
    why: str
    unreadable: bool = False


@dataclass(frozen=True)
class Meeting:
    """The validation songs on which champion and candidate meet.

    Attributes
    ----------
    deciding : ndarray of bool, shape (validation songs,)
    eras : dict of str to ndarray of bool
        The old and the newest era by name, where both have songs.
    notes : tuple of str
    """

    deciding: Mask
    eras: dict[str, Mask]
    notes: tuple[str, ...]


def meeting(
    data: TrainingData,
    split: Split,
    newest_year: int,
    version: str,
    tags: Mapping[str, str],
    era_years: int,
) -> Meeting | Incomparable:
    """Choose the validation songs on which a champion can be met, and which of them decide.

    Parameters
    ----------
    data : TrainingData
    split : Split
    newest_year : int
        The candidate's songs, their split and their newest year.
    version : str
    tags : mapping of str to str
        The champion's; its tag `validation_split` says whom it held out, `newest_year` how far it
        learnt.
    era_years : int
        The newest era is that many years, the newest one included.

    Returns
    -------
    Meeting or Incomparable
        Songs of artists that both held out. The newest era decides when the candidate's songs are
        newer than the champion's and the era has at least 100 of them; otherwise all do.
    """
    both, notes = _held_out_by_both(data, split, version, tags.get("validation_split"))
    if both.sum() < min(ENOUGH_SONGS, len(both)):
        return Incomparable(
            version,
            f"it was trained with another split, and only {both.sum()} validation songs are of "
            f"artists that both held out ({ENOUGH_SONGS} are needed). Set the split block of "
            f"params.yaml to {tags['validation_split']} again, or set the alias by hand",
        )
    first = newest_year - era_years + 1
    newest = both & (data.validation_years >= first)
    old = both & ~newest
    era = f"{first} to {newest_year}"
    eras = {f"before {first}": old, era: newest} if old.any() and newest.any() else {}
    learnt_to = _year(tags.get("newest_year"))
    if learnt_to is None:
        notes.append(f"version {version} does not say how far it learnt: songs of all years decide")
    elif newest_year > learnt_to and newest.sum() < ENOUGH_SONGS:
        notes.append(
            f"songs of all years decide: there are only {newest.sum()} of {era}, "
            f"{ENOUGH_SONGS} are needed"
        )
    elif newest_year > learnt_to:
        notes.append(f"songs of {era} decide, as version {version} learnt up to {learnt_to}")
        return Meeting(newest, eras, tuple(notes))
    return Meeting(both, eras, tuple(notes))


def _held_out_by_both(
    data: TrainingData, split: Split, version: str, recorded: str | None
) -> tuple[Mask, list[str]]:
    try:
        theirs = json.loads(recorded or "")
        fraction, seed = float(theirs["validation_fraction"]), int(theirs["seed"])
    except (ValueError, TypeError, KeyError):
        note = f"version {version} does not say whom it held out, so it may know some of the songs"
        return np.ones(len(data.validation_labels), bool), [note]
    both = split_by_artist(data.validation_artists, fraction, seed).validation
    if (fraction, seed) == (split.validation_fraction, split.seed):
        return both, []
    note = (
        f"version {version} was trained with another split (validation_fraction {fraction}, seed "
        f"{seed}): both are judged on the {both.sum():,} of {len(both):,} validation songs whose "
        "artists both held out"
    )
    return both, [note]


def _year(tag: str | None) -> int | None:
    return int(tag) if tag and tag.isdecimal() else None
