"""Normalisation layers, by the name a spec gives them."""

from typing import Any

from keras import layers, ops

from keras_impl.backends import Tensor
from keras_impl.networks.layers import Block
from keras_impl.precision import in_float32


def batch_norm(momentum: float, epsilon: float) -> layers.Layer:
    """Batch normalisation (Ioffe & Szegedy 2015); Keras' momentum is the share that is kept."""
    return layers.BatchNormalization(momentum=momentum, epsilon=epsilon, name="norm")


class ConditionalBatchNorm(Block):
    """Batch norm with a scale and an offset for each class (de Vries et al. 2017), blended by class weights."""

    def __init__(self, momentum: float, epsilon: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.norm = layers.BatchNormalization(
            momentum=momentum, epsilon=epsilon, center=False, scale=False, name="norm"
        )

    def build(self, maps_shape: tuple, labels_shape: tuple) -> None:
        """A scale and an offset for each class and channel."""
        shape = (labels_shape[-1], maps_shape[-1])
        self.scale = self.add_weight(shape=shape, initializer="ones", name="scale")
        self.offset = self.add_weight(shape=shape, initializer="zeros", name="offset")

    def call(self, maps: Tensor, labels: Tensor, training: bool = False) -> Tensor:
        scale, offset = ops.matmul(labels, self.scale), ops.matmul(labels, self.offset)
        return modulated(self.norm(maps, training=training), scale, offset)


@in_float32
def modulated(maps: Tensor, scale: Tensor, offset: Tensor) -> Tensor:
    """Maps times each sample's scale, plus its offset, both (n, channels)."""
    return maps * scale[:, None, None, :] + offset[:, None, None, :]


def group_norm(momentum: float, epsilon: float) -> layers.Layer:
    """Group normalisation with one group (Wu & He 2018): each sample over height, width and channels."""
    return GroupNorm(epsilon, name="norm")


def no_norm(momentum: float, epsilon: float) -> layers.Layer:
    """The identity."""
    return layers.Identity(name="norm")


class GroupNorm(layers.Layer):
    """GroupNorm(1) whose second derivative is right on every backend.

    `keras.layers.GroupNormalization` on TensorFlow rests on `tf.nn.moments`, which stops a gradient inside the
    variance: true for first derivatives, wrong for second ones, and a gradient penalty needs those.
    """

    def __init__(self, epsilon: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def build(self, input_shape: tuple) -> None:
        """One scale and one offset per channel."""
        self.gamma = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="gamma", autocast=False)
        self.beta = self.add_weight(shape=(input_shape[-1],), initializer="zeros", name="beta", autocast=False)

    def call(self, maps: Tensor) -> Tensor:
        """(n, height, width, channels) -> the same shape."""
        return in_float32(self._normalized)(maps)

    def _normalized(self, maps: Tensor) -> Tensor:
        axes = (1, 2, 3)
        centred = maps - ops.mean(maps, axis=axes, keepdims=True)
        variance = ops.mean(ops.square(centred), axis=axes, keepdims=True)
        return centred / ops.sqrt(variance + self.epsilon) * self.gamma + self.beta


# spectral normalisation is of kernels, not of maps: see spectral.py
NORMS = {"batch": batch_norm, "group": group_norm, "spectral": no_norm, "none": no_norm}
