"""Specs of what the networks minimise: adversarial loss, gradient penalty, weight clipping."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from common.specs.base import Float32, Spec


class BinaryCrossEntropy(Spec):
    """Non-saturating GAN loss (Goodfellow et al. 2014) on logits: D loss = BCE(D(x), real) + BCE(D(G(z)), fake)."""

    kind: Literal["bce"] = "bce"
    real_target: Float32 = Field(1.0, ge=0, le=1)
    fake_target: Float32 = Field(0.0, ge=0, le=1)
    generator_target: Float32 = Field(1.0, ge=0, le=1)


class LeastSquares(Spec):
    """LSGAN (Mao et al. 2017, equation 9): halved squared distances to the targets (fake 0, real 1, generator 1)."""

    kind: Literal["least_squares"] = "least_squares"
    real_target: Float32 = 1.0
    fake_target: Float32 = 0.0
    generator_target: Float32 = 1.0


class Wasserstein(Spec):
    """Wasserstein critic (Arjovsky et al. 2017), kept Lipschitz by clipping or by a penalty (Gulrajani et al. 2017).

    Critic loss = mean D(G(z)) - mean D(x) + gradient_penalty * mean (|grad| - 1)^2 + drift * mean D(x)^2.
    """

    kind: Literal["wasserstein"] = "wasserstein"
    weight_clip: Float32 | None = Field(None, gt=0)
    gradient_penalty: Float32 = Field(0.0, ge=0)
    drift: Float32 = Field(0.0, ge=0)
    mixing: Literal["uniform", "normal"] = "uniform"


ObjectiveSpec = Annotated[BinaryCrossEntropy | LeastSquares | Wasserstein, Field(discriminator="kind")]
