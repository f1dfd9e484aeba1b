"""Feature maps: out of a dense layer's output and into a dense layer's input, larger and smaller."""

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
