"""Feature maps: out of a dense layer's output and into a dense layer's input, larger and smaller."""

import torch
import torch.nn.functional as F
from torch import Tensor


def to_maps(flat: Tensor, size: int) -> Tensor:
    """(n, size * size * channels) -> (n, channels, size, size); viewed as NHWC it already is channels_last memory."""
    return flat.unflatten(1, (size, size, -1)).permute(0, 3, 1, 2)


def to_vector(maps: Tensor) -> Tensor:
    """(n, channels, h, w) -> (n, h * w * channels), in NHWC order."""
    return maps.permute(0, 2, 3, 1).flatten(1)


def double(maps: Tensor) -> Tensor:
    """Nearest-neighbour up-sampling by 2."""
    return F.interpolate(maps, scale_factor=2)


def halve(maps: Tensor) -> Tensor:
    """Exact 2x2 means."""
    return F.avg_pool2d(maps, 2)


def double_bilinear(maps: Tensor) -> Tensor:
    """Bilinear up-sampling by 2: 3/4 of the nearest value and 1/4 of the next, zeros outside, along both axes."""
    return _doubled(_doubled(maps.permute(0, 2, 3, 1), 1), 2).permute(0, 3, 1, 2)


def halve_bilinear(maps: Tensor) -> Tensor:
    """Bilinear down-sampling by 2: the four nearest values by 1, 3, 3, 1 eighths, zeros outside, along both axes."""
    return _halved(_halved(maps.permute(0, 2, 3, 1), 1), 2).permute(0, 3, 1, 2)


def _padded(maps: Tensor, axis: int) -> Tensor:
    return F.pad(maps, (0, 0, 0, 0, 1, 1) if axis == 1 else (0, 0, 1, 1))


def _doubled(maps: Tensor, axis: int) -> Tensor:
    """(n, h, w, channels), `axis` 1 or 2."""
    size, padded = maps.shape[axis], _padded(maps, axis)
    before, here, after = (padded.narrow(axis, start, size) for start in range(3))
    pair = [0.25 * before + 0.75 * here, 0.75 * here + 0.25 * after]
    return torch.stack(pair, axis + 1).flatten(axis, axis + 1)


def _halved(maps: Tensor, axis: int) -> Tensor:
    """(n, h, w, channels), `axis` 1 or 2."""
    size, padded = maps.shape[axis], _padded(maps, axis)
    every_second = [slice(start, start + size - 1, 2) for start in range(4)]
    a, b, c, d = (padded[:, each] if axis == 1 else padded[:, :, each] for each in every_second)
    return 0.125 * (a + d) + 0.375 * (b + c)
