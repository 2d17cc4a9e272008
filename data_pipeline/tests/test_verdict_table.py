from src.bootstrap import Estimate
from src.gate import Check, Verdict
from src.verdict_table import verdict_table

LONG = "A genre whose name goes on and on and on"


def check(name: str, songs: int = 123456) -> Check:
    difference = Estimate(-0.0374, -0.0524, -0.0228, songs)
    return Check("genre", name, 0.4425, 0.4799, difference, -0.05, "REFUSED")


def test_table() -> None:
    """Every check is a line, cells are aligned, and no line is wider than 100 columns."""
    minimum = Check("minimum", "minimum accuracy", 0.4425, None, None, 0.4, "ok")
    era = Check("era", "before 2001", 0.5, 0.5, Estimate(0, 0, 0, 12), None, "ok")
    warning = "words " * 40
    verdict = Verdict(False, "", (minimum, era, check("Jazz", 9), check(LONG)), (warning,))
    lines = verdict_table(verdict).splitlines()
    assert max(map(len, lines)) <= 100
    header, rule, first, *rows = lines[:6]
    assert set(rule) == {"-"} and first.split() == ["minimum", "accuracy", "0.4425", "0.400", "ok"]
    assert rows[1].split() == [
        "recall,", "Jazz", "9", "0.4425", "0.4799", "-0.0374", "-0.0524", "to", "-0.0228",
        "-0.050", "REFUSED",
    ]  # fmt: skip
    assert rows[0].startswith("accuracy, before 2001") and "…" in rows[2] and "123,456" in rows[2]
    for title, cell in (("candidate", "0.4425"), ("limit", "-0.050"), ("change", "-0.0374")):
        end = header.index(title) + len(title)
        assert all(row[end - len(cell) : end] == cell for row in rows[1:])
    assert " ".join(lines[6:]).split() == ["note:", *warning.split()]


def test_nothing_to_show() -> None:
    """A verdict that rests on no check has no table."""
    assert verdict_table(Verdict(True, "by hand")) == ""
