"""Fetch a request log, or one file such as a profile, from wherever it is kept."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from src.errors import InputError
from src.fetching import fetch
from src.remote_errors import shown

EXIT_CODES = (
    "Needs requirements-remote.txt. Exit codes: 0 the files are in the folder, 2 wrong usage, or "
    "something cannot be read or written; one sentence says what."
)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXIT_CODES)
    parser.add_argument(
        "url",
        metavar="URL",
        help="a file, a folder (its *.jsonl, rotated and packed ones too) or a quoted glob, by "
        "path, file://, s3:// or another protocol of fsspec; or one file by http(s)://",
    )
    parser.add_argument(
        "folder",
        metavar="FOLDER",
        type=Path,
        help="where to; what is there unchanged is not fetched again, and what an earlier fetch "
        "brought and is gone behind the URL is removed",
    )
    arguments = parser.parse_args(argv)
    try:
        fetched = fetch(arguments.url, arguments.folder)
    except (InputError, OSError) as error:
        print(f"fetch_logs: error: {error}", file=sys.stderr)
        return 2
    print(
        f"{shown(arguments.url)}: in {arguments.folder} now {fetched.files} file(s), of which "
        f"fetched {fetched.new} ({fetched.bytes / 1e6:,.1f} MB); removed {fetched.removed}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
