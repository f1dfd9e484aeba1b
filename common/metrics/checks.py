"""What every metric asks of its input, checked in one place, with typed errors that count what is wrong."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.errors import BadInput

Float64 = NDArray[np.float64]


class NonFiniteValues(BadInput):
    """Rows with NaN or infinite values; a score of such rows would be a lie, so none is computed.

    Attributes:
        broken: number of rows with at least one such value.
        total: number of rows.
    """

    def __init__(self, what: str, broken: int, total: int) -> None:
        self.broken, self.total = broken, total
        super().__init__(
            f"{broken} of {total} {what} hold NaN or infinite values: nothing was scored; look for a diverged training "
            "or a broken extractor."
        )


class TooFewSamples(BadInput):
    """Fewer rows than the metric needs.

    Attributes:
        needed: the smallest number of rows that would do.
        given: the number of rows there are.
    """

    def __init__(self, metric: str, needed: int, given: int) -> None:
        self.needed, self.given = needed, given
        super().__init__(f"{metric} needs at least {needed} samples, but only {given} are given: add samples.")


def check_rows(values: ArrayLike, what: str, metric: str, at_least: int = 1) -> NDArray[np.floating]:
    """`values` as a float array (N, D) in its own precision, or an error that says what is wrong with it.

    Args:
        values: features, logits or probabilities, one row per image; integers become float64.
        what: what a row is, in the plural ("features", "logits"), for the message.
        metric: who asks, for the message.
        at_least: the smallest N that the metric is defined for.

    Raises:
        BadInput: not two-dimensional, or without columns.
        TooFewSamples: N < at_least.
        NonFiniteValues: NaN or infinity anywhere, with counts.
    """
    array = np.asarray(values)
    if array.dtype not in (np.float32, np.float64):
        array = array.astype(np.float64)
    if array.ndim != 2 or array.shape[1] == 0:
        raise BadInput(f"{metric} needs {what} of shape (N, D), one row per image, but the array is {array.shape}.")
    if len(array) < at_least:
        raise TooFewSamples(metric, at_least, len(array))
    finite = np.isfinite(array).all(axis=1)
    if not finite.all():
        raise NonFiniteValues(what, int((~finite).sum()), len(array))
    return array


def check_same_width(first: NDArray, second: NDArray, metric: str) -> None:
    """Raises BadInput unless both feature arrays (N, D) and (M, D) have the same D."""
    if first.shape[1] != second.shape[1]:
        raise BadInput(
            f"{metric} compares features of one extractor, but these have {first.shape[1]} "
            f"and {second.shape[1]} columns."
        )
