"""The protocol of a probe: a module that looks inside one iteration of an engine, for the parity ladder."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from numpy.typing import NDArray

from common.engine import Batch

E = TypeVar("E", contravariant=True)  # the engine that a probe looks into
Arrays = dict[str, NDArray[Any]]


class Probe(Protocol[E]):
    """What is measured inside an iteration, without updating anything."""

    def forward(self, engine: E, batch: Batch, training: bool) -> Arrays:
        """`fake` (NHWC), `real_logits` and `fake_logits` of the first update, in training or inference mode."""
        ...

    def gradients(self, engine: E, batch: Batch) -> tuple[Arrays, Arrays]:
        """Every loss term by its name, and the gradient of every trained parameter by its neutral name."""
        ...


class MistakenProbe(Probe[E], Protocol[E]):
    """A probe that also plants mistakes in code; the ladder plants them on one side only, torch's."""

    def pad_asymmetrically(self, engine: E) -> None:
        """Pad the discriminator's convolutions by (0, 2) instead of (1, 1)."""
        ...

    def shuffle_pairs(self, engine: E) -> None:
        """Compare each real image with its neighbour's fake in the discriminator's loss."""
        ...

    def keep_vector_gradients(self, engine: E) -> None:
        """Differentiate the discriminator's singular vectors as well, whose values stay right."""
        ...

    def iterate_in_inference(self, engine: E) -> None:
        """Take a step of power iteration whenever the discriminator is called in inference mode."""
        ...
