"""bfloat16 beside float32: what is computed in which, and where one becomes the other.

Weights, losses, penalties, gradients of weights, optimisers, averages and running statistics stay in float32. Inside a
network, inputs, matrix products, convolutions and what is pointwise between them are bfloat16; normalisations are
computed in float32 and rounded (Micikevicius et al. 2018; Kalamkar et al. 2019: bfloat16 needs no loss scaling).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import keras
from keras import ops

from keras_impl.backends import Tensor

Function = Callable[..., Tensor]


def compute_in_bfloat16() -> None:
    """Have the networks made from now on, whose weights are float32, compute in bfloat16."""
    # layers round weights and inputs; `SpecModel` returns float32
    keras.config.set_dtype_policy("mixed_bfloat16")


def in_float32(function: Function) -> Function:
    """`function(maps, ...)` of float tensors computed in float32 where the maps are bfloat16, and rounded back."""

    @wraps(function)
    def widened(maps: Tensor, *others: Any) -> Tensor:
        if keras.backend.standardize_dtype(maps.dtype) != "bfloat16":
            return function(maps, *others)
        wide = [ops.cast(each, "float32") if hasattr(each, "dtype") else each for each in (maps, *others)]
        return ops.cast(function(*wide), "bfloat16")

    return widened
