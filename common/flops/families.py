"""The layers of our families, as torch_impl/networks and keras_impl/networks build them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from common.flops.layers import Layer, Layers, conv, dense, layers
from common.specs.networks import (
    ConvolutionalSpec,
    DcganSpec,
    EmbeddingSpec,
    GrowingSpec,
    NetworkShape,
    ProgressiveSpec,
    R3ganSpec,
    ResnetSpec,
    StyleSpec,
    UpsamplingSpec,
    resolutions,
)
from common.specs.phases import Phase


@layers.register
def _(spec: DcganSpec, shape: NetworkShape, phase: Phase) -> Layers:
    widths, given = spec.widths(shape.image_size), shape.classes if spec.conditional else 0
    project = Layer(dense(spec.latent_size + given, 16 * widths[4]), after_weights=False)
    return Layers((project, *_ups(spec, shape)), tuple(_downs(spec, shape, given)))


@layers.register
def _(spec: EmbeddingSpec, shape: NetworkShape, phase: Phase) -> Layers:
    half = spec.widths(shape.image_size)[4] // 2
    project = Layer(dense(spec.latent_size, 16 * half), after_weights=False)
    label_map = _label_map(shape.classes, spec.embedding_size, 16 * half)
    given = _label_map(shape.classes, spec.embedding_size, shape.image_size**2, before_curve=_is_curved(spec, shape))
    critic = _downs(spec, shape, 1, joined=True)
    return Layers((project, *label_map, *_ups(spec, shape)), (*given, *critic))


@layers.register
def _(spec: UpsamplingSpec, shape: NetworkShape, phase: Phase) -> Layers:
    sizes, widths = resolutions(shape.image_size), spec.widths(shape.image_size)
    given = shape.classes if spec.conditional else 0
    project = Layer(dense(spec.latent_size + given, 16 * widths[4]), after_weights=False)
    ups = (Layer(conv(widths[size // 2], widths[size], 3, size)) for size in sizes[1:])
    to_image = Layer(conv(widths[sizes[-1]], shape.channels, 3, sizes[-1]))
    return Layers((project, *ups, to_image), tuple(_downs(spec, shape, given)))


@layers.register
def _(spec: ResnetSpec, shape: NetworkShape, phase: Phase) -> Layers:
    width, classes = spec.width, shape.classes if spec.conditional else 0
    generator = [Layer(dense(spec.latent_size, 16 * width), after_weights=False)]
    by_class = [Layer(dense(classes, width), after_weights=False)] * 4 if classes else []  # of two norms
    for size in resolutions(shape.image_size)[1:]:
        generator += [*by_class, *(Layer(conv(width, width, 3, size)) for _ in range(2))]
        generator.append(Layer(conv(width, width, 1, size // 2)))
    generator.append(Layer(conv(width, shape.channels, 3, shape.image_size)))
    return Layers(tuple(generator), tuple(_residual_critic(spec, shape, classes)))


@layers.register
def _(spec: GrowingSpec, shape: NetworkShape, phase: Phase) -> Layers:
    classes, first = shape.classes if spec.conditional else 0, spec.channels(4)
    given = first // 2 if classes else 0
    stem = [Layer(dense(spec.latent_size, 16 * first), after_weights=False)]
    if classes:
        stem += _label_map(classes, spec.embedding_size, 16 * given)
    stem.append(Layer(conv(first + given, first, 3, 4)))
    blocks = [
        Layer(conv(before, spec.channels(size), 3, size))
        for size in _used(shape, phase)[1:]
        for before in (spec.channels(size // 2), spec.channels(size))
    ]
    return Layers((*stem, *blocks, *_to_images(spec, shape, phase)), tuple(_critic(spec, shape, phase)))


@layers.register
def _(spec: StyleSpec, shape: NetworkShape, phase: Phase) -> Layers:
    mapping = [Layer(dense(spec.latent_size, spec.style_size), after_weights=False)]
    mapping += [Layer(dense(spec.style_size, spec.style_size))] * (spec.mapping_layers - 1)
    blocks = []
    for size in _used(shape, phase):
        channels = spec.channels(size)
        style = Layer(dense(spec.style_size, 2 * channels))
        # the first block starts from a learned constant
        doubled = [] if size == 4 else [Layer(conv(spec.channels(size // 2), channels, 3, size))]
        blocks += [*doubled, style, Layer(conv(channels, channels, 3, size)), style]
    return Layers((*mapping, *blocks, *_to_images(spec, shape, phase)), tuple(_critic(spec, shape, phase)))


@layers.register
def _(spec: R3ganSpec, shape: NetworkShape, phase: Phase) -> Layers:
    sizes, widths = resolutions(shape.image_size), spec.widths(shape.image_size)
    bases = Layer(dense(spec.latent_size, widths[4]), after_weights=False)
    rising = [layer for size in sizes for layer in _residual(spec, size, 2 * size, shape)]
    to_image = Layer(conv(widths[sizes[-1]], shape.channels, 1, sizes[-1]))
    from_image = Layer(conv(shape.channels, widths[sizes[-1]], 1, sizes[-1]), after_weights=False)
    falling = [layer for size in sizes[::-1] for layer in _residual(spec, size, size // 2, shape)]
    return Layers((bases, *rising, to_image), (from_image, *falling, Layer(dense(widths[4], 1))))


def _residual(spec: R3ganSpec, size: int, following: int, shape: NetworkShape) -> Iterator[Layer]:
    """The blocks of one resolution of R3GAN, and its convolution to the channels of the next."""
    channels = spec.widths(shape.image_size)[size]
    inside = spec.expanded(channels)
    for _ in range(spec.blocks):
        yield Layer(conv(channels, inside, 1, size))
        yield Layer(conv(inside // spec.groups(channels), inside, 3, size))
        yield Layer(conv(inside, channels, 1, size))
    if (changed := spec.change(size, following, shape.image_size)) is not None:
        yield Layer(conv(channels, changed, 1, size))


# --- convolutional families -------------------------------------------------------------------------------------------


def _label_map(classes: int, embedding_size: int, numbers: int, before_curve: bool = False) -> list[Layer]:
    """Embedding and dense map of a class."""
    embedding = Layer(dense(classes, embedding_size), False, after_image=False, before_curve=before_curve)
    return [embedding, Layer(dense(embedding_size, numbers), after_image=False, before_curve=before_curve)]


def _ups(spec: ConvolutionalSpec, shape: NetworkShape) -> Iterator[Layer]:
    """The transposed convolutions from the 4x4 map to the image."""
    sizes, widths = resolutions(shape.image_size), spec.widths(shape.image_size)
    for size in sizes[:-2]:
        yield Layer(conv(widths[size], widths[2 * size], 4, size))
    yield Layer(conv(widths[sizes[-2]], shape.channels, 4, sizes[-2]))


def _downs(spec: ConvolutionalSpec, shape: NetworkShape, given: int, joined: bool = False) -> Iterator[Layer]:
    """DCGAN's discriminator with `given` planes beside the image, `joined` if they depend on trained weights."""
    first, *rest = resolutions(shape.image_size)[-2::-1]
    widths, curved = spec.widths(shape.image_size), _is_curved(spec, shape)
    yield Layer(conv(shape.channels + given, widths[first], 4, first), after_weights=joined, before_curve=curved)
    for size in rest:
        yield Layer(conv(widths[2 * size], widths[size], 4, size), before_curve=curved)
    yield Layer(dense(16 * widths[4], 1))


def _is_curved(spec: ConvolutionalSpec, shape: NetworkShape) -> bool:
    """Whether the discriminator normalises its maps, those of the first block aside."""
    return spec.critic_norm in ("batch", "group") and shape.image_size > 8


def _residual_critic(spec: ResnetSpec, shape: NetworkShape, classes: int) -> Iterator[Layer]:
    """Blocks, their convolutions and what leads past them; the class's embedding, and the score."""
    width, side = spec.critic_width, shape.image_size
    for before, size in zip([side, *spec.critic_sizes(side)], spec.critic_sizes(side), strict=False):
        is_first = before == side
        entering = shape.channels if is_first else width
        yield Layer(conv(entering, width, 3, before), after_weights=not is_first)
        yield Layer(conv(width, width, 3, before))
        if size < before:
            yield Layer(conv(entering, width, 1, size), after_weights=not is_first)
    if classes:
        yield Layer(dense(classes, width), after_weights=False, after_image=False)
    yield Layer(dense(width, 1))


# --- growing families -------------------------------------------------------------------------------------------------


def _used(shape: NetworkShape, phase: Phase) -> list[int]:
    return [size for size in resolutions(shape.image_size) if size <= phase.resolution]


def _ends(phase: Phase) -> Iterable[int]:
    """The resolutions at which images leave or enter."""
    return (phase.resolution // 2, phase.resolution) if phase.fading else (phase.resolution,)


def _to_images(spec: ProgressiveSpec, shape: NetworkShape, phase: Phase) -> list[Layer]:
    return [Layer(conv(spec.channels(size), shape.channels, 1, size)) for size in _ends(phase)]


def _critic(spec: ProgressiveSpec, shape: NetworkShape, phase: Phase) -> Iterator[Layer]:
    """The growing discriminator; its one curve is the minibatch deviation, on the 4x4 map."""
    classes = shape.classes if spec.conditional else 0
    for size in _ends(phase):
        if classes:
            yield from _label_map(classes, spec.embedding_size, size**2, before_curve=True)
        before = shape.channels + (1 if classes else 0)
        yield Layer(conv(before, spec.channels(size), 1, size), after_weights=bool(classes), before_curve=True)
    for size in _used(shape, phase)[:0:-1]:
        for after in (spec.channels(size), spec.channels(size // 2)):
            yield Layer(conv(spec.channels(size), after, 3, size), before_curve=True)
    width = spec.channels(4)
    yield Layer(conv(width + 1, width, 3, 4))
    yield Layer(dense(16 * width, width))
    yield Layer(dense(width, 1))
