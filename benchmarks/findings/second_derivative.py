"""TensorFlow's moments have a wrong second derivative, so Keras' normalisation layers break gradient penalties."""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

from benchmarks.findings.finding import Finding
from keras_impl.networks.normalization import GroupNorm


def penalty_slope(layer: keras.layers.Layer, images: np.ndarray, direction: np.ndarray) -> tuple[float, float]:
    """The directional derivative of a gradient penalty through `layer`: by tape, and by central differences.

    A convolution comes first, as in a critic: right behind the images the fault would cancel, since a norm's slope sums
    to zero.
    """
    kernel = tf.constant(np.random.default_rng(1).standard_normal((3, 3, images.shape[-1], 8)))

    def penalty(x: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(x)
            score = tf.reduce_sum(tf.tanh(layer(tf.nn.conv2d(x, kernel, 1, "SAME"))) ** 2)
        return tf.reduce_sum(tape.gradient(score, x) ** 2)

    x, step = tf.constant(images), 1e-5
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = penalty(x)
    by_tape = float(tf.reduce_sum(tape.gradient(value, x) * direction))
    by_differences = float(penalty(x + step * direction) - penalty(x - step * direction)) / (2 * step)
    return by_tape, by_differences


def main() -> None:
    """Measure the stock layer and ours in float64 on a small map."""
    keras.config.set_dtype_policy("float64")
    draws = np.random.default_rng(0)
    images, direction = draws.standard_normal((2, 4, 4, 4, 4))
    errors = {}
    stock = keras.layers.GroupNormalization(groups=1, epsilon=1e-5)
    for name, layer in (
        ("keras.layers.GroupNormalization", stock),
        ("ganbench GroupNorm", GroupNorm(epsilon=1e-5)),
    ):
        by_tape, by_differences = penalty_slope(layer, images, direction)
        errors[f"relative error, {name}"] = abs(by_tape - by_differences) / abs(by_differences)
    Finding(
        name="second_derivative",
        what="tf.nn.moments stops the gradient of the mean inside the variance: right for first derivatives, wrong for "
        "second ones, so a gradient penalty through Keras' Group-, Layer- or BatchNormalization on TensorFlow is off.",
        measured=errors,
        remedy="Penalised critics use a GroupNorm written as mean of squares of x - mean, in keras.ops.",
    ).print()


if __name__ == "__main__":
    main()
