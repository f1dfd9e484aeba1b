"""A generator of nearest-neighbour up-sampling and convolutions, free of checkerboards (Odena et al. 2016), against
DCGAN's discriminator; after belkhir-nacim/ensta_ia321_image_generation."""

from typing import Any

from keras import ops

from common.specs.networks import NetworkShape, UpsamplingSpec, resolutions
from keras_impl.backends import Tensor
from keras_impl.networks.dcgan import Discriminator, Project, ups
from keras_impl.networks.layers import Block, Conv2D
from keras_impl.networks.maps import double
from keras_impl.networks.model import SpecModel
from keras_impl.networks.normalization import NORMS

__all__ = ["Discriminator", "Generator", "Upsample"]


class Upsample(Block):
    """Doubles the map: nearest neighbour, 3x3 convolution, batch norm, ReLU."""

    def __init__(self, after: int, momentum: float, epsilon: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.conv = Conv2D(after, 3, padding="same", use_bias=False, name="conv")
        self.norm = NORMS["batch"](momentum, epsilon)

    def call(self, maps: Tensor, training: bool = False) -> Tensor:
        return ops.relu(self.norm(self.conv(double(maps)), training=training))


class Generator(SpecModel):
    """Noise, and in conditional networks class weights beside it, to images: (n, size, size, channels) in -1..1."""

    def __init__(self, spec: UpsamplingSpec, shape: NetworkShape, **kwargs: Any) -> None:
        super().__init__(spec, shape, **kwargs)
        sizes, widths = resolutions(shape.image_size), spec.widths(shape.image_size)
        self.project = Project(widths[4], **spec.normalization.model_dump(), name="project")
        self.body = ups(Upsample, sizes[1:], spec, shape.image_size)
        self.to_image = Conv2D(shape.channels, 3, padding="same", name="to_image")

    def call(self, latents: Tensor, labels: Tensor | None = None, training: bool = False) -> Tensor:
        inputs = latents if labels is None else ops.concatenate([latents, labels], axis=1)
        return ops.tanh(self.to_image(self.body(self.project(inputs, training=training), training=training)))
