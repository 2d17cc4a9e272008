"""What comes in and what goes out: the song and the answers."""

from datetime import datetime
from operator import attrgetter
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

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


def _whole(value: float) -> float:
    if not value.is_integer():
        raise PydanticCustomError("whole_number", "not a whole number")
    return value


# Written with or without a point; pydantic's multiple_of would also take 0.0000000000001.
Whole = Annotated[float, AfterValidator(_whole)]


class SpotifyFeatures(BaseModel):
    """Twelve audio features of one song, as Spotify measures them."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    danceability: float = Field(ge=0, le=1, description="How well one can dance to it.")
    energy: float = Field(ge=0, le=1, description="How loud, fast and dense it feels.")
    key: Whole = Field(
        ge=0,
        le=11,
        description="Pitch class: 0 is C, 11 is B. A whole number.",
        json_schema_extra={"type": "integer"},
    )
    loudness: float = Field(ge=-60, le=5, description="dB relative to full scale.")
    mode: Whole = Field(
        ge=0,
        le=1,
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


# Songs in one batch.
BATCH_LIMIT = 1000

# The order is a contract: models, signatures and serving all take the features in it.
FEATURES = tuple(SpotifyFeatures.model_fields)
# The features of a song in that order.
values = attrgetter(*FEATURES)


class GenreProbability(BaseModel):
    """How probable a genre is."""

    genre: str = Field(examples=["Jazz"])
    probability: float = Field(ge=0, le=1, examples=[0.75])


class Judgement(BaseModel):
    """The most probable genre of a song."""

    genre: str = Field(examples=["Jazz"])
    confidence: float = Field(
        ge=0, le=1, description="The probability of that genre.", examples=[0.75]
    )
    top: Annotated[list[GenreProbability], Field(min_length=1)] | SkipJsonSchema[None] = Field(
        default=None, description="With `top_k`: the most probable genres, best first."
    )


class Prediction(Judgement):
    """The most probable genre of a song, and which model says so."""

    model_version: str = Field(
        description="The version in the model registry that answered.", examples=["3"]
    )


class Problem(BaseModel):
    """One thing that is wrong with a request."""

    type: str = Field(description="What is wrong, for programs.", examples=["missing"])
    loc: list[str | int] = Field(
        description="Where: `body` or `query`, in a batch the song's number, and the field; empty "
        "when it is about the request as a whole.",
        examples=[["body", "tempo"]],
    )
    msg: str = Field(
        description="Field, range and problem, for people.",
        examples=["tempo is missing; it is a number from 0 to 1000"],
    )


class Problems(BaseModel):
    """The answer to every request that is refused or fails."""

    detail: list[Problem] = Field(min_length=1)
    request_id: str = Field(description="As in the header X-Request-ID and in the logs.")


class Refused(BaseModel):
    """A song of a batch that cannot be judged."""

    errors: list[Problem] = Field(min_length=1)


class BatchPrediction(BaseModel):
    """What a batch is answered with."""

    model_version: str = Field(
        description="The version in the model registry that answered.", examples=["3"]
    )
    results: list[Judgement | Refused] = Field(description="One for each song, in their order.")


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


class GenrePriors(BaseModel):
    """How common each genre is, was in training, and since when that is known."""

    id: str = Field(
        description="The first 12 hex digits of the file's SHA-256; each song's line in the "
        "request log has it as `priors`.",
        examples=["3f1c0a9b27de"],
    )
    made: datetime = Field(description="When the file was made.")
    training_priors: dict[str, float] = Field(description="The model's own, which it has learnt.")
    current_priors: dict[str, float] = Field(description="Those that answers are adapted to.")


class ModelDescription(BaseModel):
    """The model that is served."""

    name: str
    version: str
    run_id: str = Field(description="The MLflow run that trained it.")
    created: datetime = Field(description="When it was logged, in UTC.")
    genres: list[str] = Field(description="In the order of the model's output.")
    features: list[str] = Field(description="In the order of the model's input.")
    metrics: ModelMetrics
    priors: GenrePriors | None = Field(
        description="What GENRE_PRIORS_FILE holds; null where answers are the model's own."
    )
