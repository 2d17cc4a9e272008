"""The figures of the experiment as Markdown tables."""

from collections.abc import Callable, Iterator

from changes import MEASURED
from figures import Figures, Tally, wilson
from scenarios import KINDS, SCENARIOS, Scenario


def markdown(tally: Tally) -> Iterator[str]:
    """All tables, line by line."""
    null, power, repeats, shifted = (
        [scenario for scenario in SCENARIOS if scenario.kind == kind] for kind in KINDS
    )
    yield from _table("False alarms: any feature flagged, %", tally, null, _with_interval)
    for rows in sorted({scenario.rows for scenario in power}):
        sized = [scenario for scenario in power if scenario.rows == rows]
        yield from _table(f"Power at {rows:,} rows a side, %", tally, sized, _power, turned=True)
        yield from _table("Draws of them", tally, sized[:1], _draws, turned=True)
        changed = [scenario for scenario in sized if "genre" not in scenario.what]
        title = f"An unchanged feature flagged at {rows:,} rows a side, %"
        yield from _table(title, tally, changed, _others, turned=True)
        yield from _by_feature(tally, next(one for one in sized if "0.1 sd" in one.what))
    yield from _table("Repeated requests: any feature flagged, %", tally, repeats, _with_interval)
    yield from _table("Repeated requests: features flagged, of 12", tally, repeats, _mean_features)
    title = "Repeated requests, one feature shifted: it is flagged, %"
    yield from _table(title, tally, shifted, _power)
    title = "Repeated requests, one feature shifted: another is flagged, %"
    yield from _table(title, tally, shifted, _others)


def _table(
    title: str,
    tally: Tally,
    scenarios: list[Scenario],
    cell: Callable[[Figures], str],
    turned: bool = False,
) -> Iterator[str]:
    """Readings down and scenarios across, or turned, the other way; no table of no readings."""
    readings = [name for name in tally if any(one.name in tally[name] for one in scenarios)]
    if not readings:
        return
    cells = [
        [cell(tally[name][one.name]) if one.name in tally[name] else "" for one in scenarios]
        for name in readings
    ]
    heads = [one.name for one in scenarios]
    if turned:
        readings, heads, cells = heads, readings, [list(row) for row in zip(*cells, strict=True)]
    yield from _lines(title, heads, dict(zip(readings, cells, strict=True)))


def _by_feature(tally: Tally, scenario: Scenario) -> Iterator[str]:
    heads = [name for name in tally if scenario.name in tally[name]]
    if not heads:
        return
    rows = {
        feature: [
            f"{100 * figures.finds[feature] / figures.turns[feature]:.0f}"
            if figures.turns[feature]
            else ""
            for figures in (tally[name][scenario.name] for name in heads)
        ]
        for feature in MEASURED
    }
    yield from _lines(f"Power by feature, {scenario.name}, %", heads, rows)


def _lines(title: str, heads: list[str], rows: dict[str, list[str]]) -> Iterator[str]:
    yield from (f"### {title}", "")
    yield f"| | {' | '.join(heads)} |"
    yield "|---|" + "--:|" * len(heads)
    for name, cells in rows.items():
        yield f"| {name} | {' | '.join(cells)} |"
    yield ""


def _with_interval(figures: Figures) -> str:
    low, high = wilson(figures.any, figures.draws)
    share = figures.any / figures.draws
    return f"{100 * share:.1f} ({100 * low:.1f}-{100 * high:.1f}; {figures.draws:,})"


def _power(figures: Figures) -> str:
    return f"{100 * (figures.found if figures.turns else figures.any) / figures.draws:.0f}"


def _others(figures: Figures) -> str:
    return f"{100 * figures.others / figures.draws:.0f}"


def _mean_features(figures: Figures) -> str:
    return f"{figures.features / figures.draws:.1f}"


def _draws(figures: Figures) -> str:
    return f"{figures.draws:,}"
