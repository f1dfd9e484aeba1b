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
    pair = [
        0.25 * _cut(padded, axis, None, size) + 0.75 * maps,
        0.75 * maps + 0.25 * _cut(padded, axis, 2, None),
    ]
    shape = [2 * side if index == axis else side for index, side in enumerate(maps.shape)]
    return ops.reshape(ops.stack(pair, axis + 1), (-1, *shape[1:]))


def _halved(maps: Tensor, axis: int) -> Tensor:
    """(n, h, w, channels), `axis` 1 or 2."""
    size, padded = maps.shape[axis], _padded(maps, axis)
    shape = list(padded.shape[1:])
    shape[axis - 1] //= 2
    pairs = ops.reshape(padded, (-1, *shape[:axis], 2, *shape[axis:]))
    even, odd = (ops.reshape(each, (-1, *shape)) for each in ops.split(pairs, 2, axis + 1))
    ends = _cut(even, axis, None, size // 2) + _cut(odd, axis, 1, None)
    middle = _cut(odd, axis, None, size // 2) + _cut(even, axis, 1, None)
    return 0.125 * ends + 0.375 * middle


def _cut(maps: Tensor, axis: int, start: int | None, end: int | None) -> Tensor:
    """maps[start:end] along `axis`, one of them None, by a split.

    TensorFlow's slices, and above all their gradients, compute where each single number lies, and take longer than all
    convolutions around them; splits copy rows.
    """
    return ops.split(maps, [start or end], axis)[0 if start is None else 1]
