"""The networks of every model, one file per family."""

from torch import nn

from common.specs.networks import NetworkShape, NetworkSpec
from torch_impl.networks import dcgan, embedding, growing, style, upsampling

FAMILIES = {"dcgan": dcgan, "embedding": embedding, "upsampling": upsampling, "growing": growing, "style": style}


def build(spec: NetworkSpec, shape: NetworkShape) -> tuple[nn.Module, nn.Module]:
    """The generator and the discriminator that `spec` describes, for images of `shape`."""
    family = FAMILIES[spec.family]
    return family.Generator(spec, shape), family.Discriminator(spec, shape)
