"""The families of 4x4 stride-2 convolutions: DCGAN and what was made of it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from common.specs.base import Float32
from common.specs.networks.base import CriticNorm, NetworkSpec, Normalization
from common.specs.networks.shape import resolutions


class ConvolutionalSpec(NetworkSpec):
    """What the families of 4x4 stride-2 convolutions share.

    Kernels are 4x4 with stride 2 (the DCGAN paper: 5x5): with kernels 3 and 5 the frameworks pad differently
    while the shapes agree, so equal weights would give different images.
    """

    width: int = Field(64, ge=1, le=1024)
    critic_norm: CriticNorm = "batch"
    leaky_slope: Float32 = Field(0.2, ge=0)
    normalization: Normalization = Normalization()

    @property
    def batch_norm(self) -> Normalization:
        """The generator has batch norm in every one of these families."""
        return self.normalization

    @property
    def critic_has_batch_norm(self) -> bool:
        """As `critic_norm` says."""
        return self.critic_norm == "batch"

    @property
    def critic_has_spectral_norm(self) -> bool:
        """As `critic_norm` says."""
        return self.critic_norm == "spectral"

    @property
    def first_critic_norm(self) -> CriticNorm:
        """The norm of the block at the image: its maps have none (Radford et al. 2015), its kernel may."""
        return "spectral" if self.critic_has_spectral_norm else "none"

    def widths(self, image_size: int) -> dict[int, int]:
        """Channels of the maps by resolution, 4 .. image_size: `width` at half the image's, doubled downwards."""
        return {size: max(1, self.width * image_size // (2 * size)) for size in resolutions(image_size)}


class DcganSpec(ConvolutionalSpec):
    """DCGAN (Radford et al. 2015, section 3) of base width `width`, from a 4x4 map to any power-of-two size.

    Conditional networks get the class as a one-hot vector beside the noise and as one-hot planes beside the image.
    """

    family: Literal["dcgan"] = "dcgan"


class EmbeddingSpec(ConvolutionalSpec):
    """Conditional GAN by embedding: the class becomes a dense map of its own, joined to noise or image as channels.

    The class embedding has `embedding_size` numbers; its map in the generator has `label_channels` channels.
    """

    family: Literal["embedding"] = "embedding"
    conditional: Literal[True] = True
    embedding_size: int = Field(50, ge=1, le=1024)
    critic_norm: CriticNorm = "none"


class UpsamplingSpec(ConvolutionalSpec):
    """Generator of nearest-neighbour up-sampling and 3x3 convolutions, with DCGAN's discriminator; class as one-hot."""

    family: Literal["upsampling"] = "upsampling"
    conditional: bool = True
    critic_norm: CriticNorm = "group"
