"""Lines of text above a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from common.images import to_pillow

# of a line, in pixels
HEIGHT = 26


def captioned(picture: NDArray[np.uint8], scale: int, *lines: str) -> Image.Image:
    """A picture (h, w, 1 or 3), each pixel `scale` by `scale`, below `lines`, each in the largest letters that fit."""
    body = to_pillow(picture, scale)
    top = HEIGHT * len(lines)
    frame = Image.new(body.mode, (body.width, body.height + top), "white")
    frame.paste(body, (0, top))
    pen = ImageDraw.Draw(frame)
    fonts = [ImageFont.load_default(size) for size in (15, 13, 11, 9)]
    for index, line in enumerate(lines):
        font = next((each for each in fonts if pen.textlength(line, each) <= frame.width - 8), fonts[-1])
        pen.text((4, 4 + index * HEIGHT), line, "black", font)
    return frame
