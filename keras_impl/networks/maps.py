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
