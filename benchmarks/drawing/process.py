"""The sampler: one process that loads a generator into one engine and draws what a request asks for.

Usage: python -m benchmarks.drawing.process REQUEST.json
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from benchmarks.drawing.request import Request, find_trained, inputs
from benchmarks.running.worker import Emitter, build_engine
from benchmarks.training.checkpoints import load_tensors
from common.engine import Engine, Style, Weights
from common.errors import BadInput, GanbenchError
from common.files import atomic_write
from common.specs.cell import check_engine


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


def main() -> int:
    """Draw and save; errors meant for the user become a `failed` event."""
    request = Request.model_validate_json(Path(sys.argv[1]).read_text(encoding="utf-8"))
    emit = Emitter()
    try:
        trained = find_trained(request.weights)
        engine_name = request.engine or trained.cell.engine
        execution = trained.cell.execution if engine_name == trained.cell.engine else check_engine(engine_name)
        cell = trained.cell.model_copy(update={"engine": engine_name, "execution": execution, "device": "cpu"})
        engine = build_engine(cell, trained.shape)
        if len(phases := cell.phases()) > 1:
            engine.begin_phase(phases[-1])
        load_generator(engine, load_tensors(request.weights)[0])
        latents, labels, mixed = inputs(request, trained)
        style = None
        if request.truncation is not None or mixed is not None:
            style = Style(truncation=request.truncation, mix_latents=mixed, mix_from=request.mix_from or 0)
        images = engine.generate(latents, labels, style=style)
        assert request.out is not None
        with atomic_write(request.out) as handle:
            np.save(handle, images)
    except GanbenchError as error:
        emit({"event": "failed", "reason": str(error)})
        return error.exit_code
    emit({"event": "finished"})
    return 0


if __name__ == "__main__":
    sys.exit(main())
