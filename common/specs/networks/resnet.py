"""Residual networks with spectral norm."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from common.specs.networks.base import NetworkSpec, Normalization


class ResnetSpec(NetworkSpec):
    """Residual networks (Miyato et al. 2018, table 4: CIFAR-10) of `width` channels, the critic's of half as many.

    Conditional ones tell the class to the generator's batch norms, and to the critic by its projection on the features
    (Miyato & Koyama 2018).
    """

    family: Literal["resnet"] = "resnet"
    width: int = Field(256, ge=2, le=1024)
    latent_size: int = Field(128, ge=1, le=4096)
    critic_norm: Literal["spectral", "none"] = "spectral"
    normalization: Normalization = Normalization()

    @property
    def batch_norm(self) -> Normalization:
        """The generator's."""
        return self.normalization

    @property
    def critic_has_spectral_norm(self) -> bool:
        """As `critic_norm` says."""
        return self.critic_norm == "spectral"

    @property
    def critic_width(self) -> int:
        """Channels of the critic."""
        return self.width // 2

    def critic_sizes(self, image_size: int) -> list[int]:
        """Map sizes behind the critic's blocks: halved down to 8x8, at least twice, then as they are: 16, 8, 8, 8."""
        halved = [image_size // 2, image_size // 4]
        while halved[-1] > 8:
            halved.append(halved[-1] // 2)
        return [*halved, halved[-1], halved[-1]]
