"""The PyTorch engine: one model trained by eager or compiled PyTorch behind the Engine protocol."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from common.engine import Batch, DeviceReport, Engine, Stopwatch
from common.engine_base import EngineBase
from common.implementation import Kind
from common.specs.cell import Cell
from common.specs.networks import NetworkShape
from common.specs.objectives import PENALTIES
from common.specs.phases import Phase
from torch_impl import device, networks, optimizers, weights
from torch_impl.precision import compute_in_bfloat16
from torch_impl.step import (
    Given,
    Gradients,
    Networks,
    discriminator_gradients,
    generator_gradients,
    in_mode,
    normalize,
    trained_parameters,
)

DTYPES = {"fp64": torch.float64, "fp32": torch.float32, "tf32": torch.float32, "bf16": torch.float32}


class TorchEngine(EngineBase[Tensor]):
    """Trains one cell with PyTorch.

    Args:
        cell: what to train; `cell.device` is "cpu" or "cuda[:i]".
        shape: image size, channels and classes.
        threads: CPU threads for torch's kernels; None leaves torch's default.

    Raises:
        BadInput: the device asked for is not there, or no compiler for the compiled execution.
    """

    def __init__(self, cell: Cell, shape: NetworkShape, threads: int | None = None) -> None:
        self.device = device.configure(cell.device, threads, allow_tf32=cell.precision == "tf32")
        if cell.execution == "compiled":
            device.prepare_compiler()
        self.dtype, self.bfloat16 = DTYPES[cell.precision], cell.precision == "bf16"
        self.stock = cell.stock
        self.told: dict[str, float] = {}
        super().__init__(cell, shape)

    def begin_phase(self, phase: Phase) -> None:
        """Train at the phase's resolution, with fresh optimisers and, if compiled, fresh graphs."""
        if self.execution == "compiled":
            torch.compiler.reset()  # graphs of earlier phases would count towards the limit on recompilations
        compiled = device.compiler(self.device) if self.execution == "compiled" else (lambda piece: piece)
        self.pair = Networks.of(self.generator, self.discriminator, compiled)
        super().begin_phase(phase)

    # --- networks and optimisers --------------------------------------------------------------------------------

    def build(self, kind: Kind) -> nn.Module:
        placed = networks.build(kind, self.model.network, self.shape).to(
            self.device, self.dtype, memory_format=torch.contiguous_format if self.stock else torch.channels_last
        )
        return compute_in_bfloat16(placed) if self.bfloat16 else placed

    def trained_parameters(self, network: nn.Module) -> list[nn.Parameter]:
        return trained_parameters(network, self.model)

    def optimizer(self, parameters: Mapping[str, Tensor]) -> torch.optim.Optimizer:
        return optimizers.build(self.model.optimizer, parameters.values(), self.stock)

    def compile(self, step: Callable[..., Any]) -> Callable[..., Any]:
        """`step` as it is: where the execution is compiled, it calls compiled pieces, and fused optimisers."""
        return step

    def train_iteration(self, batch: Batch) -> None:
        """As the base; torch takes from the host what its optimisers and averages are told."""
        self.told = {name: float(value) for name, value in batch.annealed.items()}
        super().train_iteration(batch)

    # --- steps --------------------------------------------------------------------------------------------------

    def joint_step(self, images: Tensor, latents: Tensor, mixing: Tensor, inputs: dict[str, Tensor]) -> dict[str, Any]:
        given = self.given(inputs)
        fake = self.pair.generate(latents.to(self.dtype), **given)
        losses = self._update_discriminator(images, fake.detach(), mixing, given, self.annealed(inputs))
        return {**losses, **self._update_generator(self.paired(images), fake, given)}

    def discriminator_step(
        self, images: Tensor, latents: Tensor, mixing: Tensor, inputs: dict[str, Tensor]
    ) -> dict[str, Any]:
        given = self.given(inputs)
        with torch.no_grad():
            fake = device.kept(self.pair.generate(latents.to(self.dtype), **given))
        return self._update_discriminator(images, fake, mixing, given, self.annealed(inputs))

    def generator_step(self, images: Tensor, latents: Tensor, inputs: dict[str, Tensor]) -> dict[str, Any]:
        given = self.given(inputs)
        fake = self.pair.generate(latents.to(self.dtype), **given)
        return self._update_generator(self.paired(images), fake, given)

    @torch.no_grad()
    def sample_step(self, inputs: dict[str, Tensor]) -> Tensor:
        generator = self.averaged if self.averaged is not None else self.generator
        cast = {name: value if name == "mix_from" else value.to(self.dtype) for name, value in inputs.items()}
        with in_mode(False, generator):
            return generator(cast.pop("latents"), **cast).permute(0, 2, 3, 1)

    def annealed(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """The weights of R1 and R2 in this iteration, if they are annealed."""
        return {name: value.to(self.dtype) for name, value in inputs.items() if name in ("r1", "r2")}

    def paired(self, images: Tensor) -> Tensor | None:
        """The real images that the generator's loss compares with the fakes; None where it does not."""
        return normalize(images, self.dtype, self.resolution) if self.model.objective.pairs else None

    def given(self, inputs: dict[str, Tensor]) -> Given:
        """`inputs` as the networks take them: one-hot labels, and everything in the cell's precision."""
        found = {"alpha": inputs["alpha"].to(self.dtype)} if "alpha" in inputs else {}
        if "labels" in inputs:
            found["labels"] = F.one_hot(inputs["labels"], self.shape.classes).to(self.dtype)
        return found

    def _update_discriminator(
        self, images: Tensor, fake: Tensor, mixing: Tensor, given: Given, annealed: Given
    ) -> dict[str, Any]:
        real, mixes = normalize(images, self.dtype, self.resolution), mixing.to(self.dtype)
        total, terms, gradients = discriminator_gradients(self.pair, self.model, real, fake, mixes, given, annealed)
        self._apply("discriminator", gradients)
        if (bound := self.model.objective.weight_clip) is not None:
            self._clip(bound)
        losses = {"discriminator": total, **{name: term for name, term in terms.items() if name in PENALTIES}}
        return {name: loss.clone() for name, loss in losses.items()}  # a CUDA graph writes to the same memory again

    def _update_generator(self, real: Tensor | None, fake: Tensor, given: Given) -> dict[str, Any]:
        loss, gradients = generator_gradients(self.pair, self.model, real, fake, given)
        self._apply("generator", gradients)
        self._average()
        return {"generator": loss.clone()}

    def _apply(self, name: str, gradients: Gradients) -> None:
        optimizer = self.optimizers[name]
        for parameter, gradient in zip(optimizers.updated(optimizer), gradients, strict=True):
            # fused kernels walk raw memory: after a second derivative a gradient may lie in another layout than its
            # parameter (autograd.grad, unlike backward, does not align them), and the update would be permuted
            aligned = gradient.stride() == parameter.stride()
            parameter.grad = gradient if aligned else torch.empty_like(parameter).copy_(gradient)
        optimizers.anneal(optimizer, self.told)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    @torch.no_grad()
    def _clip(self, bound: float) -> None:
        """Every parameter of the discriminator into -bound..bound."""
        for parameter in self.discriminator.parameters():
            parameter.clamp_(-bound, bound)

    @torch.no_grad()
    def _average(self) -> None:
        """Move the averaged generator towards the trained one; statistics are taken over as they are."""
        if self.averaged is None or self.model.ema_decay is None:
            return
        weight = 1.0 - self.told.get("ema_decay", self.model.ema_decay)
        torch._foreach_lerp_(list(self.averaged.parameters()), list(self.generator.parameters()), weight)
        for average, statistic in zip(self.averaged.buffers(), self.generator.buffers(), strict=True):
            average.copy_(statistic)

    # --- host and device ----------------------------------------------------------------------------------------

    def upload(self, array: NDArray) -> Tensor:
        tensor = torch.from_numpy(np.require(array, requirements=("C", "W")))  # torch warns of read-only memory
        if self.device.type == "cpu":
            return tensor
        return tensor.pin_memory().to(self.device, non_blocking=True)

    def download(self, tensor: Tensor) -> NDArray:
        return tensor.cpu().numpy()

    def fetch(self, values: list[Tensor]) -> NDArray[np.float64]:
        return torch.stack(values).double().cpu().numpy()

    def named_tensors(self, name: str) -> Iterable[tuple[str, Tensor]]:
        return weights.named_tensors(self.networks[name], name)

    named_slots = staticmethod(optimizers.named_slots)
    neutral_shape = staticmethod(weights.neutral_shape)
    to_neutral = staticmethod(weights.to_neutral)
    assign = staticmethod(weights.assign)

    def synchronize(self) -> None:
        device.synchronize(self.device)

    def stopwatch(self) -> Stopwatch | None:
        return device.stopwatch(self.device)

    def device_report(self) -> DeviceReport:
        """Where the generator's weights are, and torch's versions."""
        return device.report(self.device, next(self.generator.parameters()))


if TYPE_CHECKING:
    _: type[Engine] = TorchEngine  # this class lacks nothing of the protocol
