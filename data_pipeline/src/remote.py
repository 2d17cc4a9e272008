"""Point DVC at the remote storage that DVC_REMOTE_URL names, for `dvc push` and `dvc pull`.

The address goes to .dvc/config.local, which git ignores: it differs by machine, and may be secret.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

import dotenv

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from src.command import EXIT_CODES, PipelineError, run

PART = Path(__file__).resolve().parents[1]
REMOTE = "storage"
WITHOUT_URL = """DVC_REMOTE_URL is not set, so there is nowhere to push to or pull from. Put it into
.env at the root, or into the environment: a folder that all of you reach, or s3://bucket/folder,
gs://, azure://, ssh://
  DVC_REMOTE_URL=/mnt/shared/spotify"""


def set_remote(folder: str | Path) -> None:
    """Make the storage of DVC_REMOTE_URL the default remote of one clone.

    Options that were given to the remote before (`dvc remote modify --local storage ...`) stay.

    Parameters
    ----------
    folder : path
        The folder with dvc.yaml; a relative DVC_REMOTE_URL counts from it.

    Raises
    ------
    PipelineError
        When DVC_REMOTE_URL is not set, or DVC refuses it.
    """
    dotenv.load_dotenv(PART.parent / ".env")
    url = os.environ.get("DVC_REMOTE_URL", "").strip()
    if not url:
        raise PipelineError(WITHOUT_URL)
    # The command, as DVC promises nothing of its Python functions for this.
    known = _dvc(folder, "config", "--local", "--list").splitlines()
    if any(line.startswith(f"remote.{REMOTE}.url=") for line in known):
        _dvc(folder, "remote", "modify", "--local", REMOTE, "url", url)
        _dvc(folder, "remote", "default", "--local", REMOTE)
    else:
        _dvc(folder, "remote", "add", "--local", "--default", REMOTE, url)


def _dvc(folder: str | Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "dvc", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PipelineError(f"dvc {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXIT_CODES)
    parser.parse_args(argv)

    def work() -> str:
        set_remote(PART)
        return f"DVC's remote {REMOTE} is the one of DVC_REMOTE_URL"

    return run("remote", work)


if __name__ == "__main__":
    sys.exit(main())
