"""What the networks are made of: blocks of layers, and Keras' layers with kernels that begin as numbers from the host.

An engine is given its weights before it trains (`common.initial_weights`), so what a kernel begins with is never used.
But drawing it by Keras' initializers makes JAX compile a random generator for every shape: seconds for a network.
"""

from functools import partial
from typing import Any

import numpy as np
from keras import initializers, layers, ops

from keras_impl.backends import Tensor


class HostNormal(initializers.Initializer):
    """Draws from N(0, 0.02) on the host."""

    def __call__(self, shape: tuple[int, ...], dtype: str | None = None, **given: Any) -> Tensor:
        return ops.convert_to_tensor(np.random.default_rng(0).normal(0.0, 0.02, shape), dtype)


Dense = partial(layers.Dense, kernel_initializer=HostNormal())
Conv2D = partial(layers.Conv2D, kernel_initializer=HostNormal())
Conv2DTranspose = partial(layers.Conv2DTranspose, kernel_initializer=HostNormal())


class Block(layers.Layer):
    """A few layers, each of which is built when it is called first.

    Without a `build` of its own, Keras would trace the block once more, only to have its layers built.
    """

    def build(self, *shapes: Any, **named: Any) -> None:
        """The block's own variables, where it has any."""
