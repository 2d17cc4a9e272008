from pathlib import Path

import pytest

import app.settings
from app.errors import ServingError
from app.settings import PART, Settings, parse_settings, settings


def test_defaults_lie_in_the_part() -> None:
    """Without settings the part's own folders are used, whatever the working directory is."""
    found = parse_settings({})
    assert (found.model_dir, found.log_dir) == (PART / "models", PART / "logs")
    assert (found.web_concurrency, found.port, found.log_level) == (1, 8000, "info")


def test_an_empty_variable_counts_as_unset() -> None:
    """A line like PORT= in .env changes nothing."""
    assert parse_settings({"PORT": "", "LOG_DIR": "", "LOG_LEVEL": ""}) == parse_settings({})


EVERY = {
    "MODEL_DIR": ("/m", Path("/m")),
    "LOG_DIR": ("l", PART / "l"),
    "GENRE_PRIORS_FILE": ("p.json", PART / "p.json"),
    "WEB_CONCURRENCY": ("3", 3),
    "PORT": ("9000", 9000),
    "LOG_LEVEL": ("WARNING", "warning"),
    "LOG_ROTATE_MIB": ("64", 64),
    "LOG_KEEP": ("5", 5),
    "API_KEYS_FILE": ("/k", Path("/k")),
    "RATE_LIMIT": ("100/second", "100/second"),
    "MAX_BODY_KIB": ("8", 8),
    "MAX_BATCH_KIB": ("512", 512),
    "MAX_HEADER_KIB": ("32", 32),
    "REQUEST_SECONDS": ("5", 5),
    "KEEP_ALIVE_SECONDS": ("75", 75),
    "DRAIN_SECONDS": ("0", 0),
    "FINISH_SECONDS": ("20", 20),
}


def test_every_setting_is_taken_over() -> None:
    """Each variable reaches the setting that it names."""
    assert {name.lower() for name in EVERY} == set(Settings.model_fields)
    found = parse_settings({name: text for name, (text, _) in EVERY.items()})
    for name, (_, value) in EVERY.items():
        assert getattr(found, name.lower()) == value


def test_every_setting_is_documented() -> None:
    """The README has a row for each setting, and .env.example its default."""
    rows = (PART / "README.md").read_text()
    example = (PART.parent / ".env.example").read_text()
    for name, field in Settings.model_fields.items():
        default = field.default.name if isinstance(field.default, Path) else field.default
        shown = "" if default is None else f"`{default}`"
        assert f"| `{name.upper()}` | {shown} | {field.description} |".replace("  ", " ") in rows
        assert f"#{name.upper()}={'' if default is None else default}\n" in example


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEB_CONCURRENCY", "0"),
        ("WEB_CONCURRENCY", "two"),
        ("WEB_CONCURRENCY", "1.5"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "9" * 5000),
        ("PORT", "٨٠٠٠"),
        ("LOG_LEVEL", "loud"),
        ("LOG_ROTATE_MIB", "10MB"),
        ("RATE_LIMIT", "often"),
        ("MAX_BODY_KIB", "0"),
        ("DRAIN_SECONDS", "2.5"),
    ],
)
def test_a_bad_value_is_refused_by_name(name: str, value: str) -> None:
    """A value that makes no sense is refused with the variable's name and the value."""
    with pytest.raises(ServingError) as refused:
        parse_settings({name: value})
    assert str(refused.value).startswith(f"{name}: {value!r} is ")


def test_the_environment_wins_over_dotenv(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """.env at the repository's root is read, and a variable of the environment overrides it."""
    (tmp_path / ".env").write_text("PORT=9001\nLOG_LEVEL=debug\n")
    monkeypatch.setattr(app.settings, "PART", tmp_path / "model_serving")
    monkeypatch.setenv("LOG_LEVEL", "error")
    settings.cache_clear()
    assert (settings().port, settings().log_level) == (9001, "error")
