"""Has the music changed? Compares the songs of training with those of production, by feature."""

import argparse
import gc
import importlib
import os
import signal
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
# Before NumPy loads: its matrices are small here, and more threads get in each other's way.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# It sorts with AVX-512 where it can, which takes five times as long on AMD's Zen 4 as with AVX2
# (numpy/x86-simd-sort, issue 6), and half of the counting was sorting.
os.environ.setdefault("NPY_DISABLE_CPU_FEATURES", "X86_V4 AVX512_ICL AVX512_SPR")

from src.analysis import analyze_batch_drift, analyze_online_drift, page_path, run_ks_analysis
from src.cluster import scheduler_address
from src.errors import InputError, PriorsRefused
from src.options import arguments_of
from src.readers import log_readers
from src.slices import Slices, duration, moment

__all__ = ["analyze_batch_drift", "analyze_online_drift", "main", "run_ks_analysis"]


def main(argv: list[str] | None = None) -> int:
    arguments = arguments_of(argv, __doc__)
    output = Path(arguments.output)
    common = {
        "alpha": arguments.alpha,
        "min_effect": arguments.min_effect,
        "min_samples": arguments.min_samples,
        "save_profile": arguments.save_profile,
        "markdown": arguments.markdown,
    }
    try:
        if arguments.mode == "batch":
            _load_libraries_ahead()
            report = analyze_batch_drift(
                arguments.reference, arguments.prod_data, output, by=arguments.by, **common
            )
        else:
            scheduler = scheduler_address(arguments.scheduler)
            with log_readers(arguments.api_logs, scheduler, _load_libraries_ahead) as readers:
                report = analyze_online_drift(
                    arguments.reference,
                    arguments.api_logs,
                    output,
                    slices=_slices(arguments),
                    distinct_songs=arguments.distinct_songs,
                    champion=arguments.champion,
                    labels=arguments.labels,
                    export_priors=arguments.export_priors,
                    readers=readers,
                    **common,
                )
    except PriorsRefused as error:
        print(f"analyze_drift: {error}; the reports are written: {output}", file=sys.stderr)
        return 4
    except (InputError, OSError) as error:
        print(f"analyze_drift: error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("analyze_drift: interrupted", file=sys.stderr)
        return 128 + signal.SIGINT
    from src.summary import summary

    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    print(summary(report, output, page_path(output), colour))
    return 3 if report["alert"] and arguments.fail_on == "drift" else 0


def _load_libraries_ahead() -> None:
    # They take longer to load than a table to read, and reading leaves a core to them.
    threading.Thread(target=_load_libraries, daemon=True).start()


def _load_libraries() -> None:
    """Load what the report is made with; who needs a part of it waits for it."""
    importlib.import_module("src.report")
    importlib.import_module("src.page").load_templates()


def _slices(arguments: argparse.Namespace) -> Slices:
    return Slices(
        by=tuple(dict.fromkeys(arguments.by)),
        since=moment(arguments.since, "since") if arguments.since else None,
        until=moment(arguments.until, "until") if arguments.until else None,
        window=duration(arguments.window, "window") if arguments.window else None,
    )


if __name__ == "__main__":
    code = main()
    # Or Python looks through all objects for cycles as it ends, which takes a tenth of a second.
    gc.freeze()
    sys.exit(code)
