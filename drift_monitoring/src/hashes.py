"""Numbers that are the same for the same songs wherever they are computed."""

import numpy as np
import numpy.typing as npt

from src.moments import Values

Hashes = npt.NDArray[np.uint64]

# Odd, and without a pattern in its bits: the golden ratio in 64 of them.
FACTOR = np.uint64(0x9E3779B97F4A7C15)
HALF = np.uint64(32)
ID_BYTES = 32  # the service's ids are 32 hexadecimal digits


def song_hashes(columns: Values) -> Hashes:
    """A hash of each song, that is of the bits of its feature values.

    Parameters
    ----------
    columns : ndarray of float64, shape (features, songs)
    """
    hashes = np.zeros(columns.shape[1], dtype=np.uint64)
    for column in columns:
        # Zero is added because -0.0 has other bits than 0.0.
        _mix(hashes, (column + 0.0).view(np.uint64))
    return hashes


def row_hashes(songs: Hashes, request_ids: list[str]) -> Hashes:
    """A hash of each request: of its id and, as the songs of a batch share one, of its song.

    Of a long id the first 32 bytes count.
    """
    hashes = songs.copy()
    for word in _encoded(request_ids).view(np.uint64).reshape(len(songs), -1).T:
        _mix(hashes, word)
    return hashes


def _encoded(request_ids: list[str]) -> npt.NDArray[np.bytes_]:
    text = f"S{ID_BYTES}"
    together = "".join(request_ids)
    if together.isascii() and set(map(len, request_ids)) == {ID_BYTES}:
        # As the service writes them, and several times faster.
        return np.frombuffer(together.encode(), dtype=text)
    return np.array([name.encode() for name in request_ids], dtype=text)


def _mix(hashes: Hashes, bits: Hashes) -> None:
    hashes ^= bits
    for _ in range(2):
        hashes ^= hashes >> HALF
        hashes *= FACTOR
    hashes ^= hashes >> HALF
