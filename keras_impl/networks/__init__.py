"""The networks of every model, one file per family."""

import keras

from common.specs.networks import NetworkShape, NetworkSpec, resolutions
from keras_impl.networks import dcgan, embedding, growing, style, upsampling

FAMILIES = {"dcgan": dcgan, "embedding": embedding, "upsampling": upsampling, "growing": growing, "style": style}


def build(spec: NetworkSpec, shape: NetworkShape, prefix: str = "generator") -> tuple[keras.Model, keras.Model]:
    """The generator (its variables named below `prefix`) and the discriminator that `spec` describes.

    Both are built: their variables are there.
    """
    family = FAMILIES[spec.family]
    generator = family.Generator(spec, shape, name=prefix)
    discriminator = family.Discriminator(spec, shape, name="discriminator")
    # JAX cannot cut a batch of unknown size into the groups of the minibatch deviation
    batch = getattr(spec, "deviation_group", 1)
    given = {"labels": keras.Input((shape.classes,), batch)} if spec.conditional else {}
    if hasattr(generator, "set_phase"):
        given["alpha"] = keras.Input(batch_shape=())
    for size in resolutions(shape.image_size) if "alpha" in given else [shape.image_size]:
        if "alpha" in given:
            for network in (generator, discriminator):
                network.set_phase(size, fading=size > 4)
        # symbolic calls create the variables, in growing networks level by level
        generator(keras.Input((spec.noise_size(shape.image_size),), batch), **given)
        discriminator(keras.Input((size, size, shape.channels), batch), **given)
    return generator, discriminator
