"""How far apart two programs are: the largest difference of anything that both have by name."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike


def largest(one: Mapping[str, ArrayLike], other: Mapping[str, ArrayLike]) -> float:
    """The largest difference of two numbers of one name and place; 0 of nothing."""
    return max((float(np.max(np.abs(np.subtract(one[name], other[name])), initial=0.0)) for name in one), default=0.0)


def largest_relative(one: Mapping[str, ArrayLike], other: Mapping[str, ArrayLike]) -> float:
    """The same, relative to the larger of both numbers."""
    apart = {name: np.abs(np.subtract(one[name], other[name])) for name in one}
    sizes = {name: np.maximum(np.maximum(np.abs(one[name]), np.abs(other[name])), 1e-30) for name in one}
    return max((float(np.max(apart[name] / sizes[name], initial=0.0)) for name in one), default=0.0)
