"""Convert the published weights of an extractor to the ONNX file that the judge runs.

    python -m benchmarks.scoring.extractors.convert efficientnet-lite0
    python -m benchmarks.scoring.extractors.convert inception [--weights FILE | --download]

Needs torch (and torch-fidelity for inception). The weights must have the pinned SHA-256; the exported file is compared
with the torch module on random images before it is kept; a note beside it says what it was made from.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.scoring.extractors import efficientnet_lite0, inception
from benchmarks.scoring.extractors.onnx_export import export
from common.data.cache import cache_root
from common.data.download import download
from common.errors import BadInput, GanbenchError, unknown_name
from common.files import sha256_of, write_text
from common.metrics.extractors.converted import PUBLISHED, Published, model_file, note_file

LARGEST_DIFFERENCE = 1e-4
_BUILDERS: dict[str, tuple[Callable[[Path], Any], int]] = {
    "efficientnet-lite0": (efficientnet_lite0.build, efficientnet_lite0.SIZE),
    "inception": (inception.build, inception.SIZE),
}


def convert(name: str, weights: Path, folder: Path) -> Path:
    """Export the weights of extractor `name` to its ONNX file below the cache folder; the path of that file.

    Raises:
        BadInput: no such extractor, wrong weights, or a package that the conversion needs is missing.
        GanbenchError: the exported file does not compute what the torch module computes.
    """
    if name not in _BUILDERS:
        raise unknown_name("extractor to convert", name, _BUILDERS)
    published, (build, size) = PUBLISHED[name], _BUILDERS[name]
    check_published(weights, published)
    try:
        network = build(weights)
    except ImportError as error:
        raise BadInput(
            f"Converting {name} needs the package {error.name}: pip install {published.packages}."
        ) from error
    target = model_file(folder, name)
    export(network, size, 3, target)
    difference = largest_difference(network, target, size)
    if difference > LARGEST_DIFFERENCE:
        target.unlink()
        raise GanbenchError(
            f"The exported {name} differs from the torch module by {difference:.1e}: try another torch."
        )
    note = {
        "name": name,
        "weights_sha256": published.download.sha256,
        "onnx_sha256": sha256_of(target),
        "largest_relative_difference": difference,
        "torch": _torch_version(),
    }
    write_text(note_file(folder, name), json.dumps(note, indent=2) + "\n")
    return target


def check_published(weights: Path, published: Published) -> None:
    """Raises BadInput unless the file exists and has the published hash."""
    if not weights.is_file():
        raise BadInput(f"No weights file {weights}: {published.how_to_get}")
    found = sha256_of(weights)
    if found != published.download.sha256:
        raise BadInput(
            f"{weights} is not {published.download.name} (SHA-256 {found[:16]}..., should be "
            f"{published.download.sha256[:16]}...): {published.how_to_get}"
        )


def largest_difference(network: Any, model: Path, size: int) -> float:
    """Largest difference between torch and ONNX Runtime on 4 random images, relative to the largest output."""
    import onnxruntime
    import torch

    images = np.random.default_rng(0).uniform(0, 255, (4, size, size, 3)).astype(np.float32)
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    with torch.no_grad():
        expected = [output.numpy() for output in network(torch.from_numpy(images))]
    found = session.run(["features", "logits"], {"images": images})
    return max(float(np.abs(f - e).max() / np.abs(e).max()) for f, e in zip(found, expected, strict=True))


def find_weights(name: str, given: Path | None, folder: Path, fetch: bool) -> Path:
    """The weights file: as given, from the installed package, in CACHE/weights, or downloaded there.

    Raises:
        BadInput: there is none; the sentence says what to put where. GanbenchError: the download failed.
    """
    if given is not None:
        return given
    if name == "efficientnet-lite0":
        try:
            return efficientnet_lite0.published_weights()
        except ImportError as error:
            raise BadInput(f"The weights of {name} are not installed: {PUBLISHED[name].how_to_get}") from error
    file = PUBLISHED[name].download
    return download(file, folder / "weights") if fetch else folder / "weights" / file.name


def _torch_version() -> str:
    import torch

    return str(torch.__version__)


def main(arguments: list[str] | None = None) -> int:
    """Run the script; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scoring.extractors.convert", description=__doc__)
    parser.add_argument("name", help="efficientnet-lite0 or inception")
    parser.add_argument("--weights", type=Path, help="the published weights file")
    parser.add_argument("--download", action="store_true", help="fetch the weights if they are not there")
    parser.add_argument("--cache-dir", type=Path, help="where the ONNX file goes (default: the cache of ganbench)")
    options = parser.parse_args(arguments)
    folder = cache_root(options.cache_dir)
    try:
        if options.name not in _BUILDERS:
            raise unknown_name("extractor to convert", options.name, _BUILDERS)
        print(convert(options.name, find_weights(options.name, options.weights, folder, options.download), folder))
    except GanbenchError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
