"""Register the best run and make it champion. Usage: evaluate.py TRAIN PRODUCTION OUTPUT"""

import json
import sys
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from sklearn.metrics import accuracy_score, classification_report, confusion_matrix
from sklearn.preprocessing import LabelEncoder

FEATURES = (
    "danceability energy key loudness mode speechiness acousticness instrumentalness liveness "
    "valence tempo duration_ms"
).split()
EXPERIMENT = "plain"
NAME = "plain-genre-classifier"


def evaluate(train_path: str, prod_path: str) -> dict[str, Any]:
    train, prod = pd.read_csv(train_path), pd.read_csv(prod_path)
    encoder = LabelEncoder().fit(train["genre"])
    runs = mlflow.search_runs(
        experiment_names=[EXPERIMENT], order_by=["metrics.accuracy DESC"], max_results=1
    )
    best = runs.iloc[0]
    model = mlflow.pyfunc.load_model(f"runs:/{best.run_id}/model")
    metrics: dict[str, Any] = {"run_id": best.run_id, "accuracy": float(best["metrics.accuracy"])}
    for name, songs in (("train", train), ("prod_sim", prod)):
        known = songs[songs["genre"].isin(encoder.classes_)]
        predicted = encoder.inverse_transform(model.predict(known[FEATURES]))
        metrics[f"{name}_accuracy"] = float(accuracy_score(known["genre"], predicted))
        metrics[f"{name}_report"] = classification_report(
            known["genre"], predicted, output_dict=True, zero_division=0
        )
        metrics[f"{name}_confusion"] = confusion_matrix(known["genre"], predicted).tolist()
    version = mlflow.register_model(f"runs:/{best.run_id}/model", NAME)
    mlflow.MlflowClient().set_registered_model_alias(NAME, "champion", version.version)
    metrics["model_version"] = int(version.version)
    return metrics


if __name__ == "__main__":
    result = evaluate(sys.argv[1], sys.argv[2])
    Path(sys.argv[3]).write_text(json.dumps(result, indent=2))
    print(f"evaluate: version {result['model_version']}, accuracy {result['accuracy']:.4f}")
