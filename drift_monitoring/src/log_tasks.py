"""What is read of a request log at once: a large block, or many small files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from src.log_files import BLOCK_BYTES, Block, blocks_of

# How many bytes a packed byte of a request log becomes, about.
UNPACKED = 8


@dataclass(frozen=True)
class Task:
    """Blocks that follow each other in a log and are read together.

    Attributes
    ----------
    blocks : tuple of Block
    sizes : tuple of int
        How long the files of the blocks are, in bytes, or were when the task was made.
    """

    blocks: tuple[Block, ...]
    sizes: tuple[int, ...]


def tasks_of(files: Sequence[Path], size: int = BLOCK_BYTES) -> list[Task]:
    """Cut files into tasks of about so many bytes, in their order.

    To count the songs of a task costs as much as to look up all values of the reference, and a
    result of some MB: a task for each of thousands of small files would be mostly that. The tasks
    are the same ones wherever they are read.
    """
    lengths = {str(path): path.stat().st_size for path in files}
    tasks: list[Task] = []
    blocks: list[Block] = []
    held = 0
    for block in blocks_of(files, size):
        weight = _weight(block, lengths[block.path])
        if blocks and held + weight > size:
            tasks.append(_task(blocks, lengths))
            blocks, held = [], 0
        blocks.append(block)
        held += weight
    return [*tasks, _task(blocks, lengths)]


def _weight(block: Block, length: int) -> int:
    if block.path.endswith(".gz"):
        return length * UNPACKED
    return max((length if block.end is None else block.end) - block.start, 0)


def _task(blocks: list[Block], lengths: dict[str, int]) -> Task:
    return Task(tuple(blocks), tuple(lengths[block.path] for block in blocks))
