"""Spectral normalisation (Miyato et al. 2018): layers whose kernels are divided by their largest singular value.

The value is known by power iteration: `singular_vector` u is a state, moved once before every update of the critic and
by nothing else, so a forward pass in whatever mode leaves it alone. The value is |W^T u|, which is u^T W v where v is
W^T u, of length 1, and its gradient is u v^T, the paper's: none goes through u.
"""

from typing import Any

import keras
from keras import layers, ops

from keras_impl.backends import Tensor
from keras_impl.networks.layers import Conv2D, Dense, HostNormal


class SpectralConv(layers.Layer):
    """A convolution with a kernel of spectral norm 1; the kernel as a matrix is (height * width * in, out)."""

    def __init__(self, after: int, kernel: int, strides: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.after, self.kernel_size, self.strides = after, kernel, strides

    def build(self, input_shape: tuple) -> None:
        """(h, w, before) -> (h / strides, w / strides, after)."""
        shape = (self.kernel_size, self.kernel_size, input_shape[-1], self.after)
        self.kernel = self.add_weight(shape=shape, initializer=HostNormal(), name="kernel", autocast=False)
        self.bias = self.add_weight(shape=(self.after,), initializer="zeros", name="bias")
        self.singular_vector = _add_singular_vector(self, self.after)

    def call(self, maps: Tensor) -> Tensor:
        kernel = ops.cast(normalized(self.kernel, self.singular_vector), self.compute_dtype)
        return ops.conv(maps, kernel, self.strides, padding="same") + self.bias


class SpectralDense(layers.Layer):
    """A dense layer with a kernel of spectral norm 1."""

    def __init__(self, after: int, bias: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.after, self.has_bias = after, bias

    def build(self, input_shape: tuple) -> None:
        """(before,) -> (after,)."""
        shape = (input_shape[-1], self.after)
        self.kernel = self.add_weight(shape=shape, initializer=HostNormal(), name="kernel", autocast=False)
        self.bias = self.add_weight(shape=(self.after,), initializer="zeros", name="bias") if self.has_bias else None
        self.singular_vector = _add_singular_vector(self, self.after)

    def call(self, inputs: Tensor) -> Tensor:
        outputs = ops.matmul(inputs, ops.cast(normalized(self.kernel, self.singular_vector), self.compute_dtype))
        return outputs if self.bias is None else outputs + self.bias


def critic_conv(norm: str, after: int, kernel: int, strides: int = 1, name: str = "conv") -> layers.Layer:
    """A critic's convolution as its norm wants it: with a bias unless a norm follows that has one."""
    if norm == "spectral":
        return SpectralConv(after, kernel, strides, name=name)
    return Conv2D(after, kernel, strides=strides, padding="same", use_bias=norm == "none", name=name)


def critic_dense(norm: str, after: int, name: str, bias: bool = True) -> layers.Layer:
    """A critic's dense layer, spectrally normalised if its norm is."""
    if norm == "spectral":
        return SpectralDense(after, bias, name=name)
    return Dense(after, use_bias=bias, name=name)


def normalized(kernel: Tensor, vector: Tensor) -> Tensor:
    """The kernel divided by its largest singular value, (); in the kernel's precision, whatever networks compute in."""
    return kernel / ops.sqrt(ops.sum(ops.square(ops.matmul(_matrix(kernel), vector))))


def power_iteration(network: keras.Model) -> None:
    """Move every singular vector of `network` one step: u becomes W W^T u, of length 1 (Algorithm 1, step 1)."""
    kernels = {_layer(each): each for each in network.trainable_variables if each.name == "kernel"}
    for vector in network.non_trainable_variables:
        if vector.name == "singular_vector":
            vector.assign(iterated(kernels[_layer(vector)], vector))


def iterated(kernel: Tensor, vector: Tensor) -> Tensor:
    """The vector (out,) after one step of power iteration."""
    matrix = _matrix(kernel)
    moved = ops.matmul(ops.matmul(matrix, vector), matrix)
    return moved / ops.sqrt(ops.sum(ops.square(moved)))


def _matrix(kernel: Tensor) -> Tensor:
    """(n, out), the transpose of the paper's W."""
    return ops.reshape(kernel, (-1, kernel.shape[-1]))


def _add_singular_vector(layer: layers.Layer, size: int) -> keras.Variable:
    return layer.add_weight(shape=(size,), initializer="ones", trainable=False, autocast=False, name="singular_vector")


def _layer(variable: keras.Variable) -> str:
    return variable.path.rpartition("/")[0]
