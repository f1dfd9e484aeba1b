"""Specs of what the networks minimise: an adversarial loss, and parts that any of them may carry.

A new part (a penalty, a constraint) is a field of `Objective` and a few lines in `objectives.py` of both twins, a new
loss a subclass that `ObjectiveSpec` names and a case in the same two files.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from common.specs.base import Float32, Spec, one_of

# the terms of the discriminator's loss that penalise its slope, which records keep beside the loss itself
PENALTIES = ("penalty", "r1", "r2")


class Objective(Spec):
    """The parts that every objective may carry; each is left out unless it is asked for.

    Attributes:
        gradient_penalty: weight of mean (|grad D| - 1)^2 between reals and fakes (Gulrajani et al. 2017); 0: none.
        mixing: how the points between reals and fakes are drawn; the paper's is uniform.
        weight_clip: bound of every discriminator parameter after each update (Arjovsky et al. 2017); None: none.
        r1: weight of half the mean |grad D|^2 at reals (Mescheder et al. 2018, equation 9; their gamma); 0: none.
        r2: the same at fakes; 0: none.
        drift: weight of mean D(x)^2, which keeps logits near 0 (Karras et al. 2018, appendix A.1); 0: none.
    """

    gradient_penalty: Float32 = Field(0.0, ge=0)
    mixing: Literal["uniform", "normal"] = "uniform"
    weight_clip: Float32 | None = Field(None, gt=0)
    r1: Float32 = Field(0.0, ge=0)
    r2: Float32 = Field(0.0, ge=0)
    drift: Float32 = Field(0.0, ge=0)

    @property
    def penalties(self) -> list[str]:
        """The fields of the slope penalties that are asked for; with any, an update takes second derivatives."""
        return [name for name in ("gradient_penalty", "r1", "r2") if getattr(self, name) > 0]

    @property
    def pairs(self) -> bool:
        """Whether the generator's loss compares fakes with reals, so that its update needs both."""
        return False

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


class Relativistic(Objective):
    """Relativistic pairing loss (Jolicoeur-Martineau 2018; Huang et al. 2025, equation 2).

    Each image of a batch is judged against its partner of the other kind:
    D loss = mean softplus(D(G(z)) - D(x)), G loss = mean softplus(D(x) - D(G(z))).
    """

    kind: Literal["relativistic"] = "relativistic"

    @property
    def pairs(self) -> bool:
        """It does."""
        return True


ObjectiveSpec = Annotated[
    BinaryCrossEntropy | LeastSquares | Wasserstein | Hinge | Relativistic,
    one_of("objective", "kind", BinaryCrossEntropy, LeastSquares, Wasserstein, Hinge, Relativistic),
]
