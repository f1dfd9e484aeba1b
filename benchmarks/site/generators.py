"""Trained generators for the playground: exported once per cell, kept beside it, and delivered as classic scripts.

A page that was opened from a folder may neither fetch files nor import modules; it may add a <script>. So everything
that the playground loads, its engine included, is a script that hands over base64 text.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.drawing.request import Trained, find_trained
from benchmarks.exporting.check import IMAGES
from benchmarks.exporting.export import export_onnx, read_exported
from benchmarks.exporting.network import input_shapes
from benchmarks.report.gathered import Gathered
from benchmarks.results.records import Record
from benchmarks.results.run_folder import file_name
from benchmarks.results.wording import title
from benchmarks.site.folder import SiteFolder
from common.errors import BadInput, GanbenchError
from common.specs.datasets import dataset_spec
from common.streams import Streams

_ENGINE = {
    "engine.js": "onnxruntime-web/dist/ort.wasm.bundle.min.mjs",
    "wasm.js": "onnxruntime-web/dist/ort-wasm-simd-threaded.wasm",
}
# of an exported generator, in the folder of its cell
GENERATOR = "generator.onnx"


@dataclass
class Generators:
    """What a playground draws with.

    Attributes:
        described: what the page has to know of each generator.
        lacks: a sentence for each that is not there.
        later: those that are not exported yet: the folder of the cell, by the name of the script that delivers it.
    """

    described: list[dict[str, Any]] = field(default_factory=list)
    lacks: list[str] = field(default_factory=list)
    later: dict[str, Path] = field(default_factory=dict)


def copy_engine(site: SiteFolder, modules: Path) -> int:
    """Put ONNX Runtime's build for browsers on the site, as scripts; returns their bytes."""
    scripts = {f"static/vendor/{name}": modules / file for name, file in _ENGINE.items()}
    names = [site.write(name, _packed(name, file)) for name, file in scripts.items()]
    return sum((site.path / name).stat().st_size for name in names)


@lru_cache(maxsize=len(_ENGINE))  # a site that follows a run is built again and again
def _packed(name: str, file: Path) -> str:
    return delivery(name, file.read_bytes())


def copy_generators(site: SiteFolder, gathered: Gathered, export: bool = True) -> Generators:
    """Put a generator of every model, data set and contender on the site, of the first seed that was trained.

    Args:
        site: where they go.
        gathered: the runs.
        export: whether those that are not exported yet are exported now; otherwise the page knows them already, and
            whoever serves the site has to export them.
    """
    chosen = [
        record for record in _first_seeds(gathered.records) if gathered.folders[record.cell.id].generator_file.is_file()
    ]
    made = Generators()
    if export:
        made.lacks += _export([gathered.folders[record.cell.id].path for record in chosen])
    for record in chosen:
        folder = gathered.folders[record.cell.id].path
        script = f"generators/{file_name(record.cell.label)}.js"
        if export and not is_fresh(folder / GENERATOR):
            continue  # why is said already
        try:
            trained = find_trained(folder)
        except BadInput as error:
            made.lacks.append(str(error))
            continue
        if is_fresh(folder / GENERATOR):
            read_exported(folder / GENERATOR)  # refuses a file that is not ours
            site.write(script, delivery(script, (folder / GENERATOR).read_bytes()))
        else:
            made.later[script] = folder
        made.described.append(_described(site, record, trained, script))
    return made


def _first_seeds(records: Sequence[Record]) -> list[Record]:
    first: dict[tuple[str, str, str], Record] = {}
    for record in records:
        cell = record.cell
        key = cell.model.name, cell.dataset, cell.contender
        if record.status == "finished" and (key not in first or cell.seed < first[key].cell.seed):
            first[key] = record
    return list(first.values())


def is_fresh(file: Path) -> bool:
    """Whether the exported generator `file` is there, and of the weights beside it."""
    source = file.with_name("generator.safetensors")
    return file.is_file() and file.stat().st_mtime >= source.stat().st_mtime


def _export(folders: Sequence[Path]) -> list[str]:
    """Export what is not there yet, all at once; where one fails, each alone. Returns why some could not be."""
    lacking = [folder for folder in folders if not is_fresh(folder / GENERATOR)]
    if not lacking:
        return []
    try:
        export_onnx(lacking, [folder / GENERATOR for folder in lacking], half=True)
    except BadInput as error:
        return [str(error)]
    except GanbenchError:
        troubles = []
        for folder in lacking:
            try:
                export_onnx([folder], [folder / GENERATOR], half=True)
            except GanbenchError as error:
                troubles.append(str(error))
        return troubles
    return []


def _described(site: SiteFolder, record: Record, trained: Trained, script: str) -> dict[str, Any]:
    cell, shape = record.cell, trained.shape
    inputs = input_shapes(cell.model.network, shape)
    size = inputs["latents"][0]
    noise = f"generators/noise-s{cell.seed}-{size}.js"
    site.write(noise, delivery(noise, _noise(cell.seed, size)))
    classes = list(dataset_spec(cell.dataset).classes)
    if "labels" in inputs and len(classes) != inputs["labels"][0]:
        classes = [str(number) for number in range(inputs["labels"][0])]
    return {
        "script": script, "noise": noise, "title": title(cell), "model": cell.model.name, "dataset": cell.dataset,
        "engine": cell.contender, "seed": cell.seed, "image": (shape.image_size, shape.image_size, shape.channels),
        "inputs": inputs, "latent": cell.model.network.latent_size, "classes": classes,
    }  # fmt: skip


def _noise(seed: int, size: int) -> bytes:
    """The noise of the first images that every engine drew at the end of its training, float32 (n, size)."""
    return np.ascontiguousarray(Streams(seed).evaluation_latents(0, IMAGES, size), dtype="<f4").tobytes()


def delivery(name: str, data: bytes) -> str:
    """The script `name` that hands over `data`."""
    text = base64.b64encode(gzip.compress(data, mtime=0)).decode()
    return f'ganbench.deliver("{name}", "{text}");\n'
