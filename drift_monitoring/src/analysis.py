"""From two samples of songs to the reports, as JSON and as a page: batch, online, or two tables."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from src.beside import Beside, in_thread
from src.current import Current, current_of_log, current_of_table
from src.domain_classifier import separation_of
from src.judge import Judge
from src.outputs import Outputs, page_path
from src.plan import Plan
from src.readers import Readers, ThisProcess
from src.reference import Reference, reference_of_table
from src.references import after, read_reference, window_of
from src.request_log import read_request_log
from src.slices import Slices
from src.thresholds import ALPHA, MIN_EFFECT, MIN_SAMPLES, Thresholds

if TYPE_CHECKING:
    from src.model_drift import ModelDrift

__all__ = ["analyze_batch_drift", "analyze_online_drift", "page_path", "run_ks_analysis"]


def run_ks_analysis(
    train_df: Any,
    prod_df: Any,
    output_path: str | Path,
    *,
    alpha: float = ALPHA,
    min_effect: float = MIN_EFFECT,
    min_samples: int = MIN_SAMPLES,
) -> dict[str, Any]:
    """Compare two tables of songs and write the drift report.

    Parameters
    ----------
    train_df, prod_df : pandas or polars DataFrame
        With a column for each of the 12 features; others are ignored.
    output_path : path
        The JSON report. An HTML report of the same name is written beside it.
    alpha, min_effect, min_samples
        When a feature has drifted, as `Thresholds` has it.

    Returns
    -------
    dict
        The report.

    Raises
    ------
    InputError
        When a feature has no column of numbers, or a threshold is out of its range.
    """
    # Here, so that the processes that read logs do not load the library of tables.
    from src.tables import songs_from_frame

    limits = Thresholds(alpha, min_effect, min_samples)
    reference = reference_of_table(songs_from_frame(train_df, "train_df"), "train_df")
    current = current_of_table(songs_from_frame(prod_df, "prod_df"), reference, "prod_df")
    outputs = Outputs(Path(output_path))
    return _write_report(reference, current, outputs, limits, mode="batch", inputs={})


def analyze_batch_drift(
    train_path: str | Path,
    prod_path: str | Path,
    output_path: str | Path,
    *,
    alpha: float = ALPHA,
    min_effect: float = MIN_EFFECT,
    min_samples: int = MIN_SAMPLES,
    by: Sequence[str] = (),
    save_profile: str | Path | None = None,
    markdown: str | Path | None = None,
) -> dict[str, Any]:
    """Compare two files of songs and write the drift report.

    Parameters
    ----------
    train_path, prod_path : path
        CSV files such as train.csv and prod_sim.csv of the pipeline; the first may be a profile.
    output_path, alpha, min_effect, min_samples
        As in `run_ks_analysis`.
    by : sequence of str
        "genre", or nothing: what is judged apart too.
    save_profile : path, optional
        Where the reference is written, to be used in place of the file.
    markdown : path, optional
        A file that a summary is appended to.

    Returns
    -------
    dict
        The report.

    Raises
    ------
    InputError
        When a file is missing, empty, no CSV or lacks a feature, or a threshold is out of range.
    """
    limits = Thresholds(alpha, min_effect, min_samples)
    outputs = Outputs(Path(output_path), markdown, save_profile)
    by_genre = "genre" in by or save_profile is not None
    reference = read_reference(train_path, by_genre=by_genre)
    outputs.write_profile(reference)
    from src.tables import read_table

    songs = read_table(prod_path, genres="genre" in by)
    current = current_of_table(songs, reference, str(prod_path), tuple(by))
    inputs = {"train_data": str(train_path), "prod_data": str(prod_path)}
    return _write_report(reference, current, outputs, limits, mode="batch", inputs=inputs)


def analyze_online_drift(
    train_path: str | Path,
    api_logs_path: str | Path | Sequence[str | Path],
    output_path: str | Path,
    *,
    alpha: float = ALPHA,
    min_effect: float = MIN_EFFECT,
    min_samples: int = MIN_SAMPLES,
    slices: Slices | None = None,
    distinct_songs: bool = False,
    champion: str | Path | None = None,
    labels: str | Path | None = None,
    export_priors: str | Path | None = None,
    save_profile: str | Path | None = None,
    markdown: str | Path | None = None,
    readers: Readers | None = None,
) -> dict[str, Any]:
    """Compare the songs of the reference with those that the service was asked about.

    Parameters
    ----------
    train_path : path or str
        Such as train.csv of the pipeline, a profile, or a window START/END of the log.
    api_logs_path : path, or a sequence of them
        Files, folders and globs of the request log, rotated and packed files too.
    output_path, alpha, min_effect, min_samples
        As in `run_ks_analysis`. The report also says how many lines of the log were used, and how
        many not and why.
    slices : Slices, optional
        From when to when, and what is judged apart too.
    distinct_songs : bool
        Each song counts once, however often it was asked about; of more than 100,000 a sample.
    champion : path, optional
        The folder of the model that answered, for what its answers say of the model.
    labels : path, optional
        CSV file with request_id and genre (and artist, where it is known) of some requests.
    export_priors : path, optional
        Where the current mix of the labelled genres is written for the service, if it is shown
        that this makes more answers right.
    save_profile : path, optional
        Where the reference is written, to be used in place of what it was read from.
    markdown : path, optional
        A file that a summary is appended to.
    readers : Readers, optional
        Who reads the log, as `log_readers` has them; without them, it is read here.

    Returns
    -------
    dict
        The report.

    Raises
    ------
    InputError
        When the reference cannot be read, there is no log, or a threshold is out of range.
    PriorsRefused
        After the reports are written, when no gain by new priors is shown.
    """
    limits = Thresholds(alpha, min_effect, min_samples)
    outputs = Outputs(Path(output_path), markdown, save_profile)
    readers = readers or ThisProcess()
    window = window_of(train_path)
    slices = after(window, slices or Slices())
    judge = Judge.of(champion, labels, export_priors)
    by_genre = "genre" in slices.by or save_profile is not None
    reference = read_reference(train_path, api_logs_path, readers, by_genre)
    outputs.write_profile(reference)
    plan = Plan(
        reference.population.without_counts(),
        reference.population.thinned if slices.divided else None,
        by_genre=reference.by_genre if "genre" in slices.by else {},
        slices=slices,
        distinct_songs=distinct_songs,
        **judge.wanted,
    )
    part, counts = read_request_log(api_logs_path, plan, readers)
    current = current_of_log(part, counts, reference)
    report = _write_report(
        reference,
        current,
        outputs,
        limits,
        beside=readers.beside,
        model=lambda: judge.judged(current, part.answers, min_samples),
        mode="online",
        inputs={"train_data": str(train_path), "api_logs": counts.files},
        request_log=asdict(counts),
        slices=slices.described(),
        distinct_songs=distinct_songs,
    )
    judge.export_priors(part.answers)
    return report


def _write_report(
    reference: Reference,
    current: Current,
    outputs: Outputs,
    limits: Thresholds,
    beside: Beside = in_thread,
    model: Callable[[], "ModelDrift | None"] = lambda: None,
    **about: Any,
) -> dict[str, Any]:
    # It takes the longest, and needs no more than this.
    separation = separation_of(reference.sample, current.sample, limits.min_samples, beside)
    # Here, so that the processes that only read do not load the libraries of statistics and charts.
    from src.pictures import Pictures
    from src.report import build_report

    pictures = Pictures()
    report = build_report(
        reference, current, limits, separation, model(), meanwhile=pictures.draw, **about
    )
    outputs.write(report, pictures)
    return report
