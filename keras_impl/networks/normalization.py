"""Normalisation layers, by the name a spec gives them."""

import keras
from keras import layers, ops

from common.specs.networks import Normalization


def batch_norm(spec: Normalization) -> layers.Layer:
    """Batch normalisation (Ioffe & Szegedy 2015); Keras' momentum is the share that is kept."""
    return layers.BatchNormalization(momentum=spec.momentum, epsilon=spec.epsilon, name="norm")


def group_norm(spec: Normalization) -> layers.Layer:
    """Group normalisation with one group (Wu & He 2018): each sample over height, width and channels."""
    return GroupNorm(epsilon=spec.epsilon, name="norm")


def no_norm(spec: Normalization) -> layers.Layer:
    """The identity."""
    return layers.Identity(name="norm")


class GroupNorm(layers.Layer):
    """GroupNorm(1) whose second derivative is right on every backend.

    `keras.layers.GroupNormalization` on TensorFlow rests on `tf.nn.moments`, which stops a gradient inside the
    variance: true for first derivatives, wrong for second ones, and a gradient penalty needs those.
    """

    def __init__(self, epsilon: float, **kwargs) -> None:
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def build(self, input_shape: tuple) -> None:
        """One scale and one offset per channel."""
        self.gamma = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=(input_shape[-1],), initializer="zeros", name="beta")

    def call(self, maps: keras.KerasTensor) -> keras.KerasTensor:
        """(n, height, width, channels) -> the same shape."""
        axes = (1, 2, 3)
        centred = maps - ops.mean(maps, axis=axes, keepdims=True)
        variance = ops.mean(ops.square(centred), axis=axes, keepdims=True)
        return centred / ops.sqrt(variance + self.epsilon) * self.gamma + self.beta


NORMS = {"batch": batch_norm, "group": group_norm, "none": no_norm}
