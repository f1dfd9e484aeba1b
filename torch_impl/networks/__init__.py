"""The networks of every model, one file per family."""

from torch import nn

from common.implementation import Kind, implementation
from common.specs.networks import NetworkShape, NetworkSpec


def build(kind: Kind, spec: NetworkSpec, shape: NetworkShape) -> nn.Module:
    """The generator or discriminator that `spec` describes, for images of `shape`."""
    network: nn.Module = getattr(implementation(spec, "torch"), kind)(spec, shape)
    return network
