"""The networks of every model, one file per family."""

from torch import nn

from common.implementation import implementation
from common.specs.networks import NetworkShape, NetworkSpec


def build(spec: NetworkSpec, shape: NetworkShape) -> tuple[nn.Module, nn.Module]:
    """The generator and the discriminator that `spec` describes, for images of `shape`."""
    family = implementation(spec, "torch")
    return family.Generator(spec, shape), family.Discriminator(spec, shape)
