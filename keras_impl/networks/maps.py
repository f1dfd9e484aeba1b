"""Feature maps: out of a dense layer's output and into a dense layer's input, larger and smaller."""

from keras import ops

from keras_impl.backends import Tensor


def to_maps(flat: Tensor, size: int) -> Tensor:
    """(n, size * size * channels) -> (n, size, size, channels)."""
    return ops.reshape(flat, (-1, size, size, flat.shape[1] // (size * size)))


def to_vector(maps: Tensor) -> Tensor:
    """(n, h, w, channels) -> (n, h * w * channels)."""
    _, height, width, channels = maps.shape
    return ops.reshape(maps, (-1, height * width * channels))


def double(maps: Tensor) -> Tensor:
    """Nearest-neighbour up-sampling by 2."""
    return ops.repeat(ops.repeat(maps, 2, axis=1), 2, axis=2)


def halve(maps: Tensor) -> Tensor:
    """Exact 2x2 means."""
    return ops.average_pool(maps, 2, 2)


def double_bilinear(maps: Tensor) -> Tensor:
    """Bilinear up-sampling by 2: 3/4 of the nearest value and 1/4 of the next, zeros outside, along both axes."""
    return _doubled(_doubled(maps, 1), 2)


def halve_bilinear(maps: Tensor) -> Tensor:
    """Bilinear down-sampling by 2: the four nearest values by 1, 3, 3, 1 eighths, zeros outside, along both axes."""
    return _halved(_halved(maps, 1), 2)


def _padded(maps: Tensor, axis: int) -> Tensor:
    return ops.pad(maps, ((0, 0), (1, 1), (0, 0), (0, 0)) if axis == 1 else ((0, 0), (0, 0), (1, 1), (0, 0)))


def _doubled(maps: Tensor, axis: int) -> Tensor:
    """(n, h, w, channels), `axis` 1 or 2."""
    size, padded = maps.shape[axis], _padded(maps, axis)
    cuts = [slice(start, start + size) for start in range(3)]
    before, here, after = (padded[:, cut] if axis == 1 else padded[:, :, cut] for cut in cuts)
    pair = [0.25 * before + 0.75 * here, 0.75 * here + 0.25 * after]
    shape = [2 * side if index == axis else side for index, side in enumerate(maps.shape)]
    return ops.reshape(ops.stack(pair, axis + 1), (-1, *shape[1:]))


def _halved(maps: Tensor, axis: int) -> Tensor:
    """(n, h, w, channels), `axis` 1 or 2."""
    size, padded = maps.shape[axis], _padded(maps, axis)
    every_second = [slice(start, start + size - 1, 2) for start in range(4)]
    a, b, c, d = (padded[:, each] if axis == 1 else padded[:, :, each] for each in every_second)
    return 0.125 * (a + d) + 0.375 * (b + c)
