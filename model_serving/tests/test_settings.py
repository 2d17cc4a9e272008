from pathlib import Path

import pytest

import app.settings
from app.errors import ServingError
from app.settings import PART, parse_settings, settings


def test_defaults_lie_in_the_part() -> None:
    """Without settings the part's own folders are used, whatever the working directory is."""
    found = parse_settings({})
    assert (found.model_dir, found.log_dir) == (PART / "models", PART / "logs")
    assert (found.workers, found.port, found.log_level) == (1, 8000, "info")


def test_an_empty_variable_counts_as_unset() -> None:
    """A line like PORT= in .env changes nothing."""
    assert parse_settings({"PORT": "", "LOG_DIR": "", "LOG_LEVEL": ""}) == parse_settings({})


def test_every_setting_is_taken_over() -> None:
    """Each variable reaches the setting that it names."""
    found = parse_settings(
        {
            "MODEL_DIR": "/m",
            "LOG_DIR": "/l",
            "WEB_CONCURRENCY": "3",
            "PORT": "9000",
            "LOG_LEVEL": "WARNING",
        }
    )
    assert found == app.settings.Settings(Path("/m"), Path("/l"), 3, 9000, "warning")


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
