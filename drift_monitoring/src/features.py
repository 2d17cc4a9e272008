"""The 12 audio features that are compared, and the values that they may have."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FeatureRange:
    """The closed range of one audio feature, and what it is measured in.

    Attributes
    ----------
    lowest, highest : float
    whole : bool
        Whole numbers that stand for categories, and so have no distance between them.
    unit : str
        As people write it behind a number; empty where there is none.
    """

    lowest: float
    highest: float
    whole: bool = False
    unit: str = ""


FEATURE_RANGES = {
    "danceability": FeatureRange(0, 1),
    "energy": FeatureRange(0, 1),
    "key": FeatureRange(0, 11, whole=True),  # pitch class, 0 is C
    "loudness": FeatureRange(-60, 5, unit="dB"),  # relative to full scale
    "mode": FeatureRange(0, 1, whole=True),  # 1 is major
    "speechiness": FeatureRange(0, 1),
    "acousticness": FeatureRange(0, 1),
    "instrumentalness": FeatureRange(0, 1),
    "liveness": FeatureRange(0, 1),
    "valence": FeatureRange(0, 1),
    "tempo": FeatureRange(0, 1000, unit="BPM"),  # 0 where none was found
    "duration_ms": FeatureRange(1, 86_400_000, unit="ms"),  # up to a day
}

# The order is a contract with the parts that make the songs and serve them.
FEATURES = tuple(FEATURE_RANGES)
