"""FastAPI with XGBoost's own predictor, on the model that the champion's graph was made of."""

import os

import numpy as np
import xgboost
from fastapi import FastAPI

from app.classifier import load_classifier
from app.schemas import Prediction, SpotifyFeatures, values

app = FastAPI()
model = xgboost.Booster(model_file=os.environ["NATIVE_MODEL"])
model.set_param({"nthread": 1})
columns = model.num_features()
description = load_classifier().description


@app.post("/predict", response_model_exclude_none=True)
async def predict(song: SpotifyFeatures) -> Prediction:
    """Judge a song by the trees alone: features that the graph derives are left at zero."""
    row = np.zeros((1, columns), dtype=np.float32)
    row[0, :12] = values(song)
    shares = model.inplace_predict(row)[0]
    best = int(shares.argmax())
    return Prediction(
        genre=description.genres[best],
        confidence=float(shares[best]),
        model_version=description.version,
    )
