"""The model: two perceptrons with one hidden layer each, and which modules implement them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from common.specs.base import Float32
from common.specs.models import ModelSpec
from common.specs.networks import Framework, NetworkSpec
from common.specs.objectives import LeastSquares
from common.specs.optimizers import AdamSpec


class TinySpec(NetworkSpec):
    """Perceptrons with `hidden` units."""

    modules: ClassVar[Mapping[Framework, str]] = {"torch": "tinygan.torch_networks", "keras": "tinygan.keras_networks"}
    convolves: ClassVar[bool] = False

    family: Literal["tiny"] = "tiny"
    hidden: int = Field(32, ge=1)
    leaky_slope: Float32 = Field(0.2, ge=0)


TINYGAN = ModelSpec(
    name="tinygan", network=TinySpec(), objective=LeastSquares(), optimizer=AdamSpec(), source="nobody, nowhere"
)
