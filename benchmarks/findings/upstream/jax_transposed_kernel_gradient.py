"""On the CPU JAX takes many times as long for a transposed convolution's gradient at its kernel as it could.

The same numbers are the gradient of a strided convolution at its kernel, input and cotangent in each other's place.
"""

import math
import sys
import time
from functools import partial

import jax
import numpy as np
from jax import lax

jax.config.update("jax_platforms", "cpu")
LAYOUT = {"padding": "SAME", "dimension_numbers": ("NHWC", "HWIO", "NHWC")}
draw = np.random.default_rng(0).standard_normal
maps, kernel, slope = draw((32, 8, 8, 32), "f"), draw((4, 4, 16, 32), "f"), draw((32, 16, 16, 16), "f")


@jax.jit
def as_jax_does(maps: jax.Array, kernel: jax.Array, slope: jax.Array) -> jax.Array:
    """The gradient that JAX derives."""
    doubled = partial(lax.conv_transpose, maps, strides=(2, 2), transpose_kernel=True, **LAYOUT)
    return jax.vjp(doubled, kernel)[1](slope)[0]


@jax.jit
def swapped(maps: jax.Array, kernel: jax.Array, slope: jax.Array) -> jax.Array:
    """As TensorFlow computes it."""
    halved = partial(lax.conv_general_dilated, slope, window_strides=(2, 2), **LAYOUT)
    return jax.vjp(halved, kernel)[1](maps)[0]


np.testing.assert_allclose(as_jax_does(maps, kernel, slope), swapped(maps, kernel, slope), rtol=1e-3, atol=1e-2)
seconds = {as_jax_does: math.inf, swapped: math.inf}
for _ in range(5):
    for gradient in seconds:
        begin = time.perf_counter()
        jax.block_until_ready(gradient(maps, kernel, slope))
        seconds[gradient] = min(seconds[gradient], time.perf_counter() - begin)
ratio = seconds[as_jax_does] / seconds[swapped]
print("jax", jax.__version__)
print(f"seen:  {ratio:.1f} times as long")
print("right: about 1")
sys.exit(0 if ratio > 3 else 3)
