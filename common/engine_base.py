"""What every engine does alike, free of any framework: draws and updates, losses, sampling, named states."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from common.chunks import padded_chunks
from common.engine import Batch, DeviceReport, Engine, Stopwatch, Style, Weights
from common.errors import BadInput
from common.images import quantize
from common.implementation import Kind
from common.sampling_inputs import sampling_inputs
from common.specs.cell import Cell
from common.specs.networks import NetworkShape
from common.specs.phases import Phase

Tensor = TypeVar("Tensor")  # the framework's
# what a step returns: the losses of one update by name, scalars on the device
Losses = dict[str, Tensor]

# images drawn at once: as many as a progress picture shows, so that none is drawn for nothing
SAMPLING_BATCH = 64


class EngineBase(Engine, Generic[Tensor]):
    """An engine but for its framework, which a subclass adds as the abstract methods below.

    A subclass prepares its device before it calls this constructor, which builds the networks, sets `generator`,
    `discriminator` and, where the model has one, the averaged generator `averaged` (else None), and begins the first
    phase: its `resolution`, `optimizers` by network, and compiled steps.
    """

    def __init__(self, cell: Cell, shape: NetworkShape) -> None:
        self.model, self.shape, self.execution = cell.model, shape, cell.execution
        self.generator, self.discriminator = self.build("Generator"), self.build("Discriminator")
        self.averaged = self.build("Generator") if cell.model.ema_decay is not None else None
        self._pending: dict[str, list[Tensor]] = {}
        self.begin_phase(cell.phases()[0])

    def begin_phase(self, phase: Phase) -> None:
        """Train at the phase's resolution, with fresh optimisers and freshly compiled steps."""
        self.resolution = phase.resolution
        if self.model.network.grows:
            for network in self.networks.values():
                network.set_phase(phase.resolution, phase.fading)
        self.optimizers = {name: self.optimizer(self.trained(name)) for name in ("generator", "discriminator")}
        self._joint = self.compile(self.joint_step)
        self._discriminator_only = self.compile(self.discriminator_step)
        self._generator_only = self.compile(self.generator_step)
        self._sample = self.compile(self.sample_step)

    # --- training -----------------------------------------------------------------------------------------------

    def train_iteration(self, batch: Batch) -> None:
        """n_critic discriminator updates and one generator update; returns before the device has finished.

        Where there is one discriminator update per generator update, both use the same fakes.
        """
        images, latents, mixing = (map(self.upload, each) for each in (batch.images, batch.latents, batch.mixing))
        inputs = [self.inputs(batch, draw) for draw in range(len(batch.latents))]
        if self.model.n_critic == 1:
            self._remember(self._joint(next(images), next(latents), next(mixing), inputs[0]))
            return
        for update, reals in enumerate(images):
            self._remember(self._discriminator_only(reals, next(latents), next(mixing), inputs[update]))
        self._remember(self._generator_only(reals, next(latents), inputs[-1]))

    def inputs(self, batch: Batch, draw: int) -> dict[str, Tensor]:
        """What update `draw` gets beside noise, images and mixing weights, as it comes from the host."""
        found = {}
        if batch.labels is not None:
            found["labels"] = self.upload(batch.labels[draw])
        if self.model.network.grows:
            found["alpha"] = self.upload(batch.alpha)
        return found | {name: self.upload(value) for name, value in batch.annealed.items()}

    def losses(self) -> dict[str, NDArray[np.float64]]:
        """Each loss per iteration since the last call; with several critic updates the last one's terms."""
        stride = self.model.n_critic
        fetched = {name: self.fetch(values) for name, values in self._pending.items()}
        self._pending.clear()
        return {name: array if name == "generator" else array[stride - 1 :: stride] for name, array in fetched.items()}

    def _remember(self, losses: Losses[Tensor]) -> None:
        for name, loss in losses.items():
            self._pending.setdefault(name, []).append(loss)

    # --- sampling -----------------------------------------------------------------------------------------------

    def generate(
        self,
        latents: NDArray[np.float32],
        labels: NDArray[np.float32] | None = None,
        alpha: float = 1.0,
        style: Style | None = None,
    ) -> NDArray[np.uint8]:
        """Images in inference mode: (n, size) noise and class weights -> uint8 (n, height, width, channels)."""
        by_row, by_call = sampling_inputs(latents, labels, alpha, style, self.model.network.grows)
        shared = {name: self.upload(value) for name, value in by_call.items()}
        images = []
        for chunks, real in padded_chunks(list(by_row.values()), SAMPLING_BATCH):
            inputs = {**dict(zip(by_row, map(self.upload, chunks), strict=True)), **shared}
            images.append(quantize(self.download(self._sample(inputs))[:real]))
        return np.concatenate(images)

    # --- weights and state --------------------------------------------------------------------------------------

    @property
    def networks(self) -> dict[str, Any]:
        """The networks by the name that their weights' names begin with."""
        named = {"generator": self.generator, "discriminator": self.discriminator}
        return named if self.averaged is None else {**named, "generator_ema": self.averaged}

    def named_weights(self) -> dict[str, Tensor]:
        """Neutral name -> tensor of every parameter and running statistic of every network."""
        return {each: tensor for name in self.networks for each, tensor in self.named_tensors(name)}

    def trained(self, name: str) -> dict[str, Tensor]:
        """Neutral name -> parameter of the network called `name` that the phase uses, in the order of updates.

        Raises:
            BadInput: a parameter has no neutral name.
        """
        names = {id(tensor): each for each, tensor in self.named_tensors(name)}
        parameters = list(self.trained_parameters(self.networks[name]))
        if not all(id(parameter) in names for parameter in parameters):
            raise BadInput(f"A parameter of the {name} of '{self.model.name}' has no neutral name: give it a role.")
        return {names[id(parameter)]: parameter for parameter in parameters}

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Neutral name -> neutral shape."""
        return {name: self.neutral_shape(tensor) for name, tensor in self.named_weights().items()}

    def weights(self) -> dict[str, NDArray[Any]]:
        """A copy of every weight in the neutral layout."""
        return {name: self.to_neutral(tensor) for name, tensor in self.named_weights().items()}

    def load_weights(self, weights: Weights) -> None:
        """Set every weight; raises BadInput at the first that differs in name or shape."""
        self.assign(self.named_weights(), weights)

    def state(self) -> dict[str, NDArray[Any]]:
        """Weights and optimiser slots; a slot is `optimizer/<slot>/<weight>`, in the weight's neutral layout."""
        return {**self.weights(), **{name: self.to_neutral(tensor) for name, tensor in self._slots().items()}}

    def load_state(self, state: Weights) -> None:
        """Continue from `state()`; raises BadInput at the first tensor that differs."""
        self.assign({**self.named_weights(), **self._slots()}, state)

    def _slots(self) -> dict[str, Tensor]:
        found = [self.named_slots(optimizer, list(self.trained(name))) for name, optimizer in self.optimizers.items()]
        return {f"optimizer/{name}": tensor for slots in found for name, tensor in slots.items()}

    # --- what a framework adds: networks and optimisers ---------------------------------------------------------

    @abstractmethod
    def build(self, kind: Kind) -> Any:
        """A network of the model, on the device."""

    @abstractmethod
    def trained_parameters(self, network: Any) -> Iterable[Tensor]:
        """The parameters of `network` that the phase uses, in the order of updates."""

    @abstractmethod
    def optimizer(self, parameters: Mapping[str, Tensor]) -> Any:
        """A fresh optimiser of the model's kind for `parameters`, its slots already there."""

    @abstractmethod
    def compile(self, step: Callable[..., Any]) -> Callable[..., Any]:
        """`step`, one of the four below, in the cell's execution."""

    # --- steps: tensors to tensors, without a word to the host ---------------------------------------------------

    @abstractmethod
    def joint_step(self, images: Tensor, latents: Tensor, mixing: Tensor, inputs: dict[str, Tensor]) -> Losses[Tensor]:
        """A discriminator and a generator update on the same fakes.

        Args:
            images: uint8 (n, height, width, channels).
            latents: float32 (n, size).
            mixing: float32 (n,).
            inputs: what `inputs` returns.
        """

    @abstractmethod
    def discriminator_step(
        self, images: Tensor, latents: Tensor, mixing: Tensor, inputs: dict[str, Tensor]
    ) -> Losses[Tensor]:
        """A discriminator update alone; arguments as above."""

    @abstractmethod
    def generator_step(self, images: Tensor, latents: Tensor, inputs: dict[str, Tensor]) -> Losses[Tensor]:
        """A generator update alone; arguments as above, `images` for losses that compare fakes with reals."""

    @abstractmethod
    def sample_step(self, inputs: dict[str, Tensor]) -> Tensor:
        """Images (n, height, width, channels) in inference mode, from the averaged generator if there is one.

        It leaves the networks in training mode, however it ends.
        """

    # --- between host and device, and between the framework's and the neutral layout ----------------------------

    @abstractmethod
    def upload(self, array: NDArray[Any]) -> Tensor:
        """The array on the device, of the same dtype."""

    @abstractmethod
    def download(self, tensor: Tensor) -> NDArray[Any]:
        """The tensor on the host; waits for the device."""

    @abstractmethod
    def fetch(self, values: list[Tensor]) -> NDArray[np.float64]:
        """Scalars as one float64 array; waits for the device."""

    @abstractmethod
    def named_tensors(self, name: str) -> Iterable[tuple[str, Tensor]]:
        """Neutral name and tensor of every weight of the network called `name`."""

    @abstractmethod
    def named_slots(self, optimizer: Any, names: list[str]) -> dict[str, Tensor]:
        """The slots of `optimizer` as `<slot>/<weight>`; `names` are its parameters', in the order of updates."""

    @abstractmethod
    def neutral_shape(self, tensor: Tensor, /) -> tuple[int, ...]:
        """The shape of the tensor in the neutral layout."""

    @abstractmethod
    def to_neutral(self, tensor: Tensor, /) -> NDArray[Any]:
        """A copy of the tensor on the host, in the neutral layout."""

    @abstractmethod
    def assign(self, targets: Mapping[str, Tensor], values: Weights) -> None:
        """Copy `values` into `targets`, name by name; raises BadInput at the first that differs in name or shape."""

    @abstractmethod
    def synchronize(self) -> None:
        """Wait until the device has finished all enqueued work."""

    def stopwatch(self) -> Stopwatch | None:
        """None, unless a subclass has one."""
        return None

    @abstractmethod
    def device_report(self) -> DeviceReport:
        """Where the work ran and with which versions."""
