"""Specs of the optimisers. `form` says whose formula: the published one in both, or each framework's stock class."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from common.specs.base import Float32, Spec, one_of

Form = Literal["published", "stock"]


class AdamSpec(Spec):
    """Adam (Kingma & Ba 2015, Algorithm 1): epsilon is added outside the bias correction, as torch does."""

    kind: Literal["adam"] = "adam"
    learning_rate: Float32 = Field(2e-4, gt=0)
    beta_1: Float32 = Field(0.5, ge=0, lt=1)
    beta_2: Float32 = Field(0.999, ge=0, lt=1)
    epsilon: Float32 = Field(1e-8, gt=0)
    form: Form = "published"


class RmspropSpec(Spec):
    """RMSprop (Hinton, lecture 6e) with epsilon outside the square root, as torch does."""

    kind: Literal["rmsprop"] = "rmsprop"
    learning_rate: Float32 = Field(5e-5, gt=0)
    rho: Float32 = Field(0.99, ge=0, lt=1)
    epsilon: Float32 = Field(1e-8, gt=0)
    form: Form = "published"


class SgdSpec(Spec):
    """Plain stochastic gradient descent; it does not amplify rounding, so float32 twins can be compared with it."""

    kind: Literal["sgd"] = "sgd"
    learning_rate: Float32 = Field(1e-2, gt=0)
    form: Form = "published"


OptimizerSpec = Annotated[
    AdamSpec | RmspropSpec | SgdSpec,
    one_of("optimizer", "kind", AdamSpec, RmspropSpec, SgdSpec),
]
