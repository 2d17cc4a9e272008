"""Fetch the Kaggle file with 550,622 songs (856 MB), which needs a Kaggle account."""

import argparse
import os
import shutil
import sys
from pathlib import Path

import dotenv
import kagglehub
import requests
from kagglehub.config import get_kaggle_credentials
from kagglehub.exceptions import CredentialError, UnauthenticatedError

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from src.command import EXIT_CODES, PipelineError, run
from src.files import written_whole

PART = Path(__file__).resolve().parents[1]
DATASET = "serkantysz/550k-spotify-songs-audio-lyrics-and-genres"
FILE = "songs.csv"
HOW_TO_GET_CREDENTIALS = f"""no Kaggle credentials found. Either
  1. on https://www.kaggle.com/settings, under API, create a token, and save it as
     ~/.kaggle/kaggle.json, or put KAGGLE_USERNAME and KAGGLE_KEY into .env; then again; or
  2. download {FILE} by hand from https://www.kaggle.com/datasets/{DATASET}
     into data_pipeline/; or
  3. go on without it: 'make sample' makes songs that look like it."""


def download(output_path: str | Path) -> None:
    """Fetch songs.csv from Kaggle.

    Parameters
    ----------
    output_path : path
        Where to put it; a file that is there is replaced once the new one is complete.

    Raises
    ------
    PipelineError
        Without credentials, and when Kaggle refuses or cannot be reached.
    """
    dotenv.load_dotenv(PART.parent / ".env")
    if get_kaggle_credentials() is None and not os.environ.get("KAGGLE_API_TOKEN"):
        raise PipelineError(HOW_TO_GET_CREDENTIALS)
    try:
        cached = kagglehub.dataset_download(DATASET, path=FILE)
    except (CredentialError, UnauthenticatedError, requests.RequestException) as error:
        raise PipelineError(f"Kaggle did not hand out {DATASET}: {error}") from error
    with open(cached, "rb") as source, written_whole(output_path) as target:
        shutil.copyfileobj(source, target, 1 << 20)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXIT_CODES)
    parser.add_argument("--output", default=str(PART / FILE), help="default: %(default)s")
    arguments = parser.parse_args(argv)

    def work() -> str:
        download(arguments.output)
        return f"{arguments.output} is there; 'make pipeline' goes on from it"

    return run("download", work)


if __name__ == "__main__":
    sys.exit(main())
