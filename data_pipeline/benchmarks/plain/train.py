"""Train both models and log them to MLflow. Usage: train.py DATA PARAMS OUTPUT"""

import json
import sys
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from ruamel.yaml import YAML
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, StandardScaler
from xgboost import XGBClassifier

FEATURES = (
    "danceability energy key loudness mode speechiness acousticness instrumentalness liveness "
    "valence tempo duration_ms"
).split()
EXPERIMENT = "plain"


def train_models(data_path: str, params: dict[str, Any]) -> dict[str, Any]:
    songs = pd.read_csv(data_path)
    labels = LabelEncoder().fit_transform(songs["genre"])
    x_train, x_test, y_train, y_test = train_test_split(
        songs[FEATURES],
        labels,
        test_size=params["validation_fraction"],
        random_state=params["seed"],
        stratify=labels,
    )
    models = {
        "logistic_regression": make_pipeline(
            StandardScaler(), LogisticRegression(**params["logistic_regression"])
        ),
        "xgboost": XGBClassifier(random_state=params["seed"], **params["xgboost"]),
    }
    mlflow.set_experiment(EXPERIMENT)
    results = {}
    for name, model in models.items():
        with mlflow.start_run(run_name=name) as run:
            mlflow.log_params(params[name])
            model.fit(x_train, y_train)
            predicted = model.predict(x_test)
            metrics = {
                "accuracy": float(accuracy_score(y_test, predicted)),
                "macro_f1": float(f1_score(y_test, predicted, average="macro")),
                "train_accuracy": float(accuracy_score(y_train, model.predict(x_train))),
            }
            mlflow.log_metrics(metrics)
            if name == "xgboost":
                mlflow.xgboost.log_model(model, name="model", input_example=x_train.head())
            else:
                mlflow.sklearn.log_model(model, name="model", input_example=x_train.head())
            mlflow.set_tag("model_type", name)
        results[name] = {"run_id": run.info.run_id} | metrics
        print(f"train: {name}: accuracy {metrics['accuracy']:.4f}")
    return results


if __name__ == "__main__":
    trained = train_models(sys.argv[1], YAML(typ="safe").load(Path(sys.argv[2])))
    Path(sys.argv[3]).write_text(json.dumps(trained, indent=2))
