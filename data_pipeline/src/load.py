"""Copy the songs into the pipeline, and refuse a file that is not the one that was asked for."""

import argparse
import hashlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from src.command import EXIT_CODES, PipelineError, run
from src.files import named_errors, written_whole
from src.params import read_params
from src.progress import progress

BLOCK = 1 << 20


def load_data(
    source_path: str | Path, output_path: str | Path, expected_md5: str | None = None
) -> str:
    """Copy a file byte for byte while hashing it.

    Parameters
    ----------
    source_path, output_path : path
        The file to copy, and where to; the folder of the output is made.
    expected_md5 : str, optional
        The MD5 that the file must have, in hexadecimal. None accepts any file.

    Returns
    -------
    str
        The file's MD5.

    Raises
    ------
    PipelineError
        When there is no such file, or its MD5 is another; then nothing is written.
    """
    source = Path(source_path)
    if source.is_dir():
        raise PipelineError(f"{source} is a folder; name the CSV file (data.source_path)")
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
        found = digest.hexdigest()
        if expected_md5 is not None and found != expected_md5:
            raise PipelineError(
                f"{source} is not the expected file.\n"
                f"  expected MD5  {expected_md5}  (params.yaml, data.source_md5)\n"
                f"  found MD5     {found}\n"
                "Either fetch the file again ('make download'), or, if this file is the one you "
                "want, say so in params.yaml:\n"
                f"  data.source_md5: {found}   (null accepts any file)"
            )
    return found


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXIT_CODES)
    parser.add_argument("--source_path", required=True, help="CSV file with the songs")
    parser.add_argument("--output_path", required=True, help="where to copy it")
    parser.add_argument(
        "--params_path", help="params.yaml whose data.source_md5 the file must have (default: any)"
    )
    arguments = parser.parse_args(argv)

    def work() -> str:
        params = read_params(arguments.params_path) if arguments.params_path else None
        expected = params.data.source_md5 if params else None
        md5 = load_data(arguments.source_path, arguments.output_path, expected)
        size = Path(arguments.output_path).stat().st_size / 1e6
        checked = "as expected" if expected else "not checked"
        return f"{size:,.1f} MB in {arguments.output_path}, MD5 {md5} ({checked})"

    return run("load", work)


if __name__ == "__main__":
    sys.exit(main())
