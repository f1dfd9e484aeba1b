"""Phases of a training: what is trained at which resolution, for how long; growing networks have several.

Progressive growing (Karras et al. 2018, section 2 and figure 2) trains each resolution in two phases: a new block is
faded in while its weight alpha rises to 1, then the grown networks are stabilised.
"""

from __future__ import annotations

from pydantic import Field

from common.errors import BadInput
from common.specs.base import Float32, Spec

_MOST_EPOCHS = 1_000_000


class Phase(Spec):
    """A stretch of whole epochs with fixed graphs.

    Attributes:
        resolution: side of the images that are made and judged.
        fading: whether the newest block is faded in, alpha rising from 1 / n to 1 over the phase's n iterations.
        epochs: passes over the data set.
        batch_size: images per critic update.
    """

    resolution: int
    fading: bool
    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=2)


class Stage(Spec):
    """How long one resolution is faded in and stabilised, in units of the training's `epochs`; 0 leaves a phase out."""

    resolution: int
    fade: Float32 = Field(1.0, ge=0, le=1000)
    stable: Float32 = Field(1.0, ge=0, le=1000)
    batch_size: int | None = Field(None, ge=2)


def growth_phases(stages: tuple[Stage, ...], sizes: list[int], epochs: int, batch_size: int) -> list[Phase]:
    """The phases of growing through `sizes`, lowest first; the first resolution has nothing to fade in.

    Args:
        stages: lengths by resolution; a resolution without one gets a fade and a stable phase of `epochs` each.
        sizes: all resolutions up to the image size.
        epochs: the unit of the stages' lengths; a phase is rounded to whole epochs, at least one.
        batch_size: for stages that do not set their own.

    Raises:
        BadInput: a stage for a resolution that is not grown through, two for one, no phase at all, or more epochs than
            anybody waits for.
    """
    by_size = {stage.resolution: stage for stage in stages}
    if len(by_size) < len(stages) or not set(by_size) <= set(sizes):
        raise BadInput(f"network.stages: give each of the resolutions {sizes} at most once, got {list(by_size)}.")
    phases = []
    for size in sizes:
        stage = by_size.get(size, Stage(resolution=size))
        lengths = {True: stage.fade if size > sizes[0] else 0.0, False: stage.stable}
        for fading, length in lengths.items():
            if length > 0:
                whole = max(1, round(length * epochs))
                batch = stage.batch_size or batch_size
                phases.append(Phase(resolution=size, fading=fading, epochs=whole, batch_size=batch))
    if not phases or phases[-1].resolution != sizes[-1]:
        raise BadInput(f"network.stages: the last resolution, {sizes[-1]}, has no phase.")
    if (every := sum(phase.epochs for phase in phases)) > _MOST_EPOCHS:
        raise BadInput(f"network.stages: they make {every:,} epochs; at most {_MOST_EPOCHS:,} can be trained.")
    return phases
