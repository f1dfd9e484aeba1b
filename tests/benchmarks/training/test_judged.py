"""Generators that a training leaves for the judge on its way: which, and at whose cost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.drawing.request import find_trained
from benchmarks.results.cell_folder import CellFolder
from common.specs.networks import GrowingSpec
from common.specs.phases import Stage
from common.tensor_files import load_tensors
from tests.benchmarks.training import numpy_engine

clock = numpy_engine.clock
loop = numpy_engine.loop
cell = numpy_engine.cell
judged_every = numpy_engine.judged_every
SAMPLE = numpy_engine.SAMPLE
Train = Any  # the fixture `loop`: see there


def test_generators_on_the_way_are_kept_for_the_judge_and_outside_of_the_clocked_training(
    loop: Train, tmp_path: Path
) -> None:
    plain, looked_at = cell(epochs=5), judged_every(cell(epochs=5), 2)
    assert (plain.judged_epochs(), looked_at.judged_epochs()) == ([], [2, 4, 5])
    assert (plain.id, plain.model_copy(update={"judge": looked_at.judge})) == (looked_at.id, looked_at)
    before, after = loop(plain, "plain")[0].run(), loop(looked_at, "looked at")[0].run()
    assert (before.losses, before.clocks.compile_seconds) == (after.losses, after.clocks.compile_seconds)
    for one, other, drawn in zip(before.clocks.epochs, after.clocks.epochs, (1, 2, 1, 2, 1), strict=True):
        assert (one.train_seconds, one.sampling_seconds) == (other.train_seconds, SAMPLE)
        assert other.sampling_seconds == drawn * SAMPLE
    place = CellFolder(tmp_path / "looked at")
    assert sorted(path.name for path in (place.path / "judged").iterdir()) == [
        f"epoch_000{epoch}.{kind}" for epoch in (2, 4) for kind in ("npy", "safetensors")
    ]
    _, notes = load_tensors(place.judged_generator_file(4))
    assert (notes["epoch"], find_trained(place.judged_generator_file(4)).cell) == (4, looked_at)
    two = load_tensors(place.judged_generator_file(2))[0]["generator.x.kernel"]
    short, _, _ = loop(cell(epochs=2), "short")
    short.run()
    np.testing.assert_array_equal(
        two, load_tensors(tmp_path / "short" / "generator.safetensors")[0]["generator.x.kernel"]
    )
    assert place.judged_samples_file(2).read_bytes() == (tmp_path / "short" / "samples.npy").read_bytes()


def test_growing_networks_are_judged_once_they_are_grown() -> None:
    """One epoch at 4, then at 8 one of fading in and one of staying, at 16 two and three: the last three are whole."""
    stages = (Stage(resolution=8), Stage(resolution=16, fade=2.0, stable=3.0))
    network = GrowingSpec(width=4, latent_size=3, deviation_group=2, stages=stages)
    made = cell(network, epochs=1)
    assert sum(phase.epochs for phase in made.phases()) == 8
    assert [judged_every(made, every).judged_epochs() for every in (1, 2, 7, 99)] == [[6, 7, 8], [6, 8], [7, 8], [8]]
