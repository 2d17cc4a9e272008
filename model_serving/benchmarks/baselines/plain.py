"""FastAPI as one writes it, with the same graph and a line in a log for each song."""

import json
import os
from pathlib import Path

from fastapi import FastAPI

from app.classifier import load_classifier
from app.schemas import Prediction, SpotifyFeatures, values

app = FastAPI()
model = load_classifier()
log = Path(os.environ["LOG_DIR"]) / "plain.jsonl"


@app.post("/predict", response_model_exclude_none=True)
async def predict(song: SpotifyFeatures) -> Prediction:
    """Judge a song and log it."""
    (verdict,) = model.judge([values(song)])
    with log.open("a", encoding="utf-8") as file:
        file.write(json.dumps(song.model_dump() | {"genre": verdict.genre}) + "\n")
    version = model.description.version
    return Prediction(
        genre=verdict.genre, confidence=verdict.confidence, model_version=version
    )
