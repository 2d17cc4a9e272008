"""Load the songs. Usage: load.py SOURCE OUTPUT"""

import sys
from pathlib import Path

import pandas as pd


def load_data(source_path: str, output_path: str) -> None:
    songs = pd.read_csv(source_path)
    Path(output_path).parent.mkdir(parents=True, exist_ok=True)
    songs.to_csv(output_path, index=False)
    print(f"load: {len(songs)} songs")


if __name__ == "__main__":
    load_data(*sys.argv[1:])
