"""How initial weights are drawn: which standard deviation each role has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from common.specs.base import Float32, Spec


class Initialization(Spec):
    """Initial weights (DCGAN, section 3): kernels ~ N(0, kernel_std), norm scales ~ N(1, scale_std), the rest 0."""

    kernel_std: Float32 = Field(0.02, gt=0)
    scale_std: Float32 = Field(0.02, ge=0)

    def std(self, name: str, field: Literal["kernel_std", "scale_std"], shapes: Mapping[str, tuple[int, ...]]) -> float:
        """The standard deviation of the weight called `name`, whose role has it in `field`, among all `shapes`."""
        return getattr(self, field)
