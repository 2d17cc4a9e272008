"""What is read of a request log at once: a large block, or many small files."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from src.log_files import Block, blocks_of

# So long a task is at most: to begin it, and to send what it says, costs little beside reading it.
TASK_BYTES = 1 << 27
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


def tasks_of(files: Sequence[Path], size: int = TASK_BYTES) -> list[Task]:
    """Cut files into equal tasks of at most about so many bytes, in their order.

    To count the songs of a task costs as much as to look up all values of the reference, and a
    result of some MB: a task for each of thousands of small files would be mostly that. The tasks
    are the same ones wherever they are read: sums of their values differ in the last digits with
    the tasks. What is longer than a quarter of `size` is an even number of tasks, so that two cores
    are done with it at the same time; less is read sooner than a process has started.
    """
    lengths = {str(path): path.stat().st_size for path in files}
    total = sum(_weight(Block(path), length) for path, length in lengths.items())
    count = 2 * math.ceil(total / size / 2) if total > size / 4 else 1
    share = math.ceil(total / count) or 1
    tasks: list[list[Block]] = [[] for _ in range(count)]
    before = 0
    for block in blocks_of(files, share):
        weight = _weight(block, lengths[block.path])
        # Where its middle lies: so no task is longer or shorter by more than half a block.
        tasks[min((before + weight // 2) // share, count - 1)].append(block)
        before += weight
    return [Task(tuple(own), tuple(lengths[b.path] for b in own)) for own in tasks if own]


def _weight(block: Block, length: int) -> int:
    if block.path.endswith(".gz"):
        return length * UNPACKED
    return max((length if block.end is None else block.end) - block.start, 0)
