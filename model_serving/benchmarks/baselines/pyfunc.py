"""FastAPI with mlflow.pyfunc, as MLflow's own documentation loads a model."""

import os

import mlflow
import pandas
from fastapi import FastAPI

from app.classifier import load_classifier
from app.schemas import Prediction, SpotifyFeatures

app = FastAPI()
model = mlflow.pyfunc.load_model(os.environ["MODEL_DIR"])
description = load_classifier().description


@app.post("/predict", response_model_exclude_none=True)
async def predict(song: SpotifyFeatures) -> Prediction:
    """Judge a song."""
    answer = model.predict(pandas.DataFrame([song.model_dump()]))
    shares = answer["probabilities"].tolist()
    best = shares.index(max(shares))
    return Prediction(
        genre=description.genres[best],
        confidence=float(shares[best]),
        model_version=description.version,
    )
