"""Specs of the network families: which generator and discriminator to build, and with which constants."""

from common.specs.networks.base import CriticNorm, Framework, NetworkSpec, Normalization
from common.specs.networks.convolutional import ConvolutionalSpec, DcganSpec, EmbeddingSpec, UpsamplingSpec
from common.specs.networks.initialization import Initialization
from common.specs.networks.progressive import GrowingSpec, ProgressiveSpec, StyleInitialization, StyleSpec
from common.specs.networks.r3gan import FixupInitialization, R3ganSpec
from common.specs.networks.resnet import ResnetSpec
from common.specs.networks.shape import NetworkShape, resolutions

__all__ = [
    "FAMILIES",
    "ConvolutionalSpec",
    "CriticNorm",
    "DcganSpec",
    "EmbeddingSpec",
    "FixupInitialization",
    "Framework",
    "GrowingSpec",
    "Initialization",
    "NetworkShape",
    "NetworkSpec",
    "Normalization",
    "ProgressiveSpec",
    "R3ganSpec",
    "ResnetSpec",
    "StyleInitialization",
    "StyleSpec",
    "UpsamplingSpec",
    "resolutions",
]

# our families, by name
FAMILIES: dict[str, type[NetworkSpec]] = {
    kind.model_fields["family"].default: kind
    for kind in (DcganSpec, EmbeddingSpec, UpsamplingSpec, ResnetSpec, GrowingSpec, StyleSpec, R3ganSpec)
}
