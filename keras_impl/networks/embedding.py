"""Conditional networks by embedding: the class is a map of its own beside the projected noise and beside the image.

After the conditional GAN of hseghetto/PICME, whose flat concatenation gave noise the upper half of the map and the
class the lower; here each has its own channels. The bodies are DCGAN's.
"""

import keras
from keras import KerasTensor, layers, ops

from common.specs.networks import EmbeddingSpec, NetworkShape, resolutions
from keras_impl.networks.conditioning import LabelMap
from keras_impl.networks.dcgan import Down, Project, Up


class Generator(keras.Model):
    """Noise and class weights to images: (n, latent_size), (n, classes) -> (n, size, size, channels) in -1..1.

    Half of the channels of the 4x4 map come from the noise, half from the class.
    """

    def __init__(self, spec: EmbeddingSpec, shape: NetworkShape, **kwargs) -> None:
        super().__init__(**kwargs)
        sizes = resolutions(shape.image_size)
        widths = spec.widths(shape.image_size)
        self.project = Project(widths[4] // 2, spec, name="project")
        self.label_map = LabelMap(spec.embedding_size, 4, widths[4] // 2, name="label_map")
        self.body = keras.Sequential([Up(widths[size], spec, name=f"up_{size}") for size in sizes[1:-1]], name="body")
        self.to_image = layers.Conv2DTranspose(shape.channels, 4, strides=2, padding="same", name="to_image")

    def call(self, latents: KerasTensor, labels: KerasTensor, training: bool = False) -> KerasTensor:
        maps = ops.concatenate([self.project(latents, training=training), self.label_map(labels)], axis=-1)
        return ops.tanh(self.to_image(self.body(maps, training=training)))


class Discriminator(keras.Model):
    """Images and class weights to logits: (n, size, size, channels), (n, classes) -> (n,)."""

    def __init__(self, spec: EmbeddingSpec, shape: NetworkShape, **kwargs) -> None:
        super().__init__(**kwargs)
        sizes = resolutions(shape.image_size)[-2::-1]
        widths = spec.widths(shape.image_size)
        self.label_map = LabelMap(spec.embedding_size, shape.image_size, 1, name="label_map")
        self.from_image = Down(widths[sizes[0]], "none", spec, name="from_image")
        self.body = keras.Sequential(
            [Down(widths[size], spec.critic_norm, spec, name=f"down_{size}") for size in sizes[1:]], name="body"
        )
        self.flatten = layers.Flatten()
        self.score = layers.Dense(1, name="score")

    def call(self, images: KerasTensor, labels: KerasTensor, training: bool = False) -> KerasTensor:
        inputs = ops.concatenate([images, self.label_map(labels)], axis=-1)
        maps = self.body(self.from_image(inputs, training=training), training=training)
        return ops.squeeze(self.score(self.flatten(maps)), axis=1)
