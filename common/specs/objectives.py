"""Specs of what the networks minimise: an adversarial loss, and parts that any of them may carry.

A new part (a penalty, a constraint) is a field of `Objective` and a few lines in `objectives.py` of both twins, a new
loss a subclass that `ObjectiveSpec` names and a case in the same two files.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from common.specs.base import Float32, Spec, one_of


class Objective(Spec):
    """The parts that every objective may carry; each is left out unless it is asked for.

    Attributes:
        gradient_penalty: weight of mean (|grad D| - 1)^2 between reals and fakes (Gulrajani et al. 2017); 0: none.
        mixing: how the points between reals and fakes are drawn; the paper's is uniform.
        weight_clip: bound of every discriminator parameter after each update (Arjovsky et al. 2017); None: none.
        drift: weight of mean D(x)^2, which keeps logits near 0 (Karras et al. 2018, appendix A.1); 0: none.
    """

    gradient_penalty: Float32 = Field(0.0, ge=0)
    mixing: Literal["uniform", "normal"] = "uniform"
    weight_clip: Float32 | None = Field(None, gt=0)
    drift: Float32 = Field(0.0, ge=0)

    @property
    def penalizes(self) -> bool:
        """Whether the discriminator's slope is penalised, so that its update takes second derivatives."""
        return self.gradient_penalty > 0

    @property
    def clips(self) -> bool:
        """Whether the discriminator's parameters are clipped."""
        return self.weight_clip is not None


class BinaryCrossEntropy(Objective):
    """Non-saturating GAN loss (Goodfellow et al. 2014) on logits: D loss = BCE(D(x), real) + BCE(D(G(z)), fake)."""

    kind: Literal["bce"] = "bce"
    real_target: Float32 = Field(1.0, ge=0, le=1)
    fake_target: Float32 = Field(0.0, ge=0, le=1)
    generator_target: Float32 = Field(1.0, ge=0, le=1)


class LeastSquares(Objective):
    """LSGAN (Mao et al. 2017, equation 9): halved squared distances to the targets (fake 0, real 1, generator 1)."""

    kind: Literal["least_squares"] = "least_squares"
    real_target: Float32 = 1.0
    fake_target: Float32 = 0.0
    generator_target: Float32 = 1.0


class Wasserstein(Objective):
    """Wasserstein critic (Arjovsky et al. 2017): D loss = mean D(G(z)) - mean D(x).

    It needs a part that keeps the critic Lipschitz: clipping or a penalty.
    """

    kind: Literal["wasserstein"] = "wasserstein"


class Hinge(Objective):
    """Hinge loss (Lim & Ye 2017; Miyato et al. 2018, equations 16 and 17).

    D loss = mean max(0, margin - D(x)) + mean max(0, margin + D(G(z))), G loss = -mean D(G(z)).
    """

    kind: Literal["hinge"] = "hinge"
    margin: Float32 = Field(1.0, gt=0)


ObjectiveSpec = Annotated[
    BinaryCrossEntropy | LeastSquares | Wasserstein | Hinge,
    one_of("objective", "kind", BinaryCrossEntropy, LeastSquares, Wasserstein, Hinge),
]
