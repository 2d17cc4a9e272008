"""What `process` says of the quality of a table of songs."""

from collections import Counter
from typing import Any


def by_frequency(counts: Counter[str]) -> list[tuple[str, int]]:
    """Names and counts, the most frequent first; the order of equal ones is that of the names."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def similar_genres(counts: Counter[str]) -> list[dict[str, int]]:
    """Genres that differ by nothing but case, spaces and punctuation: Hip-Hop and hip hop.

    Parameters
    ----------
    counts : Counter
        Songs by genre.

    Returns
    -------
    list of dict
        For each such group its spellings and their songs, the most frequent one first.
    """
    groups: dict[str, dict[str, int]] = {}
    for genre, songs in by_frequency(counts):
        letters = "".join(filter(str.isalnum, genre.casefold()))
        groups.setdefault(letters or genre, {})[genre] = songs
    return [group for group in groups.values() if len(group) > 1]


def summary(report: dict[str, Any]) -> str:
    """The report in a few lines: what was read and kept, what was dropped, and what is odd.

    Parameters
    ----------
    report : dict
        What `process_data` returns.
    """
    dropped = {reason: rows for reason, rows in report["rows_dropped"].items() if rows}
    train, prod = report["train"]["rows"], report["prod_sim"]["rows"]
    text = [
        f"{report['rows_read']:,} songs read, {train:,} for training, {prod:,} for simulated "
        f"production, {sum(dropped.values()):,} dropped"
    ]
    if dropped:
        text.append(f"  {'dropped because of':<24} {'rows':>10} {'first in line':>14}")
    for reason, rows in dropped.items():
        place = report["first_dropped_lines"][reason]
        line = f"{place:,}" if isinstance(place, int) else f"{place['line']:,}"
        file = "" if isinstance(place, int) else f" of {place['part']}"
        features = {
            fault.removeprefix(f"{reason}."): count
            for fault, count in report["faults_by_feature"].items()
            if fault.startswith(f"{reason}.")
        }
        named = ", ".join(f"{feature} {count:,}" for feature, count in features.items())
        text.append(f"  {reason:<24} {rows:>10,} {line:>14}{file}  {named}".rstrip())
    for group in report["similar_genres"]:
        spellings = ", ".join(f"{genre!r} {songs:,}" for genre, songs in group.items())
        text.append(f"  warning: different genres, or one? {spellings}")
    return "\n".join(text)
