"""Encoded pictures of every kind users have, as plain 8-bit grey or RGB.

Only the first frame of an animation is used; EXIF rotation is applied; transparent parts lie on white; 16-bit grey is
scaled to 8 bits; CMYK and palettes are converted by Pillow; grey to colour repeats the channel, colour to grey is the
ITU-R 601-2 luma.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from common.data.raw import Pixels

MAX_PIXELS = 64_000_000
# Pillow knows more, some of which it hands to other programs (EPS to Ghostscript); phones' MPO comes as JPEG
_FORMATS = ("JPEG", "PNG", "GIF", "BMP", "DIB", "WEBP", "PPM", "TIFF")
_SIXTEEN_BIT = ("I;16", "I;16B", "I;16L", "I;16N", "I")
_GREY = ("1", "L", "LA", "La", *_SIXTEEN_BIT)
_TRANSPARENT = ("RGBA", "LA", "PA", "La", "RGBa")
_MAY_BE_ROTATED = ("TIFF", "MPO", "WEBP")

# what it makes of damaged files is said once, by PictureError or by the picture
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


class PictureError(Exception):
    """A picture that cannot be used; the message is the reason, without the picture's name."""


def decode(data: bytes, channels: int | None) -> Image.Image:
    """The picture in `data` as a Pillow image of mode `L` (channels 1) or `RGB` (channels 3).

    Without `channels` a picture that is stored in grey stays grey, and all others become RGB.

    Raises:
        PictureError: not a picture, cut off, damaged, or too large to be sensible.
    """
    try:
        image: Image.Image = Image.open(io.BytesIO(data), formats=_FORMATS)
        if image.width * image.height > MAX_PIXELS:
            raise PictureError(f"{image.width} x {image.height} pixels are more than {MAX_PIXELS:,}")
        image.load()
        if "exif" in image.info or image.format in _MAY_BE_ROTATED:
            image = ImageOps.exif_transpose(image)
        return _plain(image, channels or (1 if image.mode in _GREY else 3))
    except PictureError:
        raise
    except UnidentifiedImageError as error:
        raise PictureError(_what_else(data)) from error
    except Image.DecompressionBombError as error:
        raise PictureError(f"more than {MAX_PIXELS:,} pixels") from error
    except (OSError, ValueError, SyntaxError, struct.error, zlib.error, EOFError, IndexError, KeyError) as error:
        raise PictureError(f"damaged or cut off: {error}") from error
    except (TypeError, OverflowError, MemoryError, NotImplementedError, AttributeError) as error:
        raise PictureError(f"Pillow cannot read it: {error}") from error


def to_channels(pixels: Pixels, channels: int) -> Pixels:
    """Decoded uint8 (h, w), (h, w, 1) or (h, w, 3) as (h, w) for one channel or (h, w, 3) for three."""
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    if channels == 1:
        return pixels if pixels.ndim == 2 else np.asarray(Image.fromarray(pixels).convert("L"))
    return pixels if pixels.ndim == 3 else np.repeat(pixels[:, :, None], 3, axis=2)


def looks_like_html(start: bytes) -> bool:
    """Whether a file's first bytes are a web page: what a refused download is saved as."""
    return start.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype", b"<html", b"<?xml", b"<head"))


def _plain(image: Image.Image, channels: int) -> Image.Image:
    mode = "L" if channels == 1 else "RGB"
    if image.mode == mode:
        return image
    if image.mode in _SIXTEEN_BIT:
        image = _eight_bit(image)
    elif image.mode == "F":
        raise PictureError("floating-point pixels have no fixed range")
    elif image.mode in _TRANSPARENT or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(white, image).convert("RGB")
    elif image.mode not in ("1", "L", "RGB"):
        image = image.convert("RGB")
    return image if image.mode == mode else image.convert(mode)


def _eight_bit(image: Image.Image) -> Image.Image:
    """16-bit grey scaled so that 65535 becomes 255, rounded to nearest."""
    wide = np.asarray(image).astype(np.int64)
    if wide.min() < 0 or wide.max() > 65535:
        raise PictureError("pixels beyond 16 bits")
    return Image.fromarray(((wide * 255 + 32767) // 65535).astype(np.uint8))


def _what_else(data: bytes) -> str:
    if not data:
        return "the file is empty"
    return "it is a web page" if looks_like_html(data[:512]) else "it is no picture of a kind that is read here"
