"""Layers of progressively growing networks (Karras et al. 2018): equalised learning rate, pixel norm, deviation."""

import math
from typing import Any

from keras import layers, ops

from keras_impl.backends import Tensor
from keras_impl.networks.layers import Block, HostNormal
from keras_impl.networks.maps import to_maps
from keras_impl.precision import in_float32

EPSILON = 1e-8


class EqualizedDense(layers.Layer):
    """A dense layer whose N(0, 1) weights are scaled by gain / sqrt(fan_in) at run time (section 4.1).

    Another `rate` makes it learn at that share of the learning rate: weights ~ N(0, 1 / rate) and biases are multiplied
    by it (Karras et al. 2019, appendix C).
    """

    def __init__(self, after: int, gain: float = math.sqrt(2.0), rate: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.after, self.gain, self.rate = after, gain, rate

    def build(self, input_shape: tuple) -> None:
        """(before,) -> (after,)."""
        before = input_shape[-1]
        shape = (before, self.after)
        self.kernel = self.add_weight(shape=shape, initializer=HostNormal(), name="kernel", autocast=False)
        self.bias = self.add_weight(shape=(self.after,), initializer="zeros", name="bias")
        self.scale = self.rate * self.gain / math.sqrt(before)

    def call(self, inputs: Tensor) -> Tensor:
        bias = self.bias if self.rate == 1.0 else self.bias * self.rate
        return ops.matmul(inputs, ops.cast(self.kernel * self.scale, self.compute_dtype)) + bias


class EqualizedConv(layers.Layer):
    """A convolution that keeps the size, its N(0, 1) weights scaled by gain / sqrt(fan_in) (section 4.1)."""

    def __init__(self, after: int, kernel: int, gain: float = math.sqrt(2.0), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.after, self.kernel_size, self.gain = after, kernel, gain

    def build(self, input_shape: tuple) -> None:
        """(h, w, before) -> (h, w, after)."""
        before = input_shape[-1]
        shape = (self.kernel_size, self.kernel_size, before, self.after)
        self.kernel = self.add_weight(shape=shape, initializer=HostNormal(), name="kernel", autocast=False)
        self.bias = self.add_weight(shape=(self.after,), initializer="zeros", name="bias")
        self.scale = self.gain / math.sqrt(before * self.kernel_size**2)

    def call(self, maps: Tensor) -> Tensor:
        kernel = ops.cast(self.kernel * self.scale, self.compute_dtype)
        return ops.conv(maps, kernel, padding="same") + self.bias


class EqualizedLabelMap(Block):
    """Class weights to a map: (n, classes) -> (n, size, size, channels), through an embedding, equalised."""

    def __init__(self, embedding_size: int, size: int, channels: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.embedding = EqualizedDense(embedding_size, gain=1.0, name="embedding")
        self.dense = EqualizedDense(size * size * channels, gain=1.0, name="dense")
        self.size = size

    def call(self, labels: Tensor) -> Tensor:
        return to_maps(self.dense(self.embedding(labels)), self.size)


@in_float32
def pixel_norm(maps: Tensor) -> Tensor:
    """Each position's channel vector scaled to a mean square of 1 (section 4.2); channels are the last axis."""
    return maps * ops.rsqrt(ops.mean(ops.square(maps), axis=-1, keepdims=True) + EPSILON)


@in_float32
def join_deviation(maps: Tensor, group: int) -> Tensor:
    """A plane behind the maps with the mean deviation within groups of `group` samples (section 3)."""
    _, height, width, channels = maps.shape
    grouped = ops.reshape(maps, (group, -1, height, width, channels))
    centred = grouped - ops.mean(grouped, axis=0, keepdims=True)
    deviation = ops.mean(ops.sqrt(ops.mean(ops.square(centred), axis=0) + EPSILON), axis=(1, 2, 3))
    planes = ops.tile(ops.reshape(deviation, (-1, 1, 1, 1)), (group, height, width, 1))
    return ops.concatenate([maps, planes], axis=-1)


def fade(old: Tensor, new: Tensor, alpha: Tensor) -> Tensor:
    """old + alpha * (new - old)."""
    return old + alpha * (new - old)
