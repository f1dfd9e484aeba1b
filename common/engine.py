"""The Engine protocol: the only thing a framework has to fulfil to be trained, timed and scored by ganbench."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from common.specs.phases import Phase

Weights = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Batch:
    """What one training iteration consumes: n_critic critic updates and one generator update.

    `draws` is 1 where n_critic is 1, for the generator update then reuses the critic's fakes; else n_critic + 1,
    the last for the generator update.

    Attributes:
        images: real images, uint8, (n_critic, batch, height, width, channels), in -1..1 after x / 127.5 - 1.
        latents: float32 noise, (draws, batch, size).
        mixing: float32 weights of the penalty's interpolates, (n_critic, batch).
        alpha: weight of a growing network's newest block, float32, (); 1 where nothing is faded in.
        labels: int64 classes, (draws, batch), or None where the model is unconditional. The fakes of a critic update
            have the classes of its real images, so that a mix of the two has one class as well.
        annealed: the values of this iteration that are not the model's own, float32, (), by name (common/annealing.py).
    """

    images: NDArray[np.uint8]
    latents: NDArray[np.float32]
    mixing: NDArray[np.float32]
    alpha: NDArray[np.float32]
    labels: NDArray[np.int64] | None = None
    annealed: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)


@dataclass(frozen=True)
class Style:
    """How a style-based generator draws (Karras et al. 2019, section 3.1 and appendix B).

    Attributes:
        truncation: psi, which pulls styles towards their mean; None leaves them as they are.
        mix_latents: noise shaped like the first, whose styles are used from `mix_from` on; None: no mixing.
        mix_from: the lowest resolution that takes its styles from `mix_latents`.
    """

    truncation: float | None = None
    mix_latents: NDArray[np.float32] | None = None
    mix_from: int = 0


@dataclass(frozen=True)
class DeviceReport:
    """Where the work ran. `used` is proof, not intent: the device that holds the trained weights.

    Attributes:
        device: "cpu" or the accelerator's name.
        used: the framework's own name of the device of the generator's first weight.
        threads: threads the framework computes with on the CPU.
        peak_device_bytes: the allocator's peak on the accelerator; None on the CPU.
        versions: names and versions of the framework and its compiler.
        notes: what the numbers do not say by themselves, such as a part of the step that is not compiled.
    """

    device: str
    used: str
    threads: int
    peak_device_bytes: int | None
    versions: dict[str, str]
    notes: tuple[str, ...] = ()


class Stopwatch(Protocol):
    """The device's own clock, running: its start was enqueued behind all work so far."""

    def stop(self) -> None:
        """Enqueue its end behind all work so far; returns at once."""
        ...

    def seconds(self) -> float:
        """Seconds between the two; to be asked when the device has finished."""
        ...


class Engine(Protocol):
    """One framework training one model. Weights travel under neutral names in the neutral layout (Keras': NHWC, HWIO).

    Constructed as `Engine(cell, shape, threads=None)`, in the cell's first phase; parameter values are arbitrary until
    `load_weights`.
    """

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Neutral name -> neutral shape of every parameter and running statistic of both networks."""
        ...

    def load_weights(self, weights: Weights) -> None:
        """Set every parameter and running statistic; raises BadInput at the first name or shape that differs."""
        ...

    def weights(self) -> dict[str, NDArray[Any]]:
        """A copy of every parameter and running statistic."""
        ...

    def begin_phase(self, phase: Phase) -> None:
        """Train at another resolution from now on, with fresh optimisers for the weights in use."""
        ...

    def train_iteration(self, batch: Batch) -> None:
        """Enqueue n_critic critic updates and one generator update; never waits for the device."""
        ...

    def losses(self) -> dict[str, NDArray[np.float64]]:
        """The losses of every iteration since the last call, (iterations,) each, by name; waits for the device."""
        ...

    def generate(
        self,
        latents: NDArray[np.float32],
        labels: NDArray[np.float32] | None = None,
        alpha: float = 1.0,
        style: Style | None = None,
    ) -> NDArray[np.uint8]:
        """Images in inference mode: (n, size) noise -> uint8 (n, height, width, channels).

        `labels` are class weights, (n, classes): one-hot rows, or blends of them between classes. `alpha` is the
        weight of a growing network's newest block, `style` for style-based generators only.
        """
        ...

    def state(self) -> dict[str, NDArray[Any]]:
        """Everything needed to continue bit for bit: weights, running statistics and optimiser slots."""
        ...

    def load_state(self, state: Weights) -> None:
        """Continue from `state()` of the same cell; raises BadInput at the first tensor that differs in shape."""
        ...

    def synchronize(self) -> None:
        """Wait until the device has finished all enqueued work."""
        ...

    def stopwatch(self) -> Stopwatch | None:
        """Start the device's own clock; None where the framework offers none."""
        ...

    def device_report(self) -> DeviceReport:
        """Where the work ran and with which versions."""
        ...
