"""A line of text above a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from common.images import to_pillow

HEIGHT = 26


def captioned(picture: NDArray[np.uint8], scale: int, caption: str) -> Image.Image:
    """A picture (h, w, 1 or 3), each pixel `scale` by `scale`, below `caption` in the largest letters that fit."""
    body = to_pillow(picture, scale)
    frame = Image.new(body.mode, (body.width, body.height + HEIGHT), "white")
    frame.paste(body, (0, HEIGHT))
    pen = ImageDraw.Draw(frame)
    fonts = [ImageFont.load_default(size) for size in (15, 13, 11, 9)]
    font = next((each for each in fonts if pen.textlength(caption, each) <= frame.width - 8), fonts[-1])
    pen.text((4, 4), caption, "black", font)
    return frame
