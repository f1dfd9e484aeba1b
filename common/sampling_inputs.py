"""What a generator is called with when it draws: inputs with one row an image, and inputs that all images share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from common.engine import Style

Arrays = dict[str, NDArray]


def sampling_inputs(
    latents: NDArray[np.float32],
    labels: NDArray[np.float32] | None,
    alpha: float,
    style: Style | None,
    grows: bool,
) -> tuple[Arrays, Arrays]:
    """The generator's arguments by name: (n, ...) arrays, to be cut into chunks, and 0-d arrays.

    Args:
        latents: noise, (n, size).
        labels: class weights, (n, classes), or None.
        alpha: weight of the newest block; passed on only where the network grows.
        style: truncation and mixing of a style-based generator, or None.
    """
    by_row: Arrays = {"latents": latents}
    by_call: Arrays = {}
    if labels is not None:
        by_row["labels"] = labels
    if grows:
        by_call["alpha"] = np.array(alpha, dtype=np.float32)
    if style is not None and style.truncation is not None:
        by_call["truncation"] = np.array(style.truncation, dtype=np.float32)
    if style is not None and style.mix_latents is not None:
        by_row["mix_latents"] = style.mix_latents
        by_call["mix_from"] = np.array(style.mix_from, dtype=np.int32)
    return by_row, by_call
