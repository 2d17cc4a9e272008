"""Drop the lyrics and split by year. Usage: process.py INPUT TRAIN PRODUCTION YEAR"""

import sys

import pandas as pd

FEATURES = (
    "danceability energy key loudness mode speechiness acousticness instrumentalness liveness "
    "valence tempo duration_ms"
).split()


def process_data(input_path: str, train_output: str, prod_output: str, threshold: int) -> None:
    songs = pd.read_csv(input_path)
    songs = songs.drop(columns="lyrics").dropna(subset=["year", "genre", *FEATURES])
    train = songs[songs["year"] <= threshold]
    prod = songs[songs["year"] > threshold]
    train.to_csv(train_output, index=False)
    prod.to_csv(prod_output, index=False)
    print(f"process: {len(train)} songs for training, {len(prod)} for simulated production")


if __name__ == "__main__":
    source, for_training, for_production, year = sys.argv[1:]
    process_data(source, for_training, for_production, int(year))
