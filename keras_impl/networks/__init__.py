"""The networks of every model, one file per family."""

import keras

from common.specs.networks import NetworkShape, NetworkSpec
from keras_impl.networks import dcgan

FAMILIES = {"dcgan": dcgan}


def build(spec: NetworkSpec, shape: NetworkShape) -> tuple[dcgan.Generator, dcgan.Discriminator]:
    """The generator and the discriminator that `spec` describes, for images of `shape`, with their variables."""
    family = FAMILIES[spec.family]
    generator = family.Generator(spec, shape, name="generator")
    generator(keras.Input((spec.latent_size,)))  # a symbolic call creates the variables
    discriminator = family.Discriminator(spec, shape, name="discriminator")
    discriminator(keras.Input((shape.image_size, shape.image_size, shape.channels)))
    return generator, discriminator
