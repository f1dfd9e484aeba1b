"""The check of an exported generator: its images against those of the engine that trained it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.drawing.draw import draw
from benchmarks.drawing.request import Request, Trained, inputs
from benchmarks.results.cell_folder import CellFolder
from common.array_files import map_images

IMAGES = 64
LARGEST_DIFFERENCE = 1

Images = NDArray[np.uint8]


def engine_images(trained: Trained) -> Images:
    """The first 64 images of the engine that trained the generator, uint8 (n, height, width, channels).

    They lie beside the weights, drawn when the training ended; where they do not, the engine draws them now.
    """
    file = CellFolder(trained.file.parent).samples_file
    if file.is_file():
        return np.array(map_images(file)[:IMAGES])
    return draw(Request(weights=trained.file, count=IMAGES, seed=trained.cell.seed))


def exported_images(model: bytes, trained: Trained, count: int) -> Images:
    """The same images from the exported generator, run by ONNX Runtime: same noise, classes in turn, no truncation."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    latents, labels, _ = inputs(Request(weights=Path(), count=count, seed=trained.cell.seed), trained)
    given = {"latents": latents} if labels is None else {"latents": latents, "labels": labels}
    network = trained.cell.model.network
    if network.has_styles:
        given |= {"mix_latents": latents[:, : network.latent_size], "truncation": np.array(1.0, np.float32)}
        given["mix_from"] = np.array(2 * trained.shape.image_size, np.int32)
    images: Images = session.run(None, given)[0]
    return images


def largest_difference(one: Images, other: Images) -> int:
    """In grey levels, 0 to 255."""
    return int(np.abs(one.astype(np.int16) - other.astype(np.int16)).max())
