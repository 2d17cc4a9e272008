"""What comes in and what goes out: the song and the answers."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

# The Dave Brubeck Quartet, "Take Five", as Spotify measured it
TAKE_FIVE: dict[str, JsonValue] = {
    "danceability": 0.454,
    "energy": 0.26,
    "key": 8,
    "loudness": -13.193,
    "mode": 0,
    "speechiness": 0.0401,
    "acousticness": 0.539,
    "instrumentalness": 0.00078,
    "liveness": 0.0675,
    "valence": 0.598,
    "tempo": 174.322,
    "duration_ms": 324133,
}


class SpotifyFeatures(BaseModel):
    """Twelve audio features of one song, as Spotify measures them."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    danceability: float = Field(ge=0, le=1, description="How well one can dance to it.")
    energy: float = Field(ge=0, le=1, description="How loud, fast and dense it feels.")
    key: float = Field(
        ge=0,
        le=11,
        multiple_of=1,
        description="Pitch class: 0 is C, 11 is B. A whole number.",
        json_schema_extra={"type": "integer"},
    )
    loudness: float = Field(ge=-60, le=5, description="dB relative to full scale.")
    mode: float = Field(
        ge=0,
        le=1,
        multiple_of=1,
        description="1 is major, 0 is minor.",
        json_schema_extra={"type": "integer"},
    )
    speechiness: float = Field(ge=0, le=1, description="How much of it is spoken.")
    acousticness: float = Field(ge=0, le=1, description="Confidence that it is acoustic.")
    instrumentalness: float = Field(ge=0, le=1, description="How likely it has no vocals.")
    liveness: float = Field(ge=0, le=1, description="How likely an audience was present.")
    valence: float = Field(ge=0, le=1, description="How positive it sounds.")
    tempo: float = Field(ge=0, le=1000, description="Beats per minute; 0 where none was found.")
    duration_ms: float = Field(ge=1, le=86_400_000, description="Length, up to a day.")


# The order is a contract: models, signatures and serving all take the features in it.
FEATURES = tuple(SpotifyFeatures.model_fields)


class Prediction(BaseModel):
    """The most probable genre of a song."""

    genre: str = Field(examples=["Jazz"])
    confidence: float = Field(description="The probability of that genre.", examples=[0.75])
    probabilities: dict[str, float] = Field(
        description="Of every genre; they add up to 1.",
        examples=[{"Jazz": 0.75, "Pop": 0.15, "Rock": 0.1}],
    )
    model_version: str = Field(
        description="The version in the model registry that answered.", examples=["3"]
    )


class Problem(BaseModel):
    """One thing that is wrong with a song."""

    type: str = Field(description="What is wrong, for programs.")
    loc: list[str] = Field(description="Where: `body` and the field.")
    msg: str = Field(description="Field, range and problem, for people.")


class Problems(BaseModel):
    """The answer to a song that cannot be judged."""

    detail: list[Problem]


class Refusal(BaseModel):
    """The answer to a request that holds no song, or that cannot be served now."""

    detail: str


class Health(BaseModel):
    """The process is alive."""

    status: Literal["healthy"] = "healthy"


class Ready(BaseModel):
    """The model answers as it was recorded to."""

    status: Literal["ready"] = "ready"


class ModelMetrics(BaseModel):
    """How the model did on the songs that it was validated on."""

    accuracy: float
    rows: int


class ModelDescription(BaseModel):
    """The model that is served."""

    name: str
    version: str
    run_id: str = Field(description="The MLflow run that trained it.")
    genres: list[str] = Field(description="In the order of the model's output.")
    features: list[str] = Field(description="In the order of the model's input.")
    metrics: ModelMetrics
