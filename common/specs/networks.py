"""Specs of the network families: which generator and discriminator to build, and with which constants."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from common.errors import BadInput
from common.specs.base import Float32, Spec
from common.specs.phases import Phase, Stage, growth_phases

Framework = Literal["torch", "keras"]
# what a critic normalises: its maps, by batch or by image, or its kernels (Miyato et al. 2018)
CriticNorm = Literal["batch", "group", "spectral", "none"]


class Normalization(Spec):
    """Batch normalisation constants: torch calls `1 - momentum` the momentum; both frameworks get the same numbers."""

    momentum: Float32 = Field(0.9, ge=0, lt=1)
    epsilon: Float32 = Field(1e-5, gt=0)


class Initialization(Spec):
    """Initial weights (DCGAN, section 3): kernels ~ N(0, kernel_std), norm scales ~ N(1, scale_std), the rest 0."""

    kernel_std: Float32 = Field(0.02, gt=0)
    scale_std: Float32 = Field(0.02, ge=0)

    def std(self, name: str, field: Literal["kernel_std", "scale_std"], shapes: Mapping[str, tuple[int, ...]]) -> float:
        """The standard deviation of the weight called `name`, whose role has it in `field`, among all `shapes`."""
        return getattr(self, field)


class FixupInitialization(Initialization):
    """Residual networks that need no normalisation (Huang et al. 2025, section 3.3, after Zhang et al. 2019, "Fixup").

    Kernels ~ N(0, kernel_std / sqrt(inputs)). In a residual block the first two are multiplied by
    sqrt(2 / (1 + 0.2^2)), for the LeakyReLU behind them, and by L^(-1/4), L being the network's blocks; the last is 0.
    Bases ~ N(0, 1).
    """

    kernel_std: Float32 = Field(1.0, gt=0)

    def std(self, name: str, field: Literal["kernel_std", "scale_std"], shapes: Mapping[str, tuple[int, ...]]) -> float:
        """As above; see the base."""
        network, *_, layer, role = name.split(".")
        if role == "basis":
            return 1.0
        if layer == "reduce":
            return 0.0
        std = getattr(self, field) / math.sqrt(math.prod(shapes[name][:-1]))
        if layer not in ("expand", "mix"):
            return std
        blocks = sum(each.startswith(f"{network}.") and each.endswith(".reduce.kernel") for each in shapes)
        return std * math.sqrt(2 / (1 + 0.2**2)) * blocks**-0.25


class StyleInitialization(Initialization):
    """Equalised learning rate: kernels ~ N(0, 1), and a mapping network that learns more slowly than the rest.

    Attributes:
        mapping_rate: its share of the learning rate (Karras et al. 2019, appendix C: 0.01). Its kernels ~
            N(0, 1 / rate) are multiplied by the rate at run time, so that an update of Adam moves the product less.
    """

    kernel_std: Float32 = Field(1.0, gt=0)
    scale_std: Float32 = Field(0.0, ge=0)
    mapping_rate: Float32 = Field(1.0, gt=0, le=1)

    def std(self, name: str, field: Literal["kernel_std", "scale_std"], shapes: Mapping[str, tuple[int, ...]]) -> float:
        """As above; see the base."""
        return getattr(self, field) / (self.mapping_rate if ".stem." in name else 1.0)


class NetworkSpec(Spec):
    """What a family of networks tells about itself: the base of every family, ours or a plug-in's.

    A family is a subclass with a `family` of its own (`family: Literal["tiny"] = "tiny"`), whatever constants its
    networks have, and two modules with the classes `Generator(spec, shape)` and `Discriminator(spec, shape)`.

    Attributes:
        modules: the module that implements the family, by framework; where none is named it is
            `torch_impl.networks.<family>` and `keras_impl.networks.<family>`.
        grows: whether the networks train several resolutions: they are then called with `alpha`, have
            `set_phase(resolution, fading)`, and say with `active_parameters()` which parameters a phase uses.
        has_styles: whether the generator can be drawn from with truncation and style mixing.
        convolves: whether the discriminator has padded convolutions, whose padding can be mistaken.
        conditional: whether the networks are called with class weights `labels`.
        latent_size: numbers in the latent vector.
        initialization: how initial weights are drawn.
    """

    modules: ClassVar[Mapping[Framework, str]] = {}
    grows: ClassVar[bool] = False
    has_styles: ClassVar[bool] = False
    convolves: ClassVar[bool] = True

    family: str
    conditional: bool = False
    latent_size: int = Field(100, ge=1, le=4096)
    initialization: Initialization = Initialization()

    @property
    def batch_norm(self) -> Normalization | None:
        """The constants of the networks' batch normalisation; None where they keep no batch statistics."""
        return None

    @property
    def critic_has_batch_norm(self) -> bool:
        """Whether the discriminator has batch normalisation: then no gradient can be penalised."""
        return False

    @property
    def critic_has_spectral_norm(self) -> bool:
        """Whether the discriminator's kernels are divided by their spectral norm."""
        return False

    @property
    def batch_multiple(self) -> int:
        """What the size of a batch has to be a multiple of."""
        return 1

    def module(self, framework: Framework) -> str:
        """The module that implements the family in `framework`."""
        return self.modules.get(framework, f"{framework}_impl.networks.{self.family}")

    def noise_size(self, image_size: int) -> int:
        """Normal numbers that one image takes."""
        return self.latent_size

    def phases(self, image_size: int, epochs: int, batch_size: int) -> list[Phase]:
        """The phases of a training, in order: one, unless the networks grow."""
        return [Phase(resolution=image_size, fading=False, epochs=epochs, batch_size=batch_size)]


class ConvolutionalSpec(NetworkSpec):
    """What the families of 4x4 stride-2 convolutions share.

    Kernels are 4x4 with stride 2 (the DCGAN paper: 5x5): with kernels 3 and 5 the frameworks pad differently
    while the shapes agree, so equal weights would give different images.
    """

    width: int = Field(64, ge=1, le=1024)
    critic_norm: CriticNorm = "batch"
    leaky_slope: Float32 = Field(0.2, ge=0)
    normalization: Normalization = Normalization()

    @property
    def batch_norm(self) -> Normalization:
        """The generator has batch norm in every one of these families."""
        return self.normalization

    @property
    def critic_has_batch_norm(self) -> bool:
        """As `critic_norm` says."""
        return self.critic_norm == "batch"

    @property
    def critic_has_spectral_norm(self) -> bool:
        """As `critic_norm` says."""
        return self.critic_norm == "spectral"

    @property
    def first_critic_norm(self) -> CriticNorm:
        """The norm of the block at the image: its maps have none (Radford et al. 2015), its kernel may."""
        return "spectral" if self.critic_has_spectral_norm else "none"

    def widths(self, image_size: int) -> dict[int, int]:
        """Channels of the maps by resolution, 4 .. image_size: `width` at half the image's, doubled downwards."""
        return {size: max(1, self.width * image_size // (2 * size)) for size in resolutions(image_size)}


class DcganSpec(ConvolutionalSpec):
    """DCGAN (Radford et al. 2015, section 3) of base width `width`, from a 4x4 map to any power-of-two size.

    Conditional networks get the class as a one-hot vector beside the noise and as one-hot planes beside the image.
    """

    family: Literal["dcgan"] = "dcgan"


class EmbeddingSpec(ConvolutionalSpec):
    """Conditional GAN by embedding: the class becomes a dense map of its own, joined to noise or image as channels.

    The class embedding has `embedding_size` numbers; its map in the generator has `label_channels` channels.
    """

    family: Literal["embedding"] = "embedding"
    conditional: Literal[True] = True
    embedding_size: int = Field(50, ge=1, le=1024)
    critic_norm: CriticNorm = "none"


class UpsamplingSpec(ConvolutionalSpec):
    """Generator of nearest-neighbour up-sampling and 3x3 convolutions, with DCGAN's discriminator; class as one-hot."""

    family: Literal["upsampling"] = "upsampling"
    conditional: bool = True
    critic_norm: CriticNorm = "group"


class ResnetSpec(NetworkSpec):
    """Residual networks (Miyato et al. 2018, table 4: CIFAR-10) of `width` channels, the critic's of half as many.

    Conditional ones tell the class to the generator's batch norms, and to the critic by its projection on the features
    (Miyato & Koyama 2018).
    """

    family: Literal["resnet"] = "resnet"
    width: int = Field(256, ge=2, le=1024)
    latent_size: int = Field(128, ge=1, le=4096)
    critic_norm: Literal["spectral", "none"] = "spectral"
    normalization: Normalization = Normalization()

    @property
    def batch_norm(self) -> Normalization:
        """The generator's."""
        return self.normalization

    @property
    def critic_has_spectral_norm(self) -> bool:
        """As `critic_norm` says."""
        return self.critic_norm == "spectral"

    @property
    def critic_width(self) -> int:
        """Channels of the critic."""
        return self.width // 2

    def critic_sizes(self, image_size: int) -> list[int]:
        """Map sizes behind the critic's blocks: halved down to 8x8, at least twice, then as they are: 16, 8, 8, 8."""
        halved = [image_size // 2, image_size // 4]
        while halved[-1] > 8:
            halved.append(halved[-1] // 2)
        return [*halved, halved[-1], halved[-1]]


class ProgressiveSpec(NetworkSpec):
    """Progressively growing networks (Karras et al. 2018): pixel norm, equalised learning rate, minibatch deviation.

    `width` is the channel count up to 8x8; from there it halves with every doubling (the paper's table 2: from 64x64).
    """

    grows: ClassVar[bool] = True

    width: int = Field(128, ge=4, le=1024)
    latent_size: int = Field(128, ge=1, le=4096)
    leaky_slope: Float32 = Field(0.2, ge=0)
    deviation_group: int = Field(4, ge=1)
    embedding_size: int = Field(50, ge=1, le=1024)
    stages: tuple[Stage, ...] = ()
    initialization: Initialization = Initialization(kernel_std=1.0, scale_std=0.0)

    def channels(self, resolution: int) -> int:
        """Feature maps at `resolution`: `width` up to 8x8, then halved with every doubling, at least 4."""
        return max(4, self.width * 8 // max(8, resolution))

    @property
    def batch_multiple(self) -> int:
        """The minibatch deviation cuts a batch into groups."""
        return self.deviation_group

    def phases(self, image_size: int, epochs: int, batch_size: int) -> list[Phase]:
        """A fading and a stable phase for each resolution, as `stages` say.

        Raises:
            BadInput: stages that do not fit the image size, or a batch that cannot be cut into groups.
        """
        phases = growth_phases(self.stages, resolutions(image_size), epochs, batch_size)
        for phase in phases:
            if phase.batch_size % self.deviation_group:
                raise BadInput(
                    f"network.deviation_group: {self.deviation_group} does not divide the batch size "
                    f"{phase.batch_size}: choose a multiple of {self.deviation_group}."
                )
        return phases


class GrowingSpec(ProgressiveSpec):
    """The progressive GAN of Karras et al. 2018; a conditional one tells the class to the input blocks of both nets."""

    family: Literal["growing"] = "growing"


class StyleSpec(ProgressiveSpec):
    """A small StyleGAN (Karras et al. 2019, figure 1b) against the growing discriminator.

    Attributes:
        style_size: numbers in a style vector w.
        mapping_layers: dense layers from z to w (the paper: 8).
        average_decay: what the running mean of w keeps per generator pass (for truncation, appendix B).
    """

    has_styles: ClassVar[bool] = True

    family: Literal["style"] = "style"
    conditional: Literal[False] = False
    style_size: int = Field(128, ge=1, le=4096)
    mapping_layers: int = Field(3, ge=1, le=16)
    initialization: StyleInitialization = StyleInitialization()
    average_decay: Float32 = Field(0.995, ge=0, lt=1)

    def noise_size(self, image_size: int) -> int:
        """The latent vector, and behind it the per-pixel noise of two layers at each resolution, lowest first."""
        return self.latent_size + sum(2 * size * size for size in resolutions(image_size))


class R3ganSpec(NetworkSpec):
    """R3GAN (Huang et al. 2025): residual blocks without normalisation, grouped convolutions, bilinear resampling.

    Attributes:
        width: channels of the maps up to `wide_until`, halved with every doubling above (the paper at 32 pixels: 768).
        wide_until: the last resolution that has them all (the paper: 32).
        blocks: residual blocks at each resolution (the paper: 2).
        expansion: how many times more channels a block has inside (the paper: 2).
        group_width: channels of a group of a block's 3x3 convolution, at least, if there are so many (the paper: 16).
    """

    family: Literal["r3gan"] = "r3gan"
    conditional: Literal[False] = False
    latent_size: int = Field(64, ge=1, le=4096)
    width: int = Field(64, ge=1, le=1024)
    wide_until: int = Field(8, ge=4, le=1024)
    blocks: int = Field(1, ge=1, le=8)
    expansion: int = Field(2, ge=1, le=8)
    group_width: int = Field(16, ge=1, le=1024)
    leaky_slope: Float32 = Field(0.2, ge=0)
    initialization: FixupInitialization = FixupInitialization()

    def widths(self, image_size: int) -> dict[int, int]:
        """Channels of the maps by resolution, 4 .. image_size."""
        sizes = resolutions(image_size)
        return {size: max(1, self.width * min(size, self.wide_until) // size) for size in sizes}

    def change(self, size: int, following: int, image_size: int) -> int | None:
        """The channels that maps of `size` are brought to for the resolution that follows; None: it has the same."""
        widths = self.widths(image_size)
        after = widths.get(following, widths[size])
        return None if after == widths[size] else after

    def expanded(self, channels: int) -> int:
        """Channels inside of a block."""
        return self.expansion * channels

    def groups(self, channels: int) -> int:
        """Groups of its 3x3 convolution: as many as divide the channels into groups of at least `group_width`."""
        most = max(1, self.expanded(channels) // self.group_width)
        return next(each for each in range(most, 0, -1) if self.expanded(channels) % each == 0)


# our families, by name
FAMILIES: dict[str, type[NetworkSpec]] = {
    kind.model_fields["family"].default: kind
    for kind in (DcganSpec, EmbeddingSpec, UpsamplingSpec, ResnetSpec, GrowingSpec, StyleSpec, R3ganSpec)
}


def resolutions(image_size: int) -> list[int]:
    """The feature map sizes from 4 up to `image_size`, doubling: 32 -> [4, 8, 16, 32].

    Raises:
        BadInput: the size is not 4 times a power of two, or outside 8..1024.
    """
    sizes = [4 * 2**k for k in range(9)]
    if image_size not in sizes[1:]:
        near = min(sizes[1:], key=lambda size: abs(size - image_size))
        raise BadInput(f"image_size {image_size} is not 4 times a power of two between 8 and 1024: try {near}.")
    return sizes[: sizes.index(image_size) + 1]


class NetworkShape(Spec):
    """What the data decide about a network: image side and channels, and the number of classes (0: unlabelled)."""

    image_size: int
    channels: Literal[1, 3]
    classes: int = Field(0, ge=0, le=10_000)

    @classmethod
    def of(cls, images: tuple[int, ...], classes: int) -> NetworkShape:
        """The shape for an array of images (n, side, side, channels); a single class is no label."""
        return cls.model_validate(
            {"image_size": images[1], "channels": images[3], "classes": classes if classes > 1 else 0}
        )

    @model_validator(mode="after")
    def _size_is_buildable(self) -> NetworkShape:
        resolutions(self.image_size)
        return self
