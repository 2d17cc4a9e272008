from pathlib import Path

import polars as pl

from src.markdown import markdown
from src.summary import GREEN, PLAIN, RED, YELLOW, summary
from tests.conftest import made_songs, report_of


def lines_of(report: dict, colour: bool = False) -> list[str]:
    return summary(report, Path("r.json"), Path("r.html"), colour).splitlines()


def test_the_condition_that_is_not_met() -> None:
    """For a feature that has not drifted the table says which condition it does not meet."""
    train, prod = made_songs(150, 1), made_songs(150, 2)
    prod = prod.with_columns(train["energy"], pl.col("tempo") + 1000)
    lines = lines_of(report_of(train, prod))
    rows = {line.split()[0]: line for line in lines if line}
    assert rows["tempo"].endswith("  yes")
    assert rows["energy"].endswith("  no: effect < 0.03, p >= 0.05")
    assert rows["loudness"].endswith("  no: p >= 0.05")
    assert lines[1] == "  alert: an effect of 0.2 or more: tempo (1.000)"


def test_the_effect_of_categories_has_its_name(train: pl.DataFrame, prod: pl.DataFrame) -> None:
    """What is Cramer's V is marked, so that nobody takes it for D."""
    rows = {line.split()[0]: line for line in lines_of(report_of(train, prod)) if line}
    assert " V 0." in rows["key"] and " V 0." in rows["mode"]
    assert " V " not in rows["tempo"]


def test_colour() -> None:
    """The verdict alone has a colour, and only if that is asked for."""
    songs = made_songs(200, 1)
    normal, alert = report_of(songs, songs), report_of(songs, songs.with_columns(tempo=0.0))
    few = report_of(songs, songs.head(5))
    for report, colour in ((normal, GREEN), (alert, RED), (few, YELLOW)):
        lines = lines_of(report, colour=True)
        assert lines[0].startswith(colour) and lines[0].endswith(PLAIN)
        assert "\033" not in "".join(lines[1:])
        assert "\033" not in "".join(lines_of(report))


def test_markdown(train: pl.DataFrame, prod: pl.DataFrame) -> None:
    """The summary has the verdict first, what to do, and a table with all features by effect."""
    report = report_of(train, prod.with_columns(pl.col("loudness") + 3))
    lines = markdown(report).splitlines()
    assert lines[0].startswith("### NORMAL, alert: 1 of 12 features drifted; loudness most: +")
    assert sum(line.startswith("1. ") for line in lines) == len(report["what_to_do"])
    rows = [line for line in lines if line.startswith("| ") and line.endswith((" yes |", " |"))]
    features = [row.split(" | ")[0].removeprefix("| ") for row in rows]
    assert features[1] == "loudness"
    assert set(report["details"]) <= set(features)


def test_markdown_is_escaped(train: pl.DataFrame) -> None:
    """Names from the data become text, not markup, rows or links."""
    genre = pl.lit("<b>|[x](y)`\n# R&B")
    songs = train.with_columns(genre=genre)
    text = markdown(report_of(songs, songs, by=("genre",)))
    assert "\\<b\\>\\|\\[x\\](y)\\`" in text
    assert "<b>" not in text
    assert "\n#" not in text.removeprefix("###")
