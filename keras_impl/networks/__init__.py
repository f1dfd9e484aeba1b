"""The networks of every model, one file per family."""

import warnings

from keras import Input

from common.implementation import Kind, implementation
from common.specs.networks import NetworkShape, NetworkSpec, resolutions
from keras_impl.networks.model import SpecModel


def build(kind: Kind, spec: NetworkSpec, shape: NetworkShape) -> SpecModel:
    """The generator or discriminator that `spec` describes, for images of `shape`; its variables are there."""
    network: SpecModel = getattr(implementation(spec, "keras"), kind)(spec, shape)
    with warnings.catch_warnings():
        # levels that a growing network has not reached yet are meant to be unbuilt after its first call
        warnings.filterwarnings("ignore", "`build\\(\\)` was called", UserWarning)
        create_variables(kind, network)
    return network


def create_variables(kind: Kind, network: SpecModel) -> None:
    """Call a network symbolically, a growing one level by level, which creates its variables."""
    spec, shape = network.spec, network.image_shape
    # JAX cannot cut a batch of unknown size into the groups of the minibatch deviation
    batch = spec.batch_multiple
    given = {"labels": Input((shape.classes,), batch)} if spec.conditional else {}
    if spec.grows:
        given["alpha"] = Input(batch_shape=())
    for size in resolutions(shape.image_size) if spec.grows else [shape.image_size]:
        if spec.grows:
            network.set_phase(size, fading=size > 4)
        made_from = (spec.noise_size(shape.image_size),) if kind == "Generator" else (size, size, shape.channels)
        network(Input(made_from, batch), **given)
