"""What the command can be told."""

import argparse
import os
from pathlib import Path

from src.cluster import VARIABLE
from src.slices import DIMENSIONS
from src.thresholds import ALPHA, MIN_EFFECT, MIN_SAMPLES

CHAMPION = "model_serving/models"
ONLINE = (
    "api_logs", "since", "until", "window", "distinct_songs", "champion", "labels",
    "export_priors",
)  # fmt: skip
ROOT = Path(__file__).resolve().parents[2]
EXIT_CODES = (
    "Exit codes: 0 the reports are written, 2 wrong usage or a file that cannot be read or "
    "written (no report then), 3 the reports are written and say alert (with --fail-on drift), 4 "
    "the reports are written, but --export-priors found no gain, and no priors are, 130 "
    "interrupted by Ctrl-C."
)


def arguments_of(argv: list[str] | None, description: str | None) -> argparse.Namespace:
    """Parse the options of analyze_drift.py; those of the other mode are refused."""
    parser = argparse.ArgumentParser(description=description, epilog=EXIT_CODES)
    parser.add_argument(
        "--mode", required=True, choices=["batch", "online"], help="with what to compare"
    )
    prod = _beside("data_pipeline/data/prod_sim.csv")
    logs = _beside("model_serving/logs")
    _add_inputs(parser, prod, logs)
    _add_outputs(parser)
    _add_limits(parser)
    _add_parts(parser)
    _add_model(parser)
    arguments = parser.parse_args(argv)
    _refuse_other_mode(parser, arguments)
    arguments.prod_data = arguments.prod_data or prod
    arguments.api_logs = arguments.api_logs or [logs]
    return arguments


def _add_inputs(parser: argparse.ArgumentParser, prod: str, logs: str) -> None:
    group = parser.add_argument_group("what is compared")
    group.add_argument(
        "--train_data",
        "--reference",
        "--profile",
        dest="reference",
        default=_beside("data_pipeline/data/train.csv"),
        help="the reference: CSV file with the songs of training; or a profile (.npz) that "
        "--save-profile wrote; or, online, a window of the log itself as START/END, such as "
        "2026-11-01/2026-11-08 (default: %(default)s)",
    )
    group.add_argument("--prod_data", help=f"batch: CSV file with newer songs (default: {prod})")
    group.add_argument(
        "--api_logs",
        nargs="+",
        metavar="PLACE",
        help="online: the request log of the service; files, folders or quoted globs, packed "
        f"(.gz) and rotated ones too (default: {logs})",
    )
    group.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="online: let the workers of this Dask scheduler, such as tcp://10.0.0.1:8786, read "
        f"the request log, at the same paths (default: {VARIABLE}; without one, this machine reads "
        "it); CSV tables are read here in any case, and so it changes nothing with --mode batch",
    )


def _add_outputs(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is written")
    group.add_argument(
        "--output",
        default="reports/drift_report.json",
        help="JSON report; an HTML report of the same name is written beside it "
        "(default: %(default)s)",
    )
    group.add_argument(
        "--markdown",
        metavar="FILE",
        help="append a summary in Markdown, such as to $GITHUB_STEP_SUMMARY",
    )
    group.add_argument(
        "--save-profile",
        metavar="FILE",
        help="write the reference to FILE (.npz); it takes the place of its songs from then on",
    )
    group.add_argument(
        "--fail-on",
        choices=["drift", "never"],
        default="never",
        help="drift: exit with 3 when the report says alert (default: %(default)s)",
    )


def _add_limits(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what counts as drift")
    group.add_argument(
        "--alpha",
        type=float,
        default=ALPHA,
        help="p-value, corrected for all tests of the report, below this (default: %(default)s)",
    )
    group.add_argument(
        "--min-effect",
        type=float,
        default=MIN_EFFECT,
        help="and an effect of at least this: the KS statistic, or Cramer's V of key and mode; "
        "0: by p-value alone (default: %(default)s)",
    )
    group.add_argument(
        "--min-samples",
        type=int,
        default=MIN_SAMPLES,
        help="independent songs on either side under which nothing is decided "
        "(default: %(default)s)",
    )
    group.add_argument(
        "--distinct-songs",
        action="store_true",
        help="online: each song counts once, however often it was asked about",
    )


def _add_parts(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("parts that get a verdict of their own")
    group.add_argument(
        "--by",
        action="append",
        default=[],
        choices=DIMENSIONS,
        help="batch: genre; online: genre, week or model_version; may be given several times",
    )
    group.add_argument("--since", metavar="TIME", help="online: only from then on (ISO 8601)")
    group.add_argument("--until", metavar="TIME", help="online: only before then (ISO 8601)")
    group.add_argument(
        "--window", metavar="LENGTH", help="online: windows of so long, such as 7d, 12h or 30m"
    )


def _add_model(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what the log says of the model (online)")
    group.add_argument(
        "--champion",
        metavar="FOLDER",
        help="the model that answered, as 'make champion' downloads it: compares its answers with "
        f"those on its validation songs, and estimates its accuracy ({_beside(CHAMPION)})",
    )
    group.add_argument(
        "--labels",
        metavar="FILE",
        help="CSV file with request_id and genre (and artist, where it is known) of some requests: "
        "the true accuracy; needs --champion",
    )
    group.add_argument(
        "--export-priors",
        metavar="FILE",
        help="write the current mix of the labelled genres for the service's GENRE_PRIORS_FILE, if "
        "it makes more answers right beyond chance; needs --labels",
    )


def _refuse_other_mode(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    if arguments.mode == "online":
        if arguments.prod_data:
            parser.error("--prod_data goes with --mode batch; --mode online takes --api_logs")
        return
    for name in ONLINE:
        if getattr(arguments, name):
            option = "--" + (name if name == "api_logs" else name.replace("_", "-"))
            parser.error(f"{option} goes with --mode online; --mode batch takes --prod_data")
    if set(arguments.by) - {"genre"}:
        parser.error(f"--by {arguments.by[-1]} goes with --mode online; tables have no times")


def _beside(path: str) -> str:
    """A path of the repository as it is written from the current folder."""
    return os.path.relpath(ROOT / path)
