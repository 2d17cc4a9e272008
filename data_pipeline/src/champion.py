"""Download the champion of the store in use into a folder, for a service or an image to hold."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from src.command import EXIT_CODES, PipelineError, run
from src.registry import CHAMPION, NAME, champion_version
from src.tracking import connect, explained_errors, shown_uri

# After src, which says what they must know when they are imported.
import mlflow


def download_champion(output_path: str | Path) -> str:
    """Put the files of the champion into a folder.

    Parameters
    ----------
    output_path : path
        The folder; what it held before is replaced once the download is complete.

    Returns
    -------
    str
        The champion's version.

    Raises
    ------
    PipelineError
        When the store cannot be reached, or has no champion.
    """
    output = Path(output_path)
    output.parent.mkdir(parents=True, exist_ok=True)
    with (
        explained_errors(),
        tempfile.TemporaryDirectory(prefix=f".{output.name}.", dir=output.parent) as folder,
    ):
        connect()
        version = champion_version()
        if version is None:
            raise PipelineError(
                f"{shown_uri()} has no {NAME}@{CHAMPION}. 'make pipeline' trains one, anew where "
                "the last training was recorded in another store; when it ends with a "
                "@challenger, metrics.json says why"
            )
        uri = f"models:/{NAME}/{version.version}"
        fetched = Path(folder) / "model"
        mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=str(fetched))
        if output.is_dir():
            shutil.rmtree(output)
        fetched.rename(output)
    return str(version.version)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXIT_CODES)
    parser.add_argument("--output", required=True, help="folder for the model's files")
    arguments = parser.parse_args(argv)

    def work() -> str:
        version = download_champion(arguments.output)
        return f"{NAME} version {version} of {shown_uri()} is in {arguments.output}"

    return run("champion", work)


if __name__ == "__main__":
    sys.exit(main())
