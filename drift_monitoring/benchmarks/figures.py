"""Counts what the judges have flagged, from the lines of JSON that they leave."""

import json
import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

Z = 1.959964  # of a 95 % interval


@dataclass
class Figures:
    """How often one reading flagged what, over the draws of one scenario.

    Attributes
    ----------
    draws : int
    any, found, others : int
        Draws with any flag; with a flag on the changed feature; with one on an unchanged feature
        (where nothing in particular was changed, found and others stay 0).
    features : int
        Flags over all draws.
    turns, finds : Counter
        By changed feature, the draws and those in which it was flagged.
    seconds : float
        Spent over all draws.
    """

    draws: int = 0
    any: int = 0
    found: int = 0
    others: int = 0
    features: int = 0
    turns: "Counter[str]" = field(default_factory=Counter)
    finds: "Counter[str]" = field(default_factory=Counter)
    seconds: float = 0.0

    def add(self, flagged: list[str], changed: "str | None", seconds: float) -> None:
        self.draws += 1
        self.any += bool(flagged)
        self.features += len(flagged)
        self.seconds += seconds
        if changed is not None:
            self.turns[changed] += 1
            self.finds[changed] += changed in flagged
            self.found += changed in flagged
            self.others += any(name != changed for name in flagged)


Tally = dict[str, dict[str, Figures]]  # by reading, by name of the scenario


def read_lines(folder: Path, participants: "tuple[str, ...]") -> Tally:
    """Count the lines of all participants that have any, in files of a name with the kind.

    Raises
    ------
    SystemExit
        When two of them judged different songs in one draw.
    """
    checksums: dict[tuple[str, int], int] = {}
    tally: Tally = defaultdict(lambda: defaultdict(Figures))
    for participant in participants:
        for path in sorted(folder.glob(f"{participant}.*.jsonl")):
            for line in path.read_text(encoding="utf-8").splitlines():
                verdict = json.loads(line)
                draw = verdict["scenario"], verdict["draw"]
                if checksums.setdefault(draw, verdict["checksum"]) != verdict["checksum"]:
                    raise SystemExit(f"{path}: other songs than the other judges had in {draw}")
                for reading, flagged in verdict["flagged"].items():
                    figures = tally[reading][verdict["scenario"]]
                    figures.add(flagged, verdict["changed"], verdict["seconds"])
    return tally


def wilson(hits: int, draws: int) -> "tuple[float, float]":
    """The 95 % interval of a share.

    Wilson (1927), "Probable inference, the law of succession, and statistical inference",
    J. Am. Stat. Assoc. 22, 209-212.
    """
    share, slack = hits / draws, Z**2 / draws
    middle = share + slack / 2
    half = Z * math.sqrt(share * (1 - share) / draws + slack / (4 * draws))
    return max((middle - half) / (1 + slack), 0.0), min((middle + half) / (1 + slack), 1.0)
