"""Files in the layout of CelebA, made up: 178x218 JPEGs of about its size, a partition list and an attribute list."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

WIDTH, HEIGHT = 178, 218
_QUALITY = 80


def make_celeba(folder: Path, count: int, different: int = 2000) -> float:
    """Fill `folder` with `count` pictures, of which `different` differ and the rest are further names of those files.

    The pictures are smooth coloured noise with some grain, so that their size comes near to CelebA's mean of 7.1 kB.

    Returns:
        mean size of a file in bytes.
    """
    pictures = folder / "img_align_celeba"
    pictures.mkdir(parents=True, exist_ok=True)
    random = np.random.Generator(np.random.Philox(218))
    sizes = []
    for number in range(1, count + 1):
        path = pictures / f"{number:06d}.jpg"
        path.unlink(missing_ok=True)
        if number > different:
            os.link(pictures / f"{(number - 1) % different + 1:06d}.jpg", path)
            continue
        data = _picture(random)
        sizes.append(len(data))
        path.write_bytes(data)
    _lists(folder, count)
    return float(np.mean(sizes))


def _picture(random: np.random.Generator) -> bytes:
    coarse = Image.fromarray(random.integers(0, 256, (14, 11, 3), dtype=np.uint8))
    smooth = coarse.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(2))
    grain = random.normal(0, 4, (HEIGHT, WIDTH, 1))
    image = Image.fromarray(np.clip(np.asarray(smooth) + grain, 0, 255).astype(np.uint8))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()


def _lists(folder: Path, count: int) -> None:
    """The published proportions: 162,770 train, 19,867 valid and 19,962 test pictures of 202,599."""
    names = [f"{number:06d}.jpg" for number in range(1, count + 1)]
    first_valid, first_test = round(count * 162_770 / 202_599), round(count * 182_637 / 202_599)
    split = [0 if place < first_valid else 1 if place < first_test else 2 for place in range(count)]
    lines = [f"{name} {part}\n" for name, part in zip(names, split, strict=True)]
    (folder / "list_eval_partition.txt").write_text("".join(lines))
    lines = [f"{name} {1 if index % 2 else -1}\n" for index, name in enumerate(names)]
    (folder / "list_attr_celeba.txt").write_text(f"{count}\nSmiling\n" + "".join(lines))
