"""Run the tests marked dask of a part, and see that they cover what no other test can run.

Those modules are the ones that the part's pyproject.toml leaves out of the coverage of 'make test'.
What they do on workers counts too: coverage is measured in each process that a test starts.

    cd data_pipeline && .venv-dask/bin/python ../scripts/test_dask.py --durations=5
"""

import configparser
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

LEAST = 90


def settings(part: Path, folder: Path) -> configparser.ConfigParser:
    """How coverage is to measure, which leaves its data in the folder."""
    project = tomllib.loads((part / "pyproject.toml").read_text(encoding="utf-8"))
    coverage = project["tool"]["coverage"]
    config = configparser.ConfigParser(interpolation=None)
    config["run"] = {
        "source": str(part / "src"),
        "branch": "true",
        "patch": "subprocess",
        "data_file": str(folder / "coverage"),
    }
    config["report"] = {
        "include": "\n".join(f"{part}/{module}" for module in coverage["run"]["omit"]),
        "show_missing": "true",
        "exclude_also": "\n".join(coverage["report"]["exclude_also"]),
    }
    return config


def main(options: list[str]) -> int:
    part = Path.cwd()
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "coveragerc"
        with open(path, "w", encoding="utf-8") as file:
            settings(part, path.parent).write(file)
        command = [sys.executable, "-m", "pytest", "-m", "dask", "--cov", f"--cov-config={path}"]
        command += ["--cov-report=term", f"--cov-fail-under={LEAST}", *options]
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
