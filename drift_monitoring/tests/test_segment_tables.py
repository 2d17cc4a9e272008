from typing import Any

import pytest

from src.features import FEATURES
from src.page import render_page
from src.segment_tables import heat, heat_limits, segment_tables
from tests.outline import Outline
from tests.reports import report, segment

WEEKS = [f"2026-11-{day:02}T00:00:00+00:00" for day in (2, 9, 23)]


def test_a_table_for_each_dimension() -> None:
    """Segments of one dimension stand in one table, with their state, songs and effects."""
    found = report(segments=[segment("genre", "R&B"), segment("genre", "Folk", songs=40),
                             segment("model_version", "1")])  # fmt: skip
    tables = segment_tables(found)
    assert [table.by for table in tables] == ["genre", "model_version"]
    assert [row["state"] for row in tables[0].rows] == ["drifted", "too few songs"]
    assert tables[0].features[:3] == ["loudness", "key", "tempo"]
    text = Outline(render_page(found)).text
    assert "1 of 2 genres drifted; 1 with too few songs to judge." in text
    assert "R&B drifted 500 1 0.20* 0.01 0.01" in text
    assert "Folk too few songs 40 0 0.20 0.01" in text
    assert "By model version 1 of 1 model version drifted." in text


def test_repeated_songs_are_worth_less() -> None:
    """Where requests repeat songs, what they are worth stands beside them."""
    repeated = segment("week", WEEKS[0]) | {"effective_samples": 166.7}
    assert "2026-11-02 drifted 500 (167)" in Outline(render_page(report(segments=[repeated]))).text


@pytest.mark.parametrize(
    ("effect", "tested", "level"),
    [(0.049, True, 0), (0.05, True, 1), (0.1, True, 2), (0.2, True, 3), (0.4, True, 4),
     (0.9, False, 0)],
)  # fmt: skip
def test_the_shade_grows_with_the_effect(effect: float, tested: bool, level: int) -> None:
    """What matters is shaded, an alarm more; what was not tested is not, however large."""
    found = {"effect": effect, "p_value_corrected": 1e-9 if tested else None}
    assert heat(found, report()) == level


@pytest.mark.parametrize(
    ("least", "limits"), [(0.05, [0.05, 0.1, 0.2, 0.4]), (0.0, [0.0, 0.1, 0.2, 0.4])]
)
def test_shades_begin_where_effects_matter(least: float, limits: list[float]) -> None:
    """The first shade is for the smallest effect that matters, also where each one does."""
    assert heat_limits(report(min_effect=least)) == limits


def test_time_has_pictures() -> None:
    """Weeks have a line for the limit and each of the four features that moved most."""
    (table,) = segment_tables(report(segments=[segment("week", key) for key in WEEKS]))
    effects, songs = table.charts
    assert effects.names[:2] == ["limit (0.05)", "loudness"]
    assert len(effects.names) == 5
    for index in range(5):
        assert f'<g class="series serie-{index} ' in effects.picture
    assert songs.picture.count("<rect") == len(WEEKS)
    assert "2026-11-23" in songs.picture


def test_windows_with_too_few_songs_leave_a_gap() -> None:
    """A line is not drawn through a window that was not judged."""
    keys = [f"2026-11-{day:02}T08:00:00+00:00" for day in range(1, 6)]
    whole = [segment("window", key) for key in keys]
    gap = [*whole[:2], segment("window", keys[2], songs=20), *whole[3:]]
    (one,), (two,) = (segment_tables(report(segments=found)) for found in (whole, gap))
    drawn = [table.charts[0].picture.count('class="line') for table in (one, two)]
    # The limit goes on; each of the four features is in two pieces.
    assert drawn[1] - drawn[0] == 4
    assert one.rows[0]["label"] == "2026-11-01 08:00"


@pytest.mark.parametrize("segments", [
    [segment("week", WEEKS[0])],
    [segment("genre", "Rock"), segment("genre", "Pop")],
])  # fmt: skip
def test_no_picture_of_time_without_time(segments: list[dict[str, Any]]) -> None:
    """One week makes no course, and genres have no order."""
    (table,) = segment_tables(report(segments=segments))
    assert table.charts == []


def test_only_songs_where_nothing_was_judged() -> None:
    """Where all windows have too few songs, only their number is drawn."""
    (table,) = segment_tables(report(segments=[segment("week", key, songs=9) for key in WEEKS]))
    assert [chart.title for chart in table.charts] == ["Number of songs"]
    assert "None of 3 weeks drifted; 3 with too few songs to judge." == table.summary


def test_segments_without_a_feature() -> None:
    """A feature without usable values in a segment has a dash there."""
    found = segment("genre", "Rock")
    found["details"] = {
        feature: said | {"effect": None, "p_value_corrected": None}
        for feature, said in found["details"].items()
    }
    assert "Rock drifted 500 1" + " -" * len(FEATURES) in Outline(
        render_page(report(segments=[found]))
    ).text
