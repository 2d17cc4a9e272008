"""The files that a report is written to."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from src.errors import InputError
from src.files import write_whole
from src.profile import save_profile
from src.reference import Reference

if TYPE_CHECKING:
    from src.pictures import Pictures


@dataclass(frozen=True)
class Outputs:
    """Where a report goes.

    Attributes
    ----------
    report : Path
        JSON; the page, of the same name, is beside it.
    markdown : path or None
        A file that a summary is appended to.
    profile : path or None
        Where the reference is written.

    Raises
    ------
    InputError
        When the JSON report cannot be called so.
    """

    report: Path
    markdown: str | Path | None = None
    profile: str | Path | None = None

    def __post_init__(self) -> None:
        page_path(self.report)

    def write_profile(self, reference: Reference) -> None:
        """Write the reference, if that is asked for."""
        if self.profile:
            save_profile(reference, Path(self.profile))

    def write(self, report: dict[str, Any], pictures: "Pictures") -> None:
        """Write the report in all its forms; each file is whole or not there."""
        # Here, so that the processes that only read do not load the libraries of charts.
        from src.markdown import markdown
        from src.page import render_page

        text = json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False)
        write_whole(page_path(self.report), render_page(report, pictures))
        write_whole(self.report, text + "\n")
        if self.markdown:
            with open(self.markdown, "a", encoding="utf-8") as file:
                file.write(markdown(report))


def page_path(output: Path) -> Path:
    """Where the HTML report is: beside the JSON report, under the same name.

    Raises
    ------
    InputError
        When the JSON report cannot be called so.
    """
    if output.is_dir():
        raise InputError(f"output: {output} is a folder; wanted the name of the JSON report")
    page = output.with_suffix(".html")
    if page == output:
        raise InputError(f"output: {output} is the JSON report and cannot end in .html")
    return page
