"""Has the music changed? Compares the songs of training with those of production, by feature."""

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from src.analysis import analyze_batch_drift, analyze_online_drift, page_path, run_ks_analysis
from src.comparison import ALPHA, MIN_EFFECT, MIN_SAMPLES
from src.errors import InputError
from src.summary import summary

__all__ = ["analyze_batch_drift", "analyze_online_drift", "main", "run_ks_analysis"]

ROOT = Path(__file__).resolve().parents[2]
EXIT_CODES = (
    "Exit codes: 0 the reports are written, 2 wrong usage or a file that cannot be read or "
    "written (no report then), 3 the reports are written and say alert (with --fail-on drift)."
)


def main(argv: list[str] | None = None) -> int:
    arguments = _arguments(argv)
    thresholds = {
        "alpha": arguments.alpha,
        "min_effect": arguments.min_effect,
        "min_samples": arguments.min_samples,
    }
    output = Path(arguments.output)
    try:
        if arguments.mode == "batch":
            report = analyze_batch_drift(
                arguments.train_data, arguments.prod_data, output, **thresholds
            )
        else:
            report = analyze_online_drift(
                arguments.train_data, arguments.api_logs, output, **thresholds
            )
    except (InputError, OSError) as error:
        print(f"analyze_drift: error: {error}", file=sys.stderr)
        return 2
    print(summary(report, output, page_path(output)))
    return 3 if report["alert"] and arguments.fail_on == "drift" else 0


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXIT_CODES)
    add = parser.add_argument
    add("--mode", required=True, choices=["batch", "online"], help="with what to compare")
    add(
        "--train_data",
        default=_beside("data_pipeline/data/train.csv"),
        help="CSV file with the songs of training (default: %(default)s)",
    )
    prod = _beside("data_pipeline/data/prod_sim.csv")
    add("--prod_data", help=f"batch: CSV file with newer songs (default: {prod})")
    logs = _beside("model_serving/logs")
    add(
        "--api_logs",
        nargs="+",
        metavar="PLACE",
        help="online: the request log of the service; files, folders or quoted globs, packed "
        f"(.gz) and rotated ones too (default: {logs})",
    )
    add(
        "--output",
        default="reports/drift_report.json",
        help="JSON report; an HTML report of the same name is written beside it "
        "(default: %(default)s)",
    )
    add(
        "--alpha",
        type=float,
        default=ALPHA,
        help="drifted: p-value, corrected for 12 tests, below this (default: %(default)s)",
    )
    add(
        "--min-effect",
        type=float,
        default=MIN_EFFECT,
        help="and KS statistic of at least this; 0: by p-value alone (default: %(default)s)",
    )
    add(
        "--min-samples",
        type=int,
        default=MIN_SAMPLES,
        help="songs on either side under which nothing is decided (default: %(default)s)",
    )
    add(
        "--fail-on",
        choices=["drift", "never"],
        default="never",
        help="drift: exit with 3 when the report says alert (default: %(default)s)",
    )
    arguments = parser.parse_args(argv)
    if arguments.mode == "batch" and arguments.api_logs:
        parser.error("--api_logs goes with --mode online; --mode batch takes --prod_data")
    if arguments.mode == "online" and arguments.prod_data:
        parser.error("--prod_data goes with --mode batch; --mode online takes --api_logs")
    arguments.prod_data = arguments.prod_data or prod
    arguments.api_logs = arguments.api_logs or [logs]
    return arguments


def _beside(path: str) -> str:
    """A path of the repository as it is written from the current folder."""
    return os.path.relpath(ROOT / path)


if __name__ == "__main__":
    sys.exit(main())
