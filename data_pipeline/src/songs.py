"""What a song is: the columns of the pipeline's tables and the values that they may hold."""

from dataclasses import dataclass

YEAR = "year"
GENRE = "genre"
ID = "id"
ARTISTS = "artists"

# The oldest sound recording that can be played back is of 1860. Tables often say 0 for "unknown".
YEARS = (1860, 2100)


@dataclass(frozen=True)
class FeatureRange:
    """The closed range of one audio feature; ``whole`` marks the features without fractions."""

    lowest: float
    highest: float
    whole: bool = False


FEATURE_RANGES = {
    "danceability": FeatureRange(0.0, 1.0),
    "energy": FeatureRange(0.0, 1.0),
    "key": FeatureRange(0, 11, whole=True),  # pitch class, 0 is C
    "loudness": FeatureRange(-60.0, 5.0),  # dB relative to full scale
    "mode": FeatureRange(0, 1, whole=True),  # 1 is major
    "speechiness": FeatureRange(0.0, 1.0),
    "acousticness": FeatureRange(0.0, 1.0),
    "instrumentalness": FeatureRange(0.0, 1.0),
    "liveness": FeatureRange(0.0, 1.0),
    "valence": FeatureRange(0.0, 1.0),
    "tempo": FeatureRange(0.0, 1000.0),  # beats per minute, 0 where none was found
    "duration_ms": FeatureRange(1, 86_400_000),  # up to a day
}

# The order is a contract: models, signatures and serving all take the features in it.
FEATURES = tuple(FEATURE_RANGES)
