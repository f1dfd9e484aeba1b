"""Ways to give a network the class: as planes beside an image, or as a dense map of an embedding."""

from typing import Any

from keras import ops

from keras_impl.backends import Tensor
from keras_impl.networks.layers import Block, Dense
from keras_impl.networks.maps import to_maps


def join_planes(images: Tensor, labels: Tensor) -> Tensor:
    """(n, h, w, c) and class weights (n, k) -> (n, h, w, c + k): one constant plane a class, behind the image."""
    planes = ops.tile(labels[:, None, None, :], (1, images.shape[1], images.shape[2], 1))
    return ops.concatenate([images, planes], axis=-1)


class LabelMap(Block):
    """Class weights to a map: (n, classes) -> (n, size, size, channels), through an embedding.

    The embedding is a dense layer without bias on class weights, so that a blend of two classes is the blend of their
    vectors.
    """

    def __init__(self, embedding_size: int, size: int, channels: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.embedding = Dense(embedding_size, use_bias=False, name="embedding")
        self.dense = Dense(size * size * channels, name="dense")
        self.size = size

    def call(self, labels: Tensor) -> Tensor:
        return to_maps(self.dense(self.embedding(labels)), self.size)
