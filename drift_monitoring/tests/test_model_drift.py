import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from src.analyze_drift import analyze_online_drift, main
from src.errors import InputError, PriorsRefused
from src.markdown import markdown
from tests.conftest import check_schema, log_line, made_songs
from tests.made_champions import GENRES, Answers, answers, profile, write_folder

Write = Callable[..., Path]
MOVED_MIX = (0.6, 0.3, 0.1)


def champion(tmp_path: Path) -> Path:
    """The folder of a champion with enough validation songs for an estimate."""
    made = profile(30_000)
    return write_folder(
        tmp_path / "champion",
        rows=np.array(made.rows),
        accuracy=np.array(made.accuracy),
        mean_probabilities=made.mean_probabilities,
        predicted_share=made.predicted_share,
        confidence_histogram=made.confidence_histogram,
        validation_probabilities=made.probabilities,
        validation_genres=made.labels,
        validation_artists=made.artists,
    )


def lines_of(said: Answers, **fields: Any) -> list[str]:
    songs = made_songs(len(said.labels), 5).iter_rows(named=True)
    return [
        log_line(
            request_id=f"r{number}",
            genre=GENRES[shares.argmax()],
            confidence=float(shares.max()),
            probabilities=dict(zip(GENRES, shares.tolist(), strict=True)),
            **{"model_version": "3", **fields, **song},
        )
        for number, (song, shares) in enumerate(zip(songs, said.probabilities, strict=True))
    ]


def labels_of(said: Answers, path: Path) -> Path:
    with open(path, "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["request_id", "genre", "artist"])
        for number, (genre, artist) in enumerate(zip(said.genres, said.artists, strict=True)):
            rows.writerow([f"r{number}", genre, artist])
    return path


def test_another_mix_of_genres(train_csv: Path, write_log: Write, tmp_path: Path) -> None:
    """Genres changed, the songs of each did not: the accuracy is estimated, and near the truth."""
    said = answers(10_000, 9, MOVED_MIX)
    report = analyze_online_drift(
        train_csv,
        write_log(*lines_of(said)),
        tmp_path / "r.json",
        champion=champion(tmp_path),
        labels=labels_of(said, tmp_path / "labels.csv"),
        export_priors=tmp_path / "priors.json",
    )
    check_schema(json.loads((tmp_path / "r.json").read_text()))
    model = report["model"]
    assert (model["model_version"], model["rows"]) == ("3", 10_000)
    assert model["predictions"]["genres"]["drift_detected"]
    assert "the model's genres changed" in " ".join(report["alert_reasons"])
    assert model["accuracy"]["estimable"], model["accuracy"]["reason"]
    assert model["accuracy"]["estimate"] == pytest.approx(said.accuracy, abs=0.03)
    assert model["labels"]["accuracy"] == pytest.approx(said.accuracy)
    assert model["labels"]["requests"] == 10_000
    assert model["adaptation"]["low"] > 0
    priors = json.loads((tmp_path / "priors.json").read_text())
    assert list(priors["current_priors"].values()) == pytest.approx(MOVED_MIX, abs=0.05)
    assert (priors["model_name"], priors["model_version"]) == ("classifier", "3")
    assert report["what_to_do"][-1].startswith("Until then, adapt the service")
    text = markdown(report)
    assert "if only the mix of genres changed" in text and "True accuracy of 10,000" in text


def test_other_songs(train_csv: Path, write_log: Write, tmp_path: Path) -> None:
    """Where the songs themselves changed there is no estimate, and the reason is told."""
    said = answers(6000, 10, moved=(0.0, -0.8))
    report = analyze_online_drift(
        train_csv,
        write_log(*lines_of(said)),
        tmp_path / "r.json",
        champion=champion(tmp_path),
    )
    accuracy = report["model"]["accuracy"]
    assert not accuracy["estimable"]
    assert "the songs have changed" in accuracy["reason"]
    assert (report["model"]["labels"], report["model"]["adaptation"]) == (None, None)
    assert "not estimable, as no mix of genres" in markdown(report)


def test_the_same_mix_is_no_reason_for_priors(
    train_csv: Path, write_log: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a gain no priors are written: exit code 4, after the reports."""
    said = answers(3000, 11)
    output, priors = tmp_path / "r.json", tmp_path / "priors.json"
    arguments = ["--mode", "online", "--train_data", str(train_csv), "--output", str(output)]
    arguments += ["--api_logs", str(write_log(*lines_of(said)))]
    arguments += ["--champion", str(champion(tmp_path))]
    arguments += ["--labels", str(labels_of(said, tmp_path / "l.csv"))]
    assert main([*arguments, "--export-priors", str(priors)]) == 4
    assert "no priors are exported" in capsys.readouterr().err
    assert output.exists() and not priors.exists()
    report = json.loads(output.read_text())
    assert not report["model"]["predictions"]["genres"]["drift_detected"]
    assert report["model"]["accuracy"]["estimate"] == pytest.approx(said.accuracy, abs=0.03)


def test_answers_of_another_version(train_csv: Path, write_log: Write, tmp_path: Path) -> None:
    """What another version answered says nothing of the champion, and the report says so."""
    log = write_log(*lines_of(answers(500, 12), model_version="2"))
    report = analyze_online_drift(
        train_csv, log, tmp_path / "r.json", champion=write_folder(tmp_path / "champion")
    )
    model = report["model"]
    assert (model["rows"], model["predictions"]) == (0, None)
    assert not model["accuracy"]["estimable"]
    assert "No answer in the log is of version 3, the champion." in report["notes"]


def test_labels_of_other_requests(train_csv: Path, write_log: Write, tmp_path: Path) -> None:
    """Labels that no answer belongs to are counted, and nothing is claimed of them."""
    said = answers(500, 12)
    log = write_log(*lines_of(said, model_version="2"))
    with pytest.raises(PriorsRefused, match="in 0 groups are too few"):
        analyze_online_drift(
            train_csv,
            log,
            tmp_path / "r.json",
            champion=write_folder(tmp_path / "champion"),
            labels=labels_of(said, tmp_path / "l.csv"),
            export_priors=tmp_path / "p.json",
        )
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["model"]["labels"] is None


def test_what_goes_with_what(train_csv: Path, write_log: Write, tmp_path: Path) -> None:
    """Labels need the champion, and priors the labels; a folder without a profile is refused."""
    log, output = write_log(log_line()), tmp_path / "r.json"
    with pytest.raises(InputError, match="labels: needs --champion"):
        analyze_online_drift(train_csv, log, output, labels=tmp_path / "l.csv")
    with pytest.raises(InputError, match="export-priors: needs --labels"):
        analyze_online_drift(train_csv, log, output, export_priors=tmp_path / "p.json")
    with pytest.raises(InputError, match="registered_model_meta"):
        analyze_online_drift(train_csv, log, output, champion=tmp_path)
    assert not output.exists()


def test_only_online(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Tables have no answers to judge."""
    with pytest.raises(SystemExit):
        main(["--mode", "batch", "--champion", str(tmp_path)])
    assert "--champion goes with --mode online" in capsys.readouterr().err
