"""The networks of every model, one file per family."""

from common.implementation import Kind, implementation
from common.specs.networks import NetworkShape, NetworkSpec
from keras_impl.networks.model import SpecModel


def build(kind: Kind, spec: NetworkSpec, shape: NetworkShape) -> SpecModel:
    """The generator or discriminator that `spec` describes, for images of `shape`; its variables are there."""
    network: SpecModel = getattr(implementation(spec, "keras"), kind)(spec, shape)
    size = shape.image_size
    sample = (spec.noise_size(size),) if kind == "Generator" else (size, size, shape.channels)
    # JAX cannot cut a batch of unknown size into the groups of the minibatch deviation
    network.build((spec.batch_multiple, *sample))
    return network
