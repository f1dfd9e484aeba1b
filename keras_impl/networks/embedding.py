"""Conditional networks by embedding: the class is a map of its own beside the projected noise and beside the image.

After the conditional GAN of hseghetto/PICME, whose flat concatenation gave noise the upper half of the map and the
class the lower; here each has its own channels. The bodies are DCGAN's.
"""

from typing import Any

from keras import ops

from common.specs.networks import EmbeddingSpec, NetworkShape, resolutions
from keras_impl.backends import Tensor
from keras_impl.networks.conditioning import LabelMap
from keras_impl.networks.dcgan import Down, Project, Up, downs, ups
from keras_impl.networks.layers import Conv2DTranspose
from keras_impl.networks.maps import to_vector
from keras_impl.networks.model import SpecModel
from keras_impl.networks.spectral import critic_dense


class Generator(SpecModel):
    """Noise and class weights to images: (n, latent_size), (n, classes) -> (n, size, size, channels) in -1..1.

    Half of the channels of the 4x4 map come from the noise, half from the class.
    """

    def __init__(self, spec: EmbeddingSpec, shape: NetworkShape, **kwargs: Any) -> None:
        super().__init__(spec, shape, **kwargs)
        sizes, widths = resolutions(shape.image_size), spec.widths(shape.image_size)
        self.project = Project(widths[4] // 2, **spec.normalization.model_dump(), name="project")
        self.label_map = LabelMap(spec.embedding_size, 4, widths[4] // 2, name="label_map")
        self.body = ups(Up, sizes[1:-1], spec, shape.image_size)
        self.to_image = Conv2DTranspose(shape.channels, 4, strides=2, padding="same", name="to_image")

    def call(self, latents: Tensor, labels: Tensor, training: bool = False) -> Tensor:
        maps = ops.concatenate([self.project(latents, training=training), self.label_map(labels)], axis=-1)
        return ops.tanh(self.to_image(self.body(maps, training=training)))


class Discriminator(SpecModel):
    """Images and class weights to logits: (n, size, size, channels), (n, classes) -> (n,)."""

    def __init__(self, spec: EmbeddingSpec, shape: NetworkShape, **kwargs: Any) -> None:
        super().__init__(spec, shape, **kwargs)
        first, *rest = resolutions(shape.image_size)[-2::-1]
        widths, constants = spec.widths(shape.image_size), spec.normalization.model_dump()
        self.label_map = LabelMap(spec.embedding_size, shape.image_size, 1, name="label_map")
        self.from_image = Down(widths[first], spec.first_critic_norm, spec.leaky_slope, **constants, name="from_image")
        self.body = downs(rest, spec, shape.image_size)
        self.score = critic_dense(spec.critic_norm, 1, name="score")

    def call(self, images: Tensor, labels: Tensor, training: bool = False) -> Tensor:
        inputs = ops.concatenate([images, self.label_map(labels)], axis=-1)
        maps = self.body(self.from_image(inputs, training=training), training=training)
        return ops.squeeze(self.score(to_vector(maps)), axis=1)
