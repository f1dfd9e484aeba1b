"""The networks of every model, one file per family."""

import keras

from common.specs.networks import NetworkShape, NetworkSpec
from keras_impl.networks import dcgan

FAMILIES = {"dcgan": dcgan}


def build(spec: NetworkSpec, shape: NetworkShape, prefix: str = "generator") -> tuple[keras.Model, keras.Model]:
    """The generator (its variables named below `prefix`) and the discriminator that `spec` describes.

    Both are built: their variables are there.
    """
    family = FAMILIES[spec.family]
    generator = family.Generator(spec, shape, name=prefix)
    discriminator = family.Discriminator(spec, shape, name="discriminator")
    given = {"labels": keras.Input((shape.classes,))} if spec.conditional else {}
    if hasattr(generator, "set_phase"):
        given["alpha"] = keras.Input(batch_shape=())
    # symbolic calls create the variables
    generator(keras.Input((spec.noise_size(shape.image_size),)), **given)
    discriminator(keras.Input((shape.image_size, shape.image_size, shape.channels)), **given)
    return generator, discriminator
