"""The routes."""

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi_offline import FastAPIOffline
from starlette.routing import Route

from app.classifier import load_classifier
from app.documentation import ANSWERS, SONG, UNAVAILABLE
from app.errors import ServingError
from app.lifecycle import ExplainedStart, lifespan
from app.request_body import RequestRefused, read_song
from app.request_log import RequestLogMiddleware, note_served
from app.schemas import Health, ModelDescription, Prediction, Ready, SpotifyFeatures

__all__ = ["SpotifyFeatures", "app"]

app: FastAPI = FastAPIOffline(
    title="Spotify genre classifier",
    version="1",
    description="The genre of a song from 12 audio features, by the champion of the registry.",
    redoc_url=None,
    lifespan=lifespan,
)
app.state.closing = False
app.add_middleware(RequestLogMiddleware)
app.add_middleware(ExplainedStart)


@app.get("/health", summary="Alive?")
async def health() -> Health:
    """The process answers; that says nothing of the model."""
    return Health()


@app.get("/ready", summary="Ready for songs?", responses=UNAVAILABLE)
async def ready(request: Request) -> Ready:
    """Yes, once the model has judged a known song as recorded and until the service shuts down."""
    if request.app.state.closing:
        raise ServingError("the service is shutting down")
    load_classifier()
    return Ready()


@app.get("/model", summary="Which model?", responses=UNAVAILABLE)
async def model() -> ModelDescription:
    """Name, version, origin, genres, features and metrics of the model that is served."""
    return load_classifier().description


# The song is read in the function and not declared as its parameter: so the body is bounded, what
# is wrong with it is explained, and it is parsed once, straight into the song.
@app.post(
    "/predict",
    summary="Which genre?",
    response_model=Prediction,
    responses=ANSWERS,
    openapi_extra={"requestBody": SONG},
)
async def predict(request: Request) -> Response:
    """The most probable genre of one song. Every request leaves a line in the request log."""
    song = await read_song(request)
    prediction = load_classifier().predict(song)
    note_served(request, song, prediction)
    return Response(prediction.model_dump_json(), media_type="application/json")


# FastAPI documents the route; Starlette, asked first, serves it without the dependencies and exit
# stacks that FastAPI prepares for every request, a fifth of the time that a song takes.
app.router.routes.insert(0, Route("/predict", predict, methods=["POST"]))


@app.get("/", include_in_schema=False)
async def root() -> RedirectResponse:
    """Whoever opens the service in a browser wants its documentation."""
    return RedirectResponse("docs")


@app.exception_handler(RequestRefused)
async def refused(request: Request, error: RequestRefused) -> JSONResponse:
    """A request without a usable song."""
    # What is left of a refused body is not worth waiting for.
    headers = {"Connection": "close"} if error.status in (400, 413, 415) else None
    return JSONResponse({"detail": error.detail}, error.status, headers)


@app.exception_handler(ServingError)
async def unavailable(request: Request, error: ServingError) -> JSONResponse:
    """Without a model that can be served, or while shutting down."""
    return JSONResponse({"detail": str(error)}, 503)
