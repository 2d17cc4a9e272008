"""Print what `make demo` did, from the files that it left.

Usage: demo_summary.py FOLDER SERVICE SECONDS
"""

import json
import sys
from pathlib import Path
from typing import Any


def summary(folder: Path, service: str, seconds: int) -> str:
    """The summary of a demo.

    Parameters
    ----------
    folder : path
        The demo's workspace.
    service : str
        What served the songs.
    seconds : int
        How long it took.

    Returns
    -------
    str
    """
    pipeline = folder / "data_pipeline"
    quality = _read(pipeline / "data" / "data_quality.json")
    training = _read(pipeline / "training.json")
    champion = _read(pipeline / "metrics.json")
    requests = _read(folder / "requests.json")
    dropped = {reason: count for reason, count in quality["rows_dropped"].items() if count}
    lines = [
        "Data",
        f"  songs read      {quality['rows_read']:>9,}",
        f"  dropped         {sum(dropped.values()):>9,}  {_pairs(dropped)}".rstrip(),
        *(
            f"  {name:<15} {side['rows']:>9,}  {side['first_year']} to {side['last_year']},"
            f" {len(side['genres'])} genres"
            for name, side in (
                ("training years", quality["train"]),
                ("newer years", quality["prod_sim"]),
            )
        ),
        "",
        "Models, on {validation:,} songs of artists that they never heard"
        " (learnt from {training:,})".format(**training["rows"]),
        f"  {'':<20} {'accuracy':>9} {'macro F1':>9} {'log loss':>9} {'training accuracy':>18}",
        *(
            f"  {name:<20} {run['accuracy']:>9.3f} {run['macro_f1']:>9.3f} {run['log_loss']:>9.3f}"
            f" {run['train_accuracy']:>18.3f}"
            for name, run in training["runs"].items()
        ),
        "",
        "Champion",
        f"  {champion['model_name']} version {champion['model_version']},"
        f" {champion['model_type']}: {champion['reason']}",
        f"  accuracy on the newer years {champion['prod_sim_accuracy']:.3f}"
        f" ({_number(champion['prod_sim_unseen_artists_accuracy'])} for unseen artists)",
        "",
        f"Service: {service}",
        f"  {sum(requests['statuses'].values())} songs sent,"
        f" {requests['statuses'].get('200', 0)} answered by version {requests['model']['version']};"
        f" latency p50 {requests['p50_ms']:.1f} ms, p99 {requests['p99_ms']:.1f} ms",
        f"  {_pairs(requests['genres'])}",
        "",
        "Drift since training",
        *_drift(folder, "batch", "all newer songs"),
        *_drift(folder, "online", "the songs sent"),
        "",
        f"Done in {seconds} s. Where to look next",
        "  .demo/data_pipeline/data/                 the tables, and what was dropped and why",
        "  .demo/data_pipeline/metrics.json          the champion in figures",
        "  .demo/data_pipeline/model_card/           what the champion can do, and what not",
        "  .demo/data_pipeline/dvc_plots/index.html  confusion, calibration, recall by genre",
        "  .demo/model_serving/logs/                 a line of the request log for each song sent",
        "  .demo/drift_monitoring/reports/           each drift report as a page and as JSON",
        "  runs, models and registry on http://127.0.0.1:5000:",
        "    data_pipeline/.venv/bin/mlflow server"
        " --backend-store-uri sqlite:///.demo/data_pipeline/mlflow.db",
        "  the same with real songs: README.md",
    ]
    return "\n".join(lines)


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _drift(folder: Path, mode: str, what: str) -> list[str]:
    report = _read(folder / "drift_monitoring" / "reports" / f"{mode}.json")
    alert = "alert" if report["alert"] else "no alert"
    drifted = ", ".join(
        f"{feature} ({report['details'][feature]['effect']:.2f})"
        for feature in report["drifted_features"]
    )
    return [
        f"  {mode:<7} {what}, {report['production_samples']:,}: {report['status']}, {alert};"
        f" {report['features_with_drift']} of {len(report['details'])} features",
        f"          {drifted or 'none'}",
    ]


def _pairs(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def _number(value: float | None) -> str:
    return "no songs" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    print(summary(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
