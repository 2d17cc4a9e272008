"""What is to be known of a request log."""

from dataclasses import dataclass, field

from src import domain_classifier, row_sample
from src.population import Population
from src.slices import Slices


@dataclass(frozen=True)
class Plan:
    """What is to be known of a log.

    Attributes
    ----------
    population : Population or None
        What the songs are counted at; None where they are to become a population themselves.
    thinned : Population or None
        What those of a segment are counted at.
    by_genre : dict of str to Population
        What the songs of a genre are counted against as a segment, where there is such.
    slices : Slices
    genres : tuple of str
        In which order the sample holds the probabilities; empty where none are wanted.
    model_version : str or None
        The version whose probabilities are wanted.
    labelled : frozenset of str
        Ids of the requests whose answers are kept.
    distinct_songs : bool
        Each song is to count once.
    """

    population: Population | None = None
    thinned: Population | None = None
    by_genre: dict[str, Population] = field(default_factory=dict)
    slices: Slices = Slices()
    genres: tuple[str, ...] = ()
    model_version: str | None = None
    labelled: frozenset[str] = frozenset()
    distinct_songs: bool = False

    @property
    def rows(self) -> int:
        """How many rows are sampled: enough for the classifier, or for probabilities."""
        return row_sample.ROWS if self.genres else domain_classifier.ROWS
