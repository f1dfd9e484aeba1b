"""Networks that grow, resolution by resolution: progressive GANs and a small StyleGAN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from common.errors import BadInput
from common.specs.base import Float32
from common.specs.networks.base import NetworkSpec
from common.specs.networks.initialization import Initialization
from common.specs.networks.shape import resolutions
from common.specs.phases import Phase, Stage, growth_phases


class ProgressiveSpec(NetworkSpec):
    """Progressively growing networks (Karras et al. 2018): pixel norm, equalised learning rate, minibatch deviation.

    `width` is the channel count up to 8x8; from there it halves with every doubling (the paper's table 2: from 64x64).
    """

    grows: ClassVar[bool] = True

    width: int = Field(128, ge=4, le=1024)
    latent_size: int = Field(128, ge=1, le=4096)
    leaky_slope: Float32 = Field(0.2, ge=0)
    deviation_group: int = Field(4, ge=1)
    embedding_size: int = Field(50, ge=1, le=1024)
    stages: tuple[Stage, ...] = ()
    initialization: Initialization = Initialization(kernel_std=1.0, scale_std=0.0)

    def channels(self, resolution: int) -> int:
        """Feature maps at `resolution`: `width` up to 8x8, then halved with every doubling, at least 4."""
        return max(4, self.width * 8 // max(8, resolution))

    @property
    def batch_multiple(self) -> int:
        """The minibatch deviation cuts a batch into groups."""
        return self.deviation_group

    def phases(self, image_size: int, epochs: int, batch_size: int) -> list[Phase]:
        """A fading and a stable phase for each resolution, as `stages` say.

        Raises:
            BadInput: stages that do not fit the image size, or a batch that cannot be cut into groups.
        """
        phases = growth_phases(self.stages, resolutions(image_size), epochs, batch_size)
        for phase in phases:
            if phase.batch_size % self.deviation_group:
                raise BadInput(
                    f"network.deviation_group: {self.deviation_group} does not divide the batch size "
                    f"{phase.batch_size}: choose a multiple of {self.deviation_group}."
                )
        return phases


class GrowingSpec(ProgressiveSpec):
    """The progressive GAN of Karras et al. 2018; a conditional one tells the class to the input blocks of both nets."""

    family: Literal["growing"] = "growing"


class StyleInitialization(Initialization):
    """Equalised learning rate: kernels ~ N(0, 1), and a mapping network that learns more slowly than the rest.

    Attributes:
        mapping_rate: its share of the learning rate (Karras et al. 2019, appendix C: 0.01). Its kernels ~
            N(0, 1 / rate) are multiplied by the rate at run time, so that an update of Adam moves the product less.
    """

    kernel_std: Float32 = Field(1.0, gt=0)
    scale_std: Float32 = Field(0.0, ge=0)
    mapping_rate: Float32 = Field(1.0, gt=0, le=1)

    def std(self, name: str, field: Literal["kernel_std", "scale_std"], shapes: Mapping[str, tuple[int, ...]]) -> float:
        """As above; see the base."""
        return getattr(self, field) / (self.mapping_rate if ".stem." in name else 1.0)


class StyleSpec(ProgressiveSpec):
    """A small StyleGAN (Karras et al. 2019, figure 1b) against the growing discriminator.

    Attributes:
        style_size: numbers in a style vector w.
        mapping_layers: dense layers from z to w (the paper: 8).
        average_decay: what the running mean of w keeps per generator pass (for truncation, appendix B).
    """

    has_styles: ClassVar[bool] = True

    family: Literal["style"] = "style"
    conditional: Literal[False] = False
    style_size: int = Field(128, ge=1, le=4096)
    mapping_layers: int = Field(3, ge=1, le=16)
    initialization: StyleInitialization = StyleInitialization()
    average_decay: Float32 = Field(0.995, ge=0, lt=1)

    def noise_size(self, image_size: int) -> int:
        """The latent vector, and behind it the per-pixel noise of two layers at each resolution, lowest first."""
        return self.latent_size + sum(2 * size * size for size in resolutions(image_size))
