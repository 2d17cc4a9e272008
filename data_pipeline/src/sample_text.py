"""Names and lyrics for sample songs, with all that makes real ones hard to read as CSV."""

import json
from collections.abc import Sequence

import numpy as np

VERSES = 500
ADJECTIVES = (
    "Velvet Silver Broken Golden Midnight Electric Paper Hollow Crimson Lonesome Neon Wild Quiet "
    "Burning Marble Northern Plastic Restless Tender Wooden Émile's Björk's Añejo Winter"
).split()
NOUNS = (
    "Harbor Foxes Parade Mirrors Satellites Orchard Engines Choir Rivers Lanterns Coyotes Avenue "
    "Machines Sparrows Tigers Shadows Gospel Union Garden Wolves Motel Horses Embassy Tides"
).split()
WORDS = (
    "love night river heart road fire rain gold moon baby dance home blue light time train city "
    "dream summer wire stone angel money honey thunder window letter whisper desert ocean"
).split()
FILLERS = ("and", "in the", "of my", "oh", "under the", "like a", "without", "through the")
LINES = (
    '"{0}," she said, "{1} {2}"',
    "{0} {1} {2}, {0} {1} {2}",
    "I've got {0} {1} {2}",
    "{0}, {0}, {1} {2}",
    "Won't you {0} {1} {2}?",
    "(oh {0}) {1} {2} tonight",
)
NICHES = ("classic", "modern", "indie", "deep", "alternative")


def artist_names(count: int) -> list[str]:
    """`count` different names; some hold commas, quotes, accents, or say "None"."""
    names = []
    for number in range(count):
        adjective = ADJECTIVES[number % len(ADJECTIVES)]
        noun = NOUNS[number // len(ADJECTIVES) % len(NOUNS)]
        again = number // (len(ADJECTIVES) * len(NOUNS))
        pattern = ("The {0} {1}", '{0} "{1}"', "{0}, {1} & Co.", "{0} {1}")[number % 4]
        names.append(pattern.format(adjective, noun) + (f" {again + 1}" if again else ""))
    if count > 100:
        names[100] = "None"
    return names


def json_list(items: Sequence[str]) -> str:
    """How the Kaggle file writes a list in a cell."""
    return json.dumps(items, ensure_ascii=False)


def title(draw: Sequence[int]) -> str:
    """A song or album title from three whole numbers."""
    if draw[0] % 997 == 0:
        return "NA"
    first, second = WORDS[draw[0] % len(WORDS)], WORDS[draw[1] % len(WORDS)]
    return f"{first} {FILLERS[draw[2] % len(FILLERS)]} {second}".title()


class Lyricist:
    """Writes lyrics of 4 to 16 verses, about 1,500 characters."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        lines = [self._line(draw) for draw in rng.integers(0, 1 << 30, (4 * VERSES, 4)).tolist()]
        self._verses = ["\n".join(lines[i : i + 4]) for i in range(0, len(lines), 4)]

    @staticmethod
    def _line(draw: Sequence[int]) -> str:
        first, last = WORDS[draw[0] % len(WORDS)], WORDS[draw[1] % len(WORDS)]
        return LINES[draw[2] % len(LINES)].format(first, FILLERS[draw[3] % len(FILLERS)], last)

    def lyrics(self, songs: int) -> list[str]:
        """Lyrics for `songs` songs."""
        choices = self._rng.integers(0, VERSES, (songs, 16)).tolist()
        lengths = self._rng.integers(4, 17, songs).tolist()
        return [
            "\n\n".join(self._verses[verse] for verse in row[:length])
            for row, length in zip(choices, lengths, strict=True)
        ]
