"""Comparing two engines' results, rung by rung: pure functions from two dictionaries of arrays to errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.parity.jobs import ITERATIONS

Arrays = Mapping[str, NDArray]
# denominators are never smaller than this share of the largest norm: a gradient that is 0 but for rounding has no size
NORM_FLOOR = 1e-3


@dataclass(frozen=True)
class Rung:
    """One step of the ladder: what is compared, how, and how far apart it may be in float64 and in float32.

    `follows_rounding`: float32 may be further apart where torch's float32 is as far from torch's own float64.
    """

    number: int
    name: str
    error: Callable[[Arrays, Arrays], float]
    tolerance: dict[str, float]
    follows_rounding: bool = False


def select(arrays: Arrays, prefix: str) -> dict[str, NDArray]:
    """The entries below `prefix`, without it."""
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def shape_error(a: Arrays, b: Arrays) -> float:
    """How many weights exist on one side only or have different shapes."""
    left, right = select(a, "shape/"), select(b, "shape/")
    names = set(left) | set(right)
    return float(
        sum(name not in left or name not in right or not np.array_equal(left[name], right[name]) for name in names)
    )


def absolute_error(prefix: str) -> Callable[[Arrays, Arrays], float]:
    """Largest |a - b| / max(1, largest |a|) over the tensors below `prefix`: rounding grows with a tensor's size."""

    def error(a: Arrays, b: Arrays) -> float:
        pairs = _pairs(select(a, prefix), select(b, prefix))
        return max(float(np.max(np.abs(x - y)) / max(1.0, np.max(np.abs(x)))) for x, y in pairs)

    return error


def relative_norm_error(prefix: str) -> Callable[[Arrays, Arrays], float]:
    """Largest |a - b| / |a| in the L2 norm over the tensors below `prefix`, running variances left out."""

    def error(a: Arrays, b: Arrays) -> float:
        left, right = (_without_running_variance(select(each, prefix)) for each in (a, b))
        pairs = _pairs(left, right)
        largest = max(float(np.linalg.norm(x)) for x, _ in pairs)
        return max(
            float(np.linalg.norm(x - y)) / max(float(np.linalg.norm(x)), NORM_FLOOR * largest, 1e-300) for x, y in pairs
        )

    return error


def running_variance_error(iteration: int) -> Callable[[Arrays, Arrays], float]:
    """How far the running variances are from the one difference that is known: torch averages unbiased variances.

    Over n values per channel torch's batch variance is n / (n - 1) times Keras'. Both averages start at 1, of which
    the share k = momentum**updates is left, so torch - k = (keras - k) * n / (n - 1) with a whole n, up to rounding.
    """

    def error(torch_side: Arrays, keras_side: Arrays) -> float:
        left, right = (select(each, f"weight/{iteration}/") for each in (torch_side, keras_side))
        if not all(np.isfinite(array).all() for array in (*left.values(), *right.values())):
            return float("inf")
        worst = 0.0
        for name in (name for name in left if name.endswith("running_variance")):
            kept = float(keras_side[f"kept/{iteration}/{name.partition('.')[0]}"])
            excess, ratio = right[name] - kept, np.median((left[name] - kept) / (right[name] - kept))
            # a ratio of 1 or less, or an n below 2, is no n / (n - 1): compare without the correction, which fails
            count = np.rint(ratio / (ratio - 1.0)) if ratio > 1.0 else 0.0
            expected = kept + (excess * count / (count - 1.0) if count >= 2.0 else excess)
            worst = max(worst, float(np.linalg.norm(left[name] - expected) / np.linalg.norm(expected)))
        return worst

    return error


def grey_level_error(a: Arrays, b: Arrays) -> float:
    """Largest difference of any pixel, in grey levels."""
    return float(np.max(np.abs(a["images"].astype(np.int16) - b["images"].astype(np.int16))))


def _pairs(left: Mapping[str, NDArray], right: Mapping[str, NDArray]) -> list[tuple[NDArray, NDArray]]:
    if left.keys() != right.keys() or not left:
        raise ValueError(f"nothing to compare, or other names: {sorted(left.keys() ^ right.keys())}")
    pairs = [(left[name].astype(np.float64), right[name].astype(np.float64)) for name in left]
    # maxima and norms would lose a NaN
    if not all(np.isfinite(x).all() and np.isfinite(y).all() for x, y in pairs):
        return [(np.zeros(1), np.full(1, np.inf))]
    return pairs


def _without_running_variance(arrays: dict[str, NDArray]) -> dict[str, NDArray]:
    return {name: array for name, array in arrays.items() if not name.endswith("running_variance")}


def ladder(iterations: int) -> tuple[Rung, ...]:
    """The rungs, the highest of which compare what `iterations` of training have led to."""
    last, then = f"weight/{iterations}/", f"after {iterations} iterations"
    return (
        Rung(1, "names and shapes", shape_error, {"fp64": 0.0, "fp32": 0.0}),
        Rung(2, "forward, training mode", absolute_error("forward/train/"), {"fp64": 1e-12, "fp32": 1e-5}),
        Rung(2, "forward, inference mode", absolute_error("forward/eval/"), {"fp64": 1e-12, "fp32": 1e-5}),
        Rung(3, "loss terms", absolute_error("term/"), {"fp64": 1e-12, "fp32": 1e-5}),
        Rung(4, "gradients", relative_norm_error("gradient/"), {"fp64": 1e-10, "fp32": 1e-4}, follows_rounding=True),
        Rung(5, "weights after 1 iteration", relative_norm_error("weight/1/"), {"fp64": 1e-10}),
        Rung(5, "running variances after 1 iteration", running_variance_error(1), {"fp64": 1e-10}),
        Rung(5, f"losses of {iterations} iterations", absolute_error("loss/"), {"fp64": 1e-10}),
        Rung(5, f"weights {then}", relative_norm_error(last), {"fp64": 1e-10}),
        Rung(5, f"running variances {then}", running_variance_error(iterations), {"fp64": 1e-10}),
        Rung(6, "images, grey levels", grey_level_error, {"fp32": 1.0}),
    )


LADDER = ladder(ITERATIONS)
