"""One correction for all tests of a report."""

from collections.abc import Hashable, Mapping
from typing import TypeVar

import numpy as np

Key = TypeVar("Key", bound=Hashable)


def benjamini_hochberg(p_values: Mapping[Key, float | None]) -> dict[Key, float]:
    """Correct p-values for the number of tests, controlling the false discovery rate.

    Benjamini & Hochberg (1995), "Controlling the false discovery rate: a practical and powerful
    approach to multiple testing", J. R. Stat. Soc. B 57, 289-300. It holds for independent tests
    and for those that depend on each other positively: Benjamini & Yekutieli (2001), "The control
    of the false discovery rate in multiple testing under dependency", Ann. Stat. 29, 1165-1188.

    Parameters
    ----------
    p_values : mapping
        None stands for a test that was not made; it has no corrected value.
    """
    made = {key: p_value for key, p_value in p_values.items() if p_value is not None}
    values = np.array(list(made.values()), dtype=np.float64)
    falling = np.argsort(-values)
    # The k-th smallest of m counts m / k times, and no more than any that is larger.
    weighted = values[falling] * len(values) / np.arange(len(values), 0, -1)
    corrected = np.empty_like(values)
    corrected[falling] = np.minimum.accumulate(np.minimum(weighted, 1.0))
    return dict(zip(made, corrected.tolist(), strict=True))
