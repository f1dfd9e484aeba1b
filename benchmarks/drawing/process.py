"""The drawing process: loads a generator into one engine and draws what a request asks for.

Usage: python -m benchmarks.drawing.process REQUEST.json
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from benchmarks.drawing.request import Request, Trained, find_trained, inputs
from benchmarks.machine.events import Emitter, report
from benchmarks.running.engines import build_engine
from common.engine import Engine, Style, Weights
from common.errors import BadInput
from common.files import atomic_write
from common.specs.engines import check_engine
from common.tensor_files import load_tensors


def load_generator(engine: Engine, weights: Weights) -> None:
    """Set the generator's weights and leave the discriminator as it is.

    Raises:
        BadInput: the weights belong to another architecture; the first tensor that differs is named.
    """
    every = engine.weights()
    for name in every:
        if name.startswith("generator") and name not in weights:
            raise BadInput(f"These weights belong to another architecture: {name} is not in the file.")
    engine.load_weights({**every, **weights})


def ready_engine(request: Request, trained: Trained) -> Engine:
    """The engine that the request names (None: the one that trained), in the last phase, with the trained weights."""
    name = request.engine or trained.cell.engine
    execution = trained.cell.execution if name == trained.cell.engine else check_engine(name)
    cell = trained.cell.model_copy(update={"engine": name, "execution": execution, "device": "cpu"})
    engine = build_engine(cell, trained.shape)
    if len(phases := cell.phases()) > 1:
        engine.begin_phase(phases[-1])
    load_generator(engine, load_tensors(request.weights)[0])
    return engine


def draw(emit: Emitter) -> int:
    """Draw and save what the request on the command line asks for."""
    request = Request.model_validate_json(Path(sys.argv[1]).read_text(encoding="utf-8"))
    trained = find_trained(request.weights)
    engine = ready_engine(request, trained)
    latents, labels, mixed = inputs(request, trained)
    style = None
    if request.truncation is not None or mixed is not None:
        style = Style(truncation=request.truncation, mix_latents=mixed, mix_from=request.mix_from or 0)
    images = engine.generate(latents, labels, style=style)
    assert request.out is not None
    with atomic_write(request.out) as handle:
        np.save(handle, images)
    emit({"event": "finished"})
    return 0


if __name__ == "__main__":
    sys.exit(report(draw))
