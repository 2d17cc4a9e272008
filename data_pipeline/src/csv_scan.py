"""Where the records of a CSV text end, how many fields each has, and whether its quotes are sound.

Parsers differ in what they make of a quote that is not closed; the fast ones swallow rows up to the
next quote without a word. Here a field is in quotes as a whole or not at all, and a quote inside is
doubled, as RFC 4180 (Shafranovich, 2005) has it. The scan works on masks with a bit for each byte.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

QUOTE, COMMA, NEWLINE = b'",\n'
WORD = 64  # bits
WINDOW = 1 << 17  # bytes; what is compared at once stays in the processor's cache
ONE, TOP = np.uint64(1), np.uint64(WORD - 1)

Integers = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Records:
    """The records of a text.

    Attributes
    ----------
    ends : ndarray of int, shape (records,)
        The place just after the line break of each record.
    fields : ndarray of int, shape (records,)
        How many fields each has.
    breaks : ndarray of int, shape (records,)
        How many line breaks the text has up to the end of each, those inside fields included.
    """

    ends: Integers
    fields: Integers
    breaks: Integers


class BrokenQuoteError(Exception):
    """A quote that is not where it can be; `place` is where in the text the fault begins."""

    def __init__(self, place: int, message: str) -> None:
        super().__init__(message)
        self.place = place


def find_records(text: bytes | memoryview, last: bool) -> Records:
    """Find the records, separated by line breaks, in a text that begins with one.

    Parameters
    ----------
    text : bytes or memoryview
        In UTF-8, or another encoding that has ASCII in its lower half.
    last : bool
        Whether the text must end with a whole record. Otherwise one that goes on is left out.

    Raises
    ------
    BrokenQuoteError
        When a quote stands in the middle of a field, or a field that a quote opens is not closed.
    """
    quotes, commas, newlines = _masks(text, QUOTE, COMMA, NEWLINE)
    inside = _inside(quotes)  # from the quote that opens a field to before the one that closes it
    _check_quotes(text, quotes, inside, quotes | commas | newlines, last)
    ends = _places(newlines & ~inside)
    fields = _count_up_to(ends, (commas | newlines) & ~inside)
    return Records(ends + 1, np.diff(fields, prepend=0), _count_up_to(ends, newlines))


def _check_quotes(
    text: bytes | memoryview, quotes: Words, inside: Words, boundaries: Words, last: bool
) -> None:
    opening, closing = quotes & inside, quotes & ~inside
    within = _places(opening & ~_after(boundaries, start=True)).tolist()
    unclosed = _places(closing & ~_before(boundaries)).tolist()
    # A return belongs to the line break, and what follows the last byte is known at the next scan.
    unclosed = [place for place in unclosed if text[place + 1 : place + 2] not in (b"\r", b"")]
    if within and within[0] < min(unclosed, default=len(text)):
        raise BrokenQuoteError(
            within[0],
            "a quote in the middle of a field that does not begin with one; put the whole field "
            "in quotes and double those inside",
        )
    if unclosed or last and inside[-1] >> TOP:
        fields = _places(opening & ~_after(quotes, start=False))  # no second half of a double
        before = fields[: np.searchsorted(fields, unclosed[0])] if unclosed else fields
        raise BrokenQuoteError(
            int(before[-1]),
            "a quote opens a field here that is not closed as it should be; close it and double "
            "the quotes inside, or fetch the file again if it was cut off",
        )


def _masks(text: bytes | memoryview, *wanted: int) -> list[Words]:
    """For each wanted byte, a mask of where in the text it is; the first bit is the lowest."""
    values = np.frombuffer(text, np.uint8)
    masks = np.zeros((len(wanted), -(-len(text) // WORD) * (WORD // 8)), np.uint8)
    for start in range(0, len(text), WINDOW):
        window = values[start : start + WINDOW]
        for byte, mask in zip(wanted, masks, strict=True):
            packed = np.packbits(window == byte, bitorder="little")
            mask[start // 8 : start // 8 + len(packed)] = packed
    return list(masks.view("<u8"))


def _inside(quotes: Words) -> Words:
    """All bits from each odd one to before the next: a running exclusive or."""
    inside = quotes.copy()
    for shift in (1, 2, 4, 8, 16, 32):
        inside ^= inside << np.uint64(shift)
    odd = np.bitwise_xor.accumulate(inside >> TOP)
    inside[1:] ^= -odd[:-1]
    return inside


def _after(mask: Words, start: bool) -> Words:
    """The bits just after those of a mask; `start` is the very first one."""
    moved = mask << ONE
    moved[1:] |= mask[:-1] >> TOP
    moved[:1] |= np.uint64(start)
    return moved


def _before(mask: Words) -> Words:
    """The bits just before those of a mask."""
    moved = mask >> ONE
    moved[:-1] |= mask[1:] << TOP
    return moved


def _places(mask: Words) -> Integers:
    """The numbers of the bits that are set, in order."""
    words = np.flatnonzero(mask != 0)
    left = mask[words]
    found = [np.zeros(0, np.int64)]
    while len(words):
        lowest = left & -left
        found.append(words * WORD + np.bitwise_count(lowest - ONE))
        left ^= lowest
        words, left = words[left != 0], left[left != 0]
    return np.sort(np.concatenate(found))


def _count_up_to(places: Integers, mask: Words) -> Integers:
    """How many bits of a mask are set up to each place, that one included."""
    words, bits = np.divmod(places, WORD)
    totals = np.cumsum(np.bitwise_count(mask), dtype=np.int64)
    later = mask[words] & ~(~np.uint64(0) >> (TOP - bits.astype(np.uint64)))
    counts: Integers = totals[words] - np.bitwise_count(later)
    return counts
