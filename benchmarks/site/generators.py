"""Trained generators for the playground: exported once per cell, kept beside it, and delivered as classic scripts.

A page that was opened from a folder may neither fetch files nor import modules; it may add a <script>. So everything
that the playground loads, its engine included, is a script that hands over base64 text.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.exporting.check import IMAGES
from benchmarks.exporting.export import Exported, export_onnx, read_exported
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
_NAME = "generator.onnx"


def copy_engine(site: SiteFolder, modules: Path) -> int:
    """Put ONNX Runtime's build for browsers on the site, as scripts; returns their bytes."""
    names = [_deliver(site, f"static/vendor/{name}", (modules / file).read_bytes()) for name, file in _ENGINE.items()]
    return sum((site.path / name).stat().st_size for name in names)


def copy_generators(site: SiteFolder, gathered: Gathered) -> tuple[list[dict[str, Any]], list[str]]:
    """Put a generator of every model, data set and contender on the site, of the first seed that was trained.

    Returns:
        What the playground has to know of each, and why some are not there.
    """
    chosen = [
        record for record in _first_seeds(gathered.records) if gathered.folders[record.cell.id].generator_file.is_file()
    ]
    made, troubles = [], _export([gathered.folders[record.cell.id].path for record in chosen])
    for record in chosen:
        file = gathered.folders[record.cell.id].path / _NAME
        exported = read_exported(file) if _is_fresh(file) else None
        if exported is not None:
            made.append(_described(site, record, exported, file))
    return made, troubles


def _first_seeds(records: Sequence[Record]) -> list[Record]:
    first: dict[tuple[str, str, str], Record] = {}
    for record in records:
        cell = record.cell
        key = cell.model.name, cell.dataset, cell.contender
        if record.status == "finished" and (key not in first or cell.seed < first[key].cell.seed):
            first[key] = record
    return list(first.values())


def _is_fresh(file: Path) -> bool:
    source = file.with_name("generator.safetensors")
    return file.is_file() and file.stat().st_mtime >= source.stat().st_mtime


def _export(folders: Sequence[Path]) -> list[str]:
    """Export what is not there yet, all at once; where one fails, each alone. Returns why some could not be."""
    lacking = [folder for folder in folders if not _is_fresh(folder / _NAME)]
    if not lacking:
        return []
    try:
        export_onnx(lacking, [folder / _NAME for folder in lacking], half=True)
    except BadInput as error:
        return [str(error)]
    except GanbenchError:
        troubles = []
        for folder in lacking:
            try:
                export_onnx([folder], [folder / _NAME], half=True)
            except GanbenchError as error:
                troubles.append(str(error))
        return troubles
    return []


def _described(site: SiteFolder, record: Record, exported: Exported, file: Path) -> dict[str, Any]:
    cell = record.cell
    size = exported.inputs["latents"][0]
    noise = f"noise-s{cell.seed}-{size}"
    _deliver(site, f"generators/{noise}.js", _noise(cell.seed, size))
    script = _deliver(site, f"generators/{file_name(cell.label)}.js", file.read_bytes())
    classes = list(dataset_spec(cell.dataset).classes)
    if "labels" in exported.inputs and len(classes) != exported.inputs["labels"][0]:
        classes = [str(number) for number in range(exported.inputs["labels"][0])]
    return {
        "script": script, "noise": f"generators/{noise}.js", "title": title(cell), "model": cell.model.name,
        "dataset": cell.dataset, "engine": exported.engine, "seed": cell.seed, "image": exported.image,
        "inputs": exported.inputs, "latent": cell.model.network.latent_size, "classes": classes,
        "difference": exported.largest_difference, "bytes": file.stat().st_size, "storage": exported.storage,
    }  # fmt: skip


def _noise(seed: int, size: int) -> bytes:
    """The noise of the first images that every engine drew at the end of its training, float32 (n, size)."""
    return np.ascontiguousarray(Streams(seed).evaluation_latents(0, IMAGES, size), dtype="<f4").tobytes()


def _deliver(site: SiteFolder, name: str, data: bytes) -> str:
    """Write `data` as a script that hands it over under its own name; returns the name."""
    text = base64.b64encode(gzip.compress(data, mtime=0)).decode()
    return site.write(name, f'ganbench.deliver("{name}", "{text}");\n')
