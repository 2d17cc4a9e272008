"""Split the songs by year into training and simulated production, keeping what can be used.

Kept are year, genre and the 12 features, and id and artists where the file has them; never the
lyrics. Rows that cannot be used are dropped and counted in a data-quality report.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from src.ahead import one_ahead
from src.blocks import Block, read_all_blocks, read_blocks
from src.cluster import scheduler_address
from src.command import EXIT_CODES, PipelineError, run
from src.counts import REASONS, Counts, Place
from src.csv_chunks import CHUNK
from src.dask_pool import dask_pool
from src.files import written_together
from src.parts import PACKED, Part, read_list, together
from src.pool import Pool
from src.progress import progress
from src.quality import similar_genres, summary
from src.seen_ids import SeenIds
from src.split_file import SplitFile, check_both_sides


def process_data(
    input_path: str | Path,
    train_output: str | Path,
    prod_output: str | Path,
    year_threshold: int = 2010,
    quality_output: str | Path | None = None,
    pool: Pool | None = None,
) -> dict[str, Any]:
    """Clean a table of songs and split it by year.

    A table in parts gives what the parts in one file would give, in the order of the list.

    Parameters
    ----------
    input_path : path
        CSV file in UTF-8 with at least year, genre and the 12 features; or the list of the parts of
        such a table (see `src.parts`).
    train_output, prod_output : path
        Files for the songs of `year_threshold` and older, and for the newer ones.
    year_threshold : int
        Last year of the training songs.
    quality_output : path, optional
        Where to write the data-quality report; None is data_quality.json beside `train_output`.
    pool : Pool, optional
        Who reads and cleans the parts, each as a whole and small ones together. Without one they
        are streamed here, one after the other.

    Returns
    -------
    dict
        The data-quality report: rows read, kept and dropped by reason, and rows per genre and the
        years on both sides.

    Raises
    ------
    PipelineError
        When a column is missing, a file is empty or no CSV, a part has changed since it was listed,
        or one side would be empty. Then no output is written.
    """
    source, train_path, prod_path = Path(input_path), Path(train_output), Path(prod_output)
    quality_path = Path(quality_output or train_path.with_name("data_quality.json"))
    listed = read_list(source)
    parts = [Part(str(source))] if listed is None else listed
    counts, seen = Counts(), SeenIds()
    with (
        progress("process", _bytes(parts), "B") as advance,
        written_together(train_path, prod_path, quality_path) as (train_file, prod_file, file),
    ):
        train, prod = SplitFile(train_file, train_path), SplitFile(prod_file, prod_path)
        for found in _same_columns(_blocks(parts, year_threshold, pool)):
            block = found if found.ids is None else found.without_repeated(seen.first(found.ids))
            train.append(block.columns, block.train)
            prod.append(block.columns, block.prod)
            counts += block.counts
            advance(block.size)
        check_both_sides(counts, train, prod, year_threshold)
        report = {
            "rows_read": counts.rows,
            "rows_kept": counts.rows - counts.dropped.total(),
            "rows_dropped": {reason: counts.dropped[reason] for reason in REASONS},
            "first_dropped_lines": {
                reason: _line(counts.first_dropped[reason], listed is not None)
                for reason in REASONS
                if reason in counts.first_dropped
            },
            "faults_by_feature": {f"{r}.{f}": n for (r, f), n in sorted(counts.faults.items())},
            "year_threshold": year_threshold,
            "similar_genres": similar_genres(train.genres + prod.genres),
            "train": train.summary(),
            "prod_sim": prod.summary(),
        }
        file.write(json.dumps(report, indent=2, ensure_ascii=False).encode() + b"\n")
    return report


def _blocks(parts: list[Part], year_threshold: int, pool: Pool | None) -> Iterator[Block]:
    """The blocks of all parts, in order."""
    if pool is None:
        return one_ahead(
            chain.from_iterable(read_blocks(part, year_threshold, CHUNK) for part in parts)
        )
    read = partial(read_all_blocks, year_threshold=year_threshold, size=CHUNK)
    wanted = together([part.anywhere() for part in parts], pool.at_once)
    return chain.from_iterable(pool.map(read, wanted, _paths))


def _paths(parts: Sequence[Part]) -> str:
    more = f" and {len(parts) - 1} more parts" if len(parts) > 1 else ""
    return parts[0].path + more


def _same_columns(blocks: Iterator[Block]) -> Iterator[Block]:
    """The blocks, as long as all have the columns of the first one."""
    first: Block | None = None
    for block in blocks:
        first = first or block
        if block.columns != first.columns:
            odd = ", ".join(sorted({*block.columns} ^ {*first.columns}))
            raise PipelineError(
                f"{block.part} and {first.part} have not the same columns: {odd} is in one of them "
                "only; add it to the other, or take it out"
            )
        yield block


def _bytes(parts: list[Part]) -> int | None:
    """How much there is to read, where that is known: what is packed will be more."""
    if any(part.path.endswith(PACKED) for part in parts):
        return None
    files = [part for part in parts if part.size is not None or Path(part.path).is_file()]
    return sum(
        Path(part.path).stat().st_size if part.size is None else part.size for part in files
    )


def _line(place: Place, in_parts: bool) -> int | dict[str, Any]:
    return place._asdict() if in_parts else place.line


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXIT_CODES)
    parser.add_argument(
        "--input_path",
        required=True,
        help="CSV file with the songs, or the list of its parts that load.py writes",
    )
    parser.add_argument("--train_output", required=True, help="songs up to the threshold")
    parser.add_argument("--prod_output", required=True, help="newer songs")
    parser.add_argument("--year_threshold", type=int, default=2010, help="default: %(default)s")
    parser.add_argument(
        "--quality_output", help="report (default: data_quality.json beside the training songs)"
    )
    parser.add_argument(
        "--scheduler",
        help="address of a Dask scheduler whose workers read the parts, tcp://host:port (default: "
        "DASK_SCHEDULER_ADDRESS; without either this machine reads them)",
    )
    arguments = vars(parser.parse_args(argv))
    scheduler = arguments.pop("scheduler")

    def work() -> str:
        address = scheduler_address(scheduler)
        with dask_pool(address) if address else nullcontext() as pool:
            return summary(process_data(**arguments, pool=pool))

    return run("process", work)


if __name__ == "__main__":
    sys.exit(main())
