"""The registry of named models: a network, an objective, an optimiser and their usual constants, combined by name.

A new model is one entry here or in a plug-in and, if its network is new, a spec and one file for each framework.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SerializeAsAny, field_validator, model_validator

from common.errors import BadInput, unknown_name
from common.registry import Registry
from common.specs.annealing import Annealing
from common.specs.base import Float32, Name, Spec, tagged
from common.specs.networks import (
    FAMILIES,
    DcganSpec,
    EmbeddingSpec,
    GrowingSpec,
    NetworkSpec,
    R3ganSpec,
    ResnetSpec,
    StyleSpec,
    UpsamplingSpec,
)
from common.specs.objectives import BinaryCrossEntropy, Hinge, LeastSquares, ObjectiveSpec, Relativistic, Wasserstein
from common.specs.optimizers import AdamSpec, OptimizerSpec, RmspropSpec


def family(name: str) -> type[NetworkSpec]:
    """The spec class of the network family called `name`: one of ours, or of a model that a plug-in adds.

    Raises:
        BadInput: there is none, with the nearest name; or a plug-in cannot be used.
    """
    if name in FAMILIES:
        return FAMILIES[name]
    every = {spec.network.family: type(spec.network) for spec in MODELS.values()}
    if name not in every:
        raise unknown_name("network family", name, {**FAMILIES, **every})
    return every[name]


class ModelSpec(Spec):
    """One GAN: networks (of any family), objective, and the optimiser that both networks use.

    With `ema_decay` samples come from an exponential moving average of the generator's weights (Karras et al. 2018,
    appendix A.1).
    """

    name: Name
    network: Annotated[SerializeAsAny[NetworkSpec], tagged("family", family)]
    objective: ObjectiveSpec
    optimizer: OptimizerSpec
    n_critic: int = Field(1, ge=1, le=100)
    ema_decay: Float32 | None = Field(None, gt=0, lt=1)
    annealing: Annealing = Annealing()
    reuse_real_batch: bool = False
    source: str

    @field_validator("network")
    @classmethod
    def _family_can_be_found_again(cls, network: NetworkSpec) -> NetworkSpec:
        taken = FAMILIES.get(network.family, type(network))
        if taken is not type(network):
            raise ValueError(f"the family '{network.family}' is {taken.__name__}'s: give yours another name")
        return network

    @model_validator(mode="after")
    def _annealing_has_a_start(self) -> ModelSpec:
        """Raises BadInput where there is nothing that could change: no such part, or an optimiser without beta_2."""
        there = {
            "beta_2": hasattr(self.optimizer, "beta_2"),
            "r1": self.objective.r1 > 0,
            "r2": self.objective.r2 > 0,
            "averages_longer": self.ema_decay is not None,
        }
        for name, is_there in there.items():
            if getattr(self.annealing, name) not in (None, False) and not is_there:
                start = {"beta_2": "optimizer.beta_2", "averages_longer": "ema_decay"}.get(name, f"objective.{name}")
                raise BadInput(f"annealing.{name}: '{self.name}' has no {start} to begin with: set it as well.")
        return self

    @model_validator(mode="after")
    def _penalty_has_a_right_gradient(self) -> ModelSpec:
        """A penalty of each image's own slope means nothing where batch norm ties the images of a batch together
        (Gulrajani et al. 2017, section 4), and its gradient would be wrong in Keras on TensorFlow
        (benchmarks/findings/second_derivative.py).

        Raises:
            BadInput: a penalty and batch norm in the discriminator.
        """
        if self.objective.penalties and self.network.critic_has_batch_norm:
            raise BadInput(
                f"objective.{self.objective.penalties[0]}: the discriminator of '{self.name}' has batch norm, through "
                'which no gradient can be penalised: set network.critic_norm to "group" or "none" as well.'
            )
        return self


MODELS: Registry[ModelSpec] = Registry(
    "model",
    "models",
    ModelSpec,
    (
        ModelSpec(
            name="dcgan",
            network=DcganSpec(),
            objective=BinaryCrossEntropy(),
            optimizer=AdamSpec(),
            source="Radford, Metz, Chintala 2015, arXiv 1511.06434",
        ),
        ModelSpec(
            name="lsgan",
            network=DcganSpec(),
            objective=LeastSquares(),
            optimizer=AdamSpec(),
            source="Mao et al. 2017, arXiv 1611.04076",
        ),
        ModelSpec(
            name="wgan",
            network=DcganSpec(),
            objective=Wasserstein(weight_clip=0.01),
            optimizer=RmspropSpec(),
            n_critic=5,
            source="Arjovsky, Chintala, Bottou 2017, arXiv 1701.07875",
        ),
        ModelSpec(
            name="wgan-gp",
            network=DcganSpec(critic_norm="group"),
            objective=Wasserstein(gradient_penalty=10.0),
            optimizer=AdamSpec(learning_rate=1e-4, beta_1=0.0, beta_2=0.9),
            n_critic=5,
            source="Gulrajani et al. 2017, arXiv 1704.00028",
        ),
        ModelSpec(
            name="cgan",
            network=EmbeddingSpec(),
            objective=Wasserstein(gradient_penalty=10.0),
            optimizer=AdamSpec(learning_rate=1e-4, beta_1=0.0, beta_2=0.9),
            source="hseghetto/PICME; Mirza & Osindero 2014, arXiv 1411.1784",
        ),
        ModelSpec(
            name="cdcgan",
            network=DcganSpec(conditional=True),
            objective=BinaryCrossEntropy(),
            optimizer=AdamSpec(),
            source="JersonGB22/CondicionalGAN-TensorFlow-PyTorch; Mirza & Osindero 2014, arXiv 1411.1784",
        ),
        ModelSpec(
            name="cwgan",
            network=UpsamplingSpec(),
            objective=Wasserstein(gradient_penalty=10.0),
            optimizer=AdamSpec(),
            n_critic=5,
            source="belkhir-nacim/ensta_ia321_image_generation; Gulrajani et al. 2017, arXiv 1704.00028",
        ),
        ModelSpec(
            name="pggan",
            network=GrowingSpec(),
            objective=Wasserstein(gradient_penalty=10.0, drift=0.001),
            optimizer=AdamSpec(learning_rate=1e-3, beta_1=0.0, beta_2=0.99),
            ema_decay=0.999,
            source="Karras et al. 2018, arXiv 1710.10196",
        ),
        ModelSpec(
            name="cpggan",
            network=GrowingSpec(conditional=True),
            objective=Wasserstein(gradient_penalty=10.0, drift=0.001),
            optimizer=AdamSpec(learning_rate=1e-3, beta_1=0.0, beta_2=0.99),
            ema_decay=0.999,
            source="hseghetto/PICME; Karras et al. 2018, arXiv 1710.10196",
        ),
        ModelSpec(
            name="stylegan",
            network=StyleSpec(),
            objective=Wasserstein(gradient_penalty=10.0, drift=0.001),
            optimizer=AdamSpec(learning_rate=1e-3, beta_1=0.0, beta_2=0.99),
            ema_decay=0.999,
            source="Karras et al. 2019, arXiv 1812.04948",
        ),
        ModelSpec(
            name="sngan",
            network=ResnetSpec(),
            objective=Hinge(),
            optimizer=AdamSpec(learning_rate=2e-4, beta_1=0.0, beta_2=0.9),
            n_critic=5,
            source="Miyato et al. 2018, arXiv 1802.05957",
        ),
        ModelSpec(
            name="cond-sngan",
            network=ResnetSpec(conditional=True),
            objective=Hinge(),
            optimizer=AdamSpec(learning_rate=2e-4, beta_1=0.0, beta_2=0.9),
            n_critic=5,
            source="Miyato, Koyama 2018, arXiv 1802.05637",
        ),
        ModelSpec(
            name="r3gan",
            network=R3ganSpec(),
            objective=Relativistic(r1=0.5, r2=0.5),
            optimizer=AdamSpec(learning_rate=2e-4, beta_1=0.0, beta_2=0.9),
            ema_decay=0.999,
            annealing=Annealing(learning_rate=5e-5, beta_2=0.99, r1=0.05, r2=0.05, averages_longer=True),
            source="Huang et al. 2025, arXiv 2501.05441",
        ),
    ),
)


def model_spec(name: str) -> ModelSpec:
    """The spec of the model called `name`.

    Raises:
        BadInput: no such model, with the nearest name; or a plug-in cannot be used.
    """
    return MODELS.find(name)
