"""What is done in which order, the most valuable first, so that a cut loses the least."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.matrix.expand import expand
from benchmarks.matrix.file import Matrix
from benchmarks.racing.record import Rules
from common.specs.cell import Cell
from common.specs.engines import ENGINES

DATASET = "toy-shapes"  # drawn on the spot: a lent machine may have no network and no data
FIRST = ("dcgan", "wgan-gp")
REST = ("stylegan", "pggan", "cpggan", "cdcgan", "lsgan", "wgan", "cwgan", "cgan")
PRECISIONS = ("fp32", "tf32", "bf16")
# every engine as itself, and compiled where that is not how it starts
CONTENDERS = ("torch", "torch:compiled", "keras-tf", "keras-tf:compiled", "keras-jax", "keras-torch")


@dataclass(frozen=True)
class Plan:
    """How much is done.

    Attributes:
        first, rest: models, in order; the first in all precisions and several incarnations, the rest in one of each.
        size, batch, width: of images in pixels, of batches, of networks that have one (None: the model's own).
        rest_precision: what the rest race in.
        incarnations: of the first races.
        window: seconds of a window.
        rounds: of an incarnation.
        prove_rest: whether the rest climb the ladder, too.
    """

    first: tuple[str, ...] = FIRST
    rest: tuple[str, ...] = REST
    size: int = 64
    batch: int = 64
    width: int | None = None
    precisions: tuple[str, ...] = PRECISIONS
    rest_precision: str = "tf32"
    incarnations: int = 3
    window: float = 0.3
    rounds: int = 2
    prove_rest: bool = True

    def rules(self, incarnations: int) -> Rules:
        """Of a race that ends after so many incarnations."""
        seconds = {"window_seconds": self.window, "minutes": 1e-3}
        return Rules(rounds=self.rounds, incarnations=incarnations, precision=1e-3, **seconds)

    def cells(self, model: str, engines: Sequence[str], precisions: Sequence[str], device: str) -> list[Cell]:
        """The contenders of a race of `model` on `device` ("cpu", "cuda:0"), of those `engines` that are there."""
        training = {"image_size": self.size, "batch_size": self.batch, "max_images": 64 * self.batch}
        named = [name for name in CONTENDERS if name.partition(":")[0] in engines]
        matrix = Matrix(
            name="gpu",
            models=(model,),
            engines=tuple(f"{name}:{precision}" for precision in precisions for name in named),
            datasets=(DATASET,),
            device=device,
            training=training,
            overrides={} if self.width is None else {model: {"network.width": self.width}},
        )
        return expand(matrix)


# a trial on the CPU of whether everything works: its numbers mean nothing
SMALL = Plan(
    first=("dcgan", "wgan-gp"),
    rest=("stylegan",),
    size=16,
    batch=8,
    width=8,
    precisions=("fp32", "bf16"),
    rest_precision="fp32",
    incarnations=2,
    window=0.05,
    rounds=1,
    prove_rest=False,
)


def present(states: dict[str, str]) -> list[str]:
    """The engines that start here; `states` are the doctor's, by check."""
    return [name for name in ENGINES if states.get(f"engine {name}") == "ok"]
