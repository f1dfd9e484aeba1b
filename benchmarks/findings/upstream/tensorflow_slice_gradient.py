"""On the CPU the gradient of a slice takes TensorFlow many times as long as that of the split that returns the same."""

import os
import sys
import time
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf


def milliseconds(part: Callable[[tf.Tensor], tf.Tensor]) -> float:
    """The best of six gradients of the sum of squares of a part of the maps."""

    def gradient(x: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(x)
            energy = tf.reduce_sum(tf.square(part(x)))
        return tape.gradient(energy, x)

    step, maps, times = tf.function(gradient, autograph=False), tf.random.normal((64, 34, 34, 64)), []
    for _ in range(6):
        begin = time.perf_counter()
        step(maps)
        times.append(1e3 * (time.perf_counter() - begin))
    return min(times)


by_slice, by_split = milliseconds(lambda x: x[:, :-2]), milliseconds(lambda x: tf.split(x, [32, 2], 1)[0])
print("tensorflow", tf.__version__)
print(f"seen:  {by_slice:.1f} ms by a slice, {by_split:.1f} ms by a split")
print("right: the same")
sys.exit(0 if by_slice > 3 * by_split else 3)
