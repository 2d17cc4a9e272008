"""Copy the songs into the pipeline, and refuse a file that is not the one that was asked for.

Songs in parts (a folder, a glob such as 'songs/*.csv.gz', or a URL such as s3://bucket/songs/) stay
where they are: a list of them is written, with the size and the version of each, and `process`
refuses a part that has changed since.
"""

import argparse
import hashlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from src.command import EXIT_CODES, PipelineError, run
from src.files import named_errors, written_whole
from src.params import read_params
from src.part_listing import is_in_parts, listed_parts
from src.parts import list_text
from src.progress import progress

BLOCK = 1 << 20


def load_data(
    source_path: str | Path, output_path: str | Path, expected_md5: str | None = None
) -> str:
    """Copy a file byte for byte while hashing it, or write a list of the parts of a table.

    Parameters
    ----------
    source_path : path or str
        The file to copy; or a folder, a glob or a URL with parts (see `src.part_listing`).
    output_path : path
        Where to; its folder is made.
    expected_md5 : str, optional
        The MD5 that the file, or the list, must have, in hexadecimal. None accepts any.

    Returns
    -------
    str
        The MD5 of what was written.

    Raises
    ------
    PipelineError
        When there is no such file or part, or the MD5 is another; then nothing is written.
    """
    if is_in_parts(str(source_path)):
        return _list_parts(str(source_path), output_path, expected_md5)
    source = Path(source_path)
    if not source.is_file():
        raise PipelineError(
            f"there is no file {source}; get the Kaggle file with 'make download', make songs with "
            "'make sample', or set data.source_path in params.yaml to a file of yours"
        )
    digest = hashlib.md5(usedforsecurity=False)
    with (
        progress("load", source.stat().st_size, "B") as advance,
        open(source, "rb") as reader,
        written_whole(output_path) as writer,
    ):
        while block := reader.read(BLOCK):
            digest.update(block)
            with named_errors(output_path):
                writer.write(block)
            advance(len(block))
        _check(source, "file", digest.hexdigest(), expected_md5)
    return digest.hexdigest()


def _list_parts(source: str, output_path: str | Path, expected_md5: str | None) -> str:
    with progress("load", unit="B") as advance:
        text = list_text(listed_parts(source, advance))
    found = hashlib.md5(text, usedforsecurity=False).hexdigest()
    _check(source, "list of parts", found, expected_md5)
    with written_whole(output_path) as writer, named_errors(output_path):
        writer.write(text)
    return found


def _check(source: str | Path, what: str, found: str, expected: str | None) -> None:
    if expected is not None and found != expected:
        raise PipelineError(
            f"{source} is not the expected {what}.\n"
            f"  expected MD5  {expected}  (params.yaml, data.source_md5)\n"
            f"  found MD5     {found}\n"
            f"Either fetch the file again ('make download'), or, if this {what} is the one you "
            "want, say so in params.yaml:\n"
            f"  data.source_md5: {found}   (null accepts any {what})"
        )


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--source_path", required=True, help="CSV file with the songs; or a folder, glob or URL"
    )
    parser.add_argument("--output_path", required=True, help="where to copy it, or list its parts")
    parser.add_argument(
        "--params_path", help="params.yaml whose data.source_md5 it must have (default: any)"
    )
    arguments = parser.parse_args(argv)

    def work() -> str:
        params = read_params(arguments.params_path) if arguments.params_path else None
        expected = params.data.source_md5 if params else None
        md5 = load_data(arguments.source_path, arguments.output_path, expected)
        checked = "as expected" if expected else "not checked"
        output = Path(arguments.output_path)
        if is_in_parts(arguments.source_path):
            parts = output.read_bytes().count(b"\n") - 1
            return f"{parts:,} parts listed in {output}, MD5 of the list {md5} ({checked})"
        return f"{output.stat().st_size / 1e6:,.1f} MB in {output}, MD5 {md5} ({checked})"

    return run("load", work)


if __name__ == "__main__":
    sys.exit(main())
