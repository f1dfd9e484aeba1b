"""FLOPs counted from specs, against torch's own counter for every model and phase, and by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.machine.python import python_environment
from benchmarks.parity.jobs import parity_cell
from common.flops.count import Flops, backward, count_flops
from common.flops.layers import Layers, layers
from common.specs.cell import Cell, override
from common.specs.models import MODELS, ModelSpec, model_spec
from common.specs.networks import NetworkShape, NetworkSpec
from common.specs.objectives import Relativistic
from common.specs.phases import Phase

DATASET, SHAPE = "mnist-5k", NetworkShape(image_size=16, channels=1, classes=10)


def cell_of(model: ModelSpec) -> Cell:
    return parity_cell(model, "torch", "eager", "fp32", DATASET, 8)


def zeros_multiplied_by_torch(found: Layers, model: ModelSpec) -> int:
    """What torch's iteration has on top, per image of a batch: LeakyReLU's second derivative is zero, and where a
    penalty makes one, torch sends a tensor of zeros back through the forward pass of all layers but the last."""
    if "gradient_penalty" not in model.objective.penalties:
        return 0  # R1's and R2's zeros are added to a gradient that goes this way anyway
    return model.n_critic * backward(layer for layer in found.discriminator[:-1] if not layer.before_curve)


def by_torch(*models: ModelSpec) -> list[list[dict[str, int]]]:
    cells = [cell_of(model).model_dump_json() for model in models]
    command = [sys.executable, str(Path(__file__).with_name("torch_side.py")), *cells]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=python_environment())
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


VARIANTS = {
    "three updates on one batch": ("dcgan", {"n_critic": 3}),
    "penalty without norm": ("wgan-gp", {"network.critic_norm": "none"}),
    "spectral norm": ("wgan-gp", {"network.critic_norm": "spectral"}),
    "class by embedding, penalty with norm": ("cgan", {"network.critic_norm": "group"}),
    "residual critic without norm, with a penalty": (
        "cond-sngan",
        {"network.critic_norm": "none", "objective.gradient_penalty": 10.0},
    ),
    "pairs, R1 and R2": ("wgan-gp", {"objective": Relativistic(r1=1.0, r2=1.0).model_dump(), "n_critic": 2}),
    "pairs, R1, no norm": ("dcgan", {"objective": Relativistic(r1=1.0).model_dump(), "network.critic_norm": "none"}),
    "upsampling without class": ("cwgan", {"network.conditional": False}),
}


def asked_for(name: str) -> ModelSpec:
    model, changes = VARIANTS.get(name, (name, {}))
    return override(model_spec(model), changes)


@pytest.fixture(scope="module")
def torch_counts() -> dict[str, list[dict[str, int]]]:
    names = [*MODELS, *VARIANTS]
    return dict(zip(names, by_torch(*map(asked_for, names)), strict=True))


@pytest.mark.parametrize("name", [*MODELS, *VARIANTS])
def test_every_phase_of_every_model_is_counted_as_by_torch(name: str, torch_counts: dict) -> None:
    cell = cell_of(asked_for(name))
    model, phases = cell.model, cell.phases()
    assert len(torch_counts[name]) == len(phases)
    for phase, theirs in zip(phases, torch_counts[name], strict=True):
        ours, found = count_flops(model, SHAPE, phase), layers(model.network, SHAPE, phase)
        assert ours is not None
        assert ours.generator * phase.batch_size == theirs["generator"]
        assert ours.discriminator * phase.batch_size == theirs["discriminator"]
        assert ours.iteration == theirs["iteration"] - phase.batch_size * zeros_multiplied_by_torch(found, model)


def test_a_small_dcgan_by_hand() -> None:
    """8x8 images, width 2, latent 3, batches of 5: two layers in the generator, two in the discriminator."""
    model = override(model_spec("dcgan"), {"network.width": 2, "network.latent_size": 3})
    shape, phase = NetworkShape(image_size=8, channels=1), Phase(resolution=8, fading=False, epochs=1, batch_size=5)
    project, to_image = 2 * 3 * 16 * 2, 2 * 2 * 1 * 16 * 16
    from_image, score = 2 * 1 * 2 * 16 * 16, 2 * 16 * 2 * 1
    generator = 2 * project + 3 * to_image  # no gradient at the noise
    on_real_and_fake = 2 * (2 * from_image + 3 * score)  # none at the images
    for_the_generator = 2 * from_image + 2 * score  # none of the discriminator's weights
    counted = count_flops(model, shape, phase)
    assert counted == Flops(
        project + to_image, from_image + score, 5 * (generator + on_real_and_fake + for_the_generator)
    )


def test_flops_grow_with_the_batch_and_about_quadratically_with_the_width() -> None:
    def iteration(batch: int, width: int) -> int:
        phase = Phase(resolution=16, fading=False, epochs=1, batch_size=batch)
        counted = count_flops(override(model_spec("dcgan"), {"network.width": width}), SHAPE, phase)
        assert counted is not None
        return counted.iteration

    assert iteration(64, 32) == 2 * iteration(32, 32)
    assert 3.5 < iteration(32, 128) / iteration(32, 64) < 4


def test_a_family_that_does_not_tell_its_layers_is_not_counted() -> None:
    class Silent(NetworkSpec):
        family: str = "silent"

    model = model_spec("dcgan").model_copy(update={"network": Silent()})
    assert count_flops(model, SHAPE, Phase(resolution=16, fading=False, epochs=1, batch_size=2)) is None
