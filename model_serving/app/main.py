"""The routes."""

from fastapi import FastAPI, Request, Response
from fastapi_offline import FastAPIOffline
from pydantic_core import to_json
from starlette.routing import Route

from app.batch import judge_batch
from app.classifier import load_classifier
from app.docs_page import DOCS
from app.documentation import ANYWHERE, BATCH, SONG, WITH_BODY, WITH_KEY, responses
from app.exchange import exchange_of
from app.front import Front
from app.judge import judge
from app.lifecycle import ExplainedStart, lifespan
from app.metrics import metrics
from app.page import ROUTES
from app.problems import explain_errors, refusal
from app.request_body import read_batch, read_song
from app.schemas import (
    BatchPrediction,
    Health,
    ModelDescription,
    Prediction,
    Ready,
    SpotifyFeatures,
)
from app.top_k import judgement, read_top_k

__all__ = ["SpotifyFeatures", "app"]

app: FastAPI = FastAPIOffline(
    title="Spotify genre classifier",
    version="1",
    description="The genre of a song from 12 audio features, by the champion of the registry.",
    docs_url=None,  # an own one, with the same assets
    redoc_url=None,
    lifespan=lifespan,
    # /metrics and traceparent are there; without an SDK this would only take time.
    telemetry={"tracing": False, "metrics": False, "logs": False},
)
app.state.closing = False
app.add_middleware(Front, state=app.state)
app.add_middleware(ExplainedStart)
explain_errors(app)


@app.get("/health", summary="Alive?", responses=responses(500))
async def health() -> Health:
    """The process answers; that says nothing of the model."""
    return Health()


@app.get("/ready", summary="Ready for songs?", responses=responses(500, 503))
async def ready(request: Request) -> Ready:
    """Yes, once the model has judged a known song as recorded and until the service shuts down."""
    if request.app.state.closing:
        raise refusal(503, "shutting_down", "the service is shutting down")
    load_classifier()
    return Ready()


@app.get(
    "/model",
    summary="Which model?",
    responses=responses(*ANYWHERE, 503),
    dependencies=WITH_KEY,
)
async def model() -> ModelDescription:
    """Name, version, origin, genres, features, metrics and priors of the model that is served."""
    return load_classifier().description


@app.get(
    "/metrics",
    summary="What has happened?",
    response_class=Response,
    responses=responses(*ANYWHERE) | {200: {"content": {"text/plain": {}}}},
    dependencies=WITH_KEY,
)
async def all_metrics(request: Request) -> Response:
    """Requests, latency, predictions and lines of the log, of all workers, for Prometheus."""
    text, content_type = metrics().exposed(request.headers.get("accept", ""))
    return Response(text, headers={"Content-Type": content_type})


# The songs are read in the functions and not declared as their parameters: so bodies are bounded,
# what is wrong with them is explained, and they are parsed once, straight into songs.
@app.post(
    "/predict",
    summary="Which genre?",
    response_model=Prediction,
    responses=responses(*WITH_BODY),
    openapi_extra=SONG,
    dependencies=WITH_KEY,
)
async def predict(request: Request) -> Response:
    """The most probable genre of one song. Every request leaves a line in the request log."""
    top_k = read_top_k(request)
    song = await read_song(request)
    judging = judge()
    verdict = await judging.judge(song, exchange_of(request))
    said = judgement(verdict, top_k) | {"model_version": judging.version}
    return Response(to_json(said), media_type="application/json")


@app.post(
    "/predict/batch",
    summary="Which genres?",
    response_model=BatchPrediction,
    responses=responses(*WITH_BODY),
    openapi_extra=BATCH,
    dependencies=WITH_KEY,
)
async def predict_batch(request: Request) -> Response:
    """The most probable genre of each of up to 1,000 songs.

    A song that cannot be judged has `errors` instead and does not fail the others. Every song
    leaves a line in the request log, with the id of the request.
    """
    top_k = read_top_k(request)
    songs = await read_batch(request)
    judging = judge()
    results = await judge_batch(judging, songs, exchange_of(request), top_k)
    said = {"model_version": judging.version, "results": results}
    return Response(to_json(said), media_type="application/json")


# FastAPI documents the routes; Starlette, asked first, serves them without the dependencies and
# exit stacks that FastAPI prepares for every request, a fifth of the time that a song takes.
app.router.routes.insert(0, Route("/predict", predict, methods=["POST"]))
app.router.routes.insert(1, Route("/predict/batch", predict_batch, methods=["POST"]))
app.router.routes += [DOCS, *ROUTES]
