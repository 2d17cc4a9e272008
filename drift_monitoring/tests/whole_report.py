"""A report that has every part, for tests of the page."""

from typing import Any

from tests.reports import DECIDED, UNDECIDED, report, segment

WINDOWS = [f"2026-{month:02}-{day:02}T00:00:00+00:00" for month in (9, 10) for day in range(1, 31)]

LOG = {
    "files": ["logs/a.jsonl"], "damaged_files": [], "lines": 1510, "used": 1500, "rejected": 3,
    "invalid": 6, "missing": 5, "out_of_range": 1, "torn": 1, "outside": 0,
    "unusable_lines": [
        {"file": "logs/a.jsonl", "line": 1234, "fault": "energy: 7 is not from 0 to 1"},
        {"file": "logs/a.jsonl", "line": 1510, "fault": "torn"},
    ],
    "first_timestamp": "2026-11-01T00:00:00.000+00:00",
    "last_timestamp": "2026-11-07T22:39:54.000+00:00",
}  # fmt: skip

MODEL = {
    "model_version": "3",
    "rows": 1500,
    "predictions": {
        "genres": {
            "train_share": {"Rock": 0.6, "R&B": 0.4}, "prod_share": {"R&B": 0.7, "Jazz": 0.3},
            "p_value_corrected": 1e-8, "effect": 0.34, **DECIDED,
        },
        "confidence": {
            "train_share": [0.05] * 20, "prod_share": [0.05] * 20,
            "p_value_corrected": 0.9, "effect": 0.0, **UNDECIDED,
        },
    },
    "accuracy": {
        "estimable": True, "reason": None, "estimate": 0.47, "low": 0.44, "high": 0.5,
        "training_accuracy": 0.55, "cbpe": 0.52, "bbse": 0.46, "misfit": 0.02, "rows": 1500,
        "current_priors": {"Rock": 0.3, "R&B": 0.7}, "assumption": "label shift",
    },
    "labels": {
        "requests": 500, "accuracy": 0.46, "low": 0.42, "high": 0.5,
        "genres": {
            "Rock": {"precision": 0.5, "recall": 0.4, "f1": 0.444, "support": 120},
            "R&B": {"precision": None, "recall": 0.0, "f1": None, "support": 7},
        },
    },
    "adaptation": {
        "accuracy_before": 0.46, "accuracy_after": 0.55, "gain": 0.09, "low": 0.05, "high": 0.13,
    },
}  # fmt: skip


def whole_report() -> dict[str, Any]:
    """A report that has every part."""
    parts = [segment("genre", name) for name in ("Rock", "R&B", "Electronic")]
    parts += [segment("model_version", "3"), segment("genre", "Folk", songs=9)]
    parts += [segment("window", key) for key in WINDOWS]
    return report(
        {"loudness": 0.31, "key": 0.12, "tempo": 0.07, "energy": None},
        segments=parts,
        model=MODEL,
        request_log=LOG,
        notes=["Several model versions answered."],
    )
