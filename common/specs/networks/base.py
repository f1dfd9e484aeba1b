"""What every family of networks tells about itself, ours or a plug-in's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from common.specs.base import Float32, Spec
from common.specs.networks.initialization import Initialization
from common.specs.phases import Phase

Framework = Literal["torch", "keras"]
# what a critic normalises: its maps, by batch or by image, or its kernels (Miyato et al. 2018)
CriticNorm = Literal["batch", "group", "spectral", "none"]


class Normalization(Spec):
    """Batch normalisation constants: torch calls `1 - momentum` the momentum; both frameworks get the same numbers."""

    momentum: Float32 = Field(0.9, ge=0, lt=1)
    epsilon: Float32 = Field(1e-5, gt=0)


class NetworkSpec(Spec):
    """What a family of networks tells about itself: the base of every family, ours or a plug-in's.

    A family is a subclass with a `family` of its own (`family: Literal["tiny"] = "tiny"`), whatever constants its
    networks have, and two modules with the classes `Generator(spec, shape)` and `Discriminator(spec, shape)`.

    Attributes:
        modules: the module that implements the family, by framework; where none is named it is
            `torch_impl.networks.<family>` and `keras_impl.networks.<family>`.
        grows: whether the networks train several resolutions: they are then called with `alpha`, have
            `set_phase(resolution, fading)`, and say with `active_parameters()` which parameters a phase uses.
        has_styles: whether the generator can be drawn from with truncation and style mixing.
        convolves: whether the discriminator has padded convolutions, whose padding can be mistaken.
        conditional: whether the networks are called with class weights `labels`.
        latent_size: numbers in the latent vector.
        initialization: how initial weights are drawn.
    """

    modules: ClassVar[Mapping[Framework, str]] = {}
    grows: ClassVar[bool] = False
    has_styles: ClassVar[bool] = False
    convolves: ClassVar[bool] = True

    family: str
    conditional: bool = False
    latent_size: int = Field(100, ge=1, le=4096)
    initialization: Initialization = Initialization()

    @property
    def batch_norm(self) -> Normalization | None:
        """The constants of the networks' batch normalisation; None where they keep no batch statistics."""
        return None

    @property
    def critic_has_batch_norm(self) -> bool:
        """Whether the discriminator has batch normalisation: then no gradient can be penalised."""
        return False

    @property
    def critic_has_spectral_norm(self) -> bool:
        """Whether the discriminator's kernels are divided by their spectral norm."""
        return False

    @property
    def batch_multiple(self) -> int:
        """What the size of a batch has to be a multiple of."""
        return 1

    def module(self, framework: Framework) -> str:
        """The module that implements the family in `framework`."""
        return self.modules.get(framework, f"{framework}_impl.networks.{self.family}")

    def noise_size(self, image_size: int) -> int:
        """Normal numbers that one image takes."""
        return self.latent_size

    def phases(self, image_size: int, epochs: int, batch_size: int) -> list[Phase]:
        """The phases of a training, in order: one, unless the networks grow."""
        return [Phase(resolution=image_size, fading=False, epochs=epochs, batch_size=batch_size)]
