"""Pictures for people: quantising, grids, animations; pure NumPy and Pillow on uint8 NHWC arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def quantize(images: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Images in -1..1 to uint8: round (x + 1) * 127.5 to the nearest level, ties to even, clipped to 0..255.

    The only quantisation in the project: every engine's samples pass through it, so scores and pictures
    never depend on a framework's rounding.

    Raises:
        ValueError: the images contain NaN or infinite values; the message counts them.
    """
    finite = np.isfinite(images)
    if not finite.all():
        broken = int((~finite.reshape(len(images), -1).all(axis=1)).sum())
        raise ValueError(f"{broken} of {len(images)} images contain values that are not finite.")
    return np.clip(np.rint((images.astype(np.float64) + 1.0) * 127.5), 0, 255).astype(np.uint8)
