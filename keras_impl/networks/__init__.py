"""The networks of every model, one file per family."""

import warnings

import keras

from common.implementation import implementation
from common.specs.networks import NetworkShape, NetworkSpec, resolutions


def build(spec: NetworkSpec, shape: NetworkShape) -> tuple[keras.Model, keras.Model]:
    """The generator and the discriminator that `spec` describes, for images of `shape`; their variables are there."""
    family = implementation(spec, "keras")
    generator, discriminator = family.Generator(spec, shape), family.Discriminator(spec, shape)
    with warnings.catch_warnings():
        # levels that a growing network has not reached yet are meant to be unbuilt after its first call
        warnings.filterwarnings("ignore", "`build\\(\\)` was called", UserWarning)
        create_variables(generator, discriminator, spec, shape)
    return generator, discriminator


def create_variables(
    generator: keras.Model, discriminator: keras.Model, spec: NetworkSpec, shape: NetworkShape
) -> None:
    """Call both networks symbolically, growing ones level by level, which creates their variables."""
    # JAX cannot cut a batch of unknown size into the groups of the minibatch deviation
    batch = spec.batch_multiple
    given = {"labels": keras.Input((shape.classes,), batch)} if spec.conditional else {}
    if spec.grows:
        given["alpha"] = keras.Input(batch_shape=())
    for size in resolutions(shape.image_size) if spec.grows else [shape.image_size]:
        if spec.grows:
            for network in (generator, discriminator):
                network.set_phase(size, fading=size > 4)
        generator(keras.Input((spec.noise_size(shape.image_size),), batch), **given)
        discriminator(keras.Input((size, size, shape.channels), batch), **given)
