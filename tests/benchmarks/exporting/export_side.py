"""Untrained generators with lively weights as cells' folders, and images of their engine beside them.

Usage: python export_side.py FOLDER ENGINE MODEL...
"""

import sys
from pathlib import Path

import numpy as np

from benchmarks.drawing.request import Request, Trained, inputs
from benchmarks.matrix.expand import expand
from benchmarks.matrix.file import parse_matrix
from benchmarks.running.engines import build_engine
from common.engine import Style
from common.initial_weights import initial_weights
from common.specs.networks import NetworkShape
from common.tensor_files import save_tensors

MATRIX = """
models = ["{model}"]
engines = ["{engine}"]
datasets = ["mnist-5k"]
device = "cpu"

[training]
image_size = 16
"""


def make(folder, engine_name, model):
    cell = expand(parse_matrix(MATRIX.format(model=model, engine=engine_name)))[0]
    width = {"network": cell.model.network.model_copy(update={"width": 16})}
    cell = cell.model_copy(update={"model": cell.model.model_copy(update=width)})
    shape = NetworkShape(image_size=16, channels=1, classes=10)
    engine = build_engine(cell, shape)
    engine.begin_phase(cell.phases()[-1])
    rule = cell.model.network.initialization
    rule = rule.model_copy(update={"kernel_std": max(rule.kernel_std, 0.15), "scale_std": 0.3})
    engine.load_weights(initial_weights(engine.weight_shapes(), len(engine_name), rule))
    generator = {name: array for name, array in engine.weights().items() if name.startswith("generator")}
    notes = {"cell": cell.model_dump(mode="json"), "shape": shape.model_dump(mode="json")}
    place = folder / f"{model}-{engine_name}"
    place.mkdir(parents=True)
    save_tensors(place / "generator.safetensors", generator, notes)
    trained = Trained(cell=cell, shape=shape, file=place / "generator.safetensors")
    latents, labels, _ = inputs(Request(weights=place, count=20), trained)
    np.save(place / "samples.npy", engine.generate(latents, labels))
    if cell.model.network.has_styles:
        style = Style(truncation=0.6, mix_latents=latents[::-1, : cell.model.network.latent_size], mix_from=8)
        np.save(place / "styled.npy", engine.generate(latents, style=style))
    if labels is not None:
        np.save(place / "blended.npy", engine.generate(latents, 0.3 * labels + 0.7 * labels[::-1]))


for name in sys.argv[3:]:
    make(Path(sys.argv[1]), sys.argv[2], name)
