"""The PyTorch engine: one model trained by eager or compiled PyTorch behind the Engine protocol."""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from common.chunks import padded_chunks
from common.engine import Batch, DeviceReport, Style
from common.images import quantize
from common.sampling_inputs import sampling_inputs
from common.specs.cell import Cell
from common.specs.networks import NetworkShape
from common.specs.objectives import Wasserstein
from common.specs.phases import Phase
from torch_impl import device, networks, optimizers
from torch_impl.optimizers import named_slots, updated
from torch_impl.step import (
    Given,
    Gradients,
    Networks,
    discriminator_gradients,
    generator_gradients,
    normalize,
    trained_parameters,
)
from torch_impl.weights import assign, named_tensors, to_neutral

DTYPES = {"fp64": torch.float64, "fp32": torch.float32, "tf32": torch.float32}
SAMPLING_BATCH = 250
PENALTY_NOTE = "The gradient penalty runs eagerly: torch.compile has no second derivatives."


class TorchEngine:
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
        self.dtype = DTYPES[cell.precision]
        self.model, self.shape, self.execution = cell.model, shape, cell.execution
        generator, discriminator = (self._place(net) for net in networks.build(cell.model.network, shape))
        self.networks = Networks(generator, discriminator, generator, discriminator)
        self.averaged = self._place(networks.build(cell.model.network, shape)[0]) if cell.model.ema_decay else None
        self._pending: dict[str, list[Tensor]] = {}
        self.begin_phase(cell.phases()[0])

    def _place(self, network: torch.nn.Module) -> torch.nn.Module:
        return network.to(self.device, self.dtype, memory_format=torch.channels_last)

    def begin_phase(self, phase: Phase) -> None:
        """Train at the phase's resolution, with fresh optimisers and, if compiled, fresh graphs."""
        self.resolution = phase.resolution
        generator, discriminator = self.networks.generator, self.networks.discriminator
        for network in (generator, discriminator, *([self.averaged] if self.averaged else [])):
            if hasattr(network, "set_phase"):
                network.set_phase(phase.resolution, phase.fading)
        if self.execution == "compiled":
            torch.compiler.reset()  # graphs of earlier phases would count towards the limit on recompilations
        compiled = torch.compile if self.execution == "compiled" else (lambda module: module)
        self.networks = Networks(generator, discriminator, compiled(generator), compiled(discriminator))
        self.optimizers = {
            "generator": optimizers.build(self.model.optimizer, trained_parameters(generator)),
            "discriminator": optimizers.build(self.model.optimizer, trained_parameters(discriminator)),
        }

    # --- training -----------------------------------------------------------------------------------------------

    def train_iteration(self, batch: Batch) -> None:
        """n_critic discriminator updates and one generator update; returns before the device has finished."""
        images, latents, mixing = self._upload(batch.images), self._upload(batch.latents), self._upload(batch.mixing)
        givens = [self.given(batch, draw) for draw in range(len(latents))]
        generate = self.networks.generate
        if self.model.n_critic == 1:
            fake = generate(latents[0].to(self.dtype), **givens[0])
            self._update_discriminator(images[0], fake.detach(), mixing[0], givens[0])
        else:
            for update in range(self.model.n_critic):
                with torch.no_grad():
                    fake = generate(latents[update].to(self.dtype), **givens[update])
                self._update_discriminator(images[update], fake, mixing[update], givens[update])
            fake = generate(latents[-1].to(self.dtype), **givens[-1])
        loss, gradients = generator_gradients(self.networks, self.model, fake, givens[-1])
        self._apply("generator", gradients)
        self._average()
        self._remember("generator", loss)

    def given(self, batch: Batch, draw: int) -> Given:
        """What the networks get beside noise and images in update `draw`."""
        found = {}
        if batch.labels is not None:
            labels = self._upload(batch.labels[draw])
            found["labels"] = functional.one_hot(labels, self.shape.classes).to(self.dtype)
        if hasattr(self.networks.generator, "set_phase"):
            found["alpha"] = self._upload(batch.alpha).to(self.dtype)
        return found

    def losses(self) -> dict[str, NDArray[np.float64]]:
        """Each loss per iteration since the last call; with several critic updates the last one's terms."""
        stride = self.model.n_critic
        fetched = {name: torch.stack(values).double().cpu().numpy() for name, values in self._pending.items()}
        self._pending.clear()
        return {name: array if name == "generator" else array[stride - 1 :: stride] for name, array in fetched.items()}

    def _update_discriminator(self, images: Tensor, fake: Tensor, mixing: Tensor, given: Given) -> None:
        real = normalize(images, self.dtype, self.resolution)
        terms, gradients = discriminator_gradients(self.networks, self.model, real, fake, mixing.to(self.dtype), given)
        self._apply("discriminator", gradients)
        objective = self.model.objective
        if isinstance(objective, Wasserstein) and objective.weight_clip:
            with torch.no_grad():
                for parameter in self.networks.discriminator.parameters():
                    parameter.clamp_(-objective.weight_clip, objective.weight_clip)
        self._remember("discriminator", torch.stack(list(terms.values())).sum())
        if "penalty" in terms:
            self._remember("penalty", terms["penalty"])

    def _apply(self, network: str, gradients: Gradients) -> None:
        optimizer = self.optimizers[network]
        for parameter, gradient in zip(updated(optimizer), gradients, strict=True):
            # fused kernels walk raw memory: after a second derivative a gradient may lie in another layout than its
            # parameter (autograd.grad, unlike backward, does not align them), and the update would be permuted
            aligned = gradient.stride() == parameter.stride()
            parameter.grad = gradient if aligned else torch.empty_like(parameter).copy_(gradient)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    @torch.no_grad()
    def _average(self) -> None:
        """Move the averaged generator towards the trained one; statistics are taken over as they are."""
        if self.averaged is None:
            return
        trained = self.networks.generator
        weight = 1.0 - self.model.ema_decay
        torch._foreach_lerp_(list(self.averaged.parameters()), list(trained.parameters()), weight)
        for average, statistic in zip(self.averaged.buffers(), trained.buffers(), strict=True):
            average.copy_(statistic)

    def _remember(self, name: str, loss: Tensor) -> None:
        self._pending.setdefault(name, []).append(loss.detach())

    def _upload(self, array: NDArray) -> Tensor:
        tensor = torch.from_numpy(np.require(array, requirements="CW"))  # torch warns of read-only memory
        if self.device.type == "cpu":
            return tensor
        return tensor.pin_memory().to(self.device, non_blocking=True)

    # --- sampling -----------------------------------------------------------------------------------------------

    @torch.no_grad()
    def generate(
        self,
        latents: NDArray[np.float32],
        labels: NDArray[np.float32] | None = None,
        alpha: float = 1.0,
        style: Style | None = None,
    ) -> NDArray[np.uint8]:
        """Images in inference mode: (n, size) noise and class weights -> uint8 (n, height, width, channels)."""
        generator = (self.averaged if self.averaged is not None else self.networks.generator).eval()
        by_row, by_call = sampling_inputs(latents, labels, alpha, style, grows=hasattr(generator, "set_phase"))
        shared = {name: self._upload(value) for name, value in by_call.items()}
        images = []
        for chunks, real in padded_chunks(list(by_row.values()), SAMPLING_BATCH):
            given = {**dict(zip(by_row, map(self._upload, chunks), strict=True)), **shared}
            cast = {name: value if name == "mix_from" else value.to(self.dtype) for name, value in given.items()}
            images.append(quantize(generator(**cast).permute(0, 2, 3, 1).cpu().numpy()[:real]))
        generator.train()
        return np.concatenate(images)

    # --- weights and state --------------------------------------------------------------------------------------

    def named_weights(self) -> dict[str, Tensor]:
        """Neutral name -> torch tensor of every parameter and statistic of every network."""
        named = {
            **dict(named_tensors(self.networks.generator, "generator")),
            **dict(named_tensors(self.networks.discriminator, "discriminator")),
        }
        return named if self.averaged is None else {**named, **dict(named_tensors(self.averaged, "generator_ema"))}

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Neutral name -> neutral shape."""
        return {name: array.shape for name, array in self.weights().items()}

    def weights(self) -> dict[str, NDArray]:
        """A copy of every weight in the neutral layout."""
        return {name: to_neutral(tensor) for name, tensor in self.named_weights().items()}

    def load_weights(self, values: Mapping[str, NDArray]) -> None:
        """Set every weight; raises BadInput at the first that differs in name or shape."""
        assign(self.named_weights(), values)

    def state(self) -> dict[str, NDArray]:
        """Weights and optimiser slots; a slot is `optimizer/<slot>/<weight>`, in the weight's neutral layout."""
        slots = {name: to_neutral(tensor) for name, tensor in self._slots().items()}
        return {**self.weights(), **slots}

    def load_state(self, state: Mapping[str, NDArray]) -> None:
        """Continue from `state()`; raises BadInput at the first tensor that differs."""
        assign({**self.named_weights(), **self._slots()}, state)

    def _slots(self) -> dict[str, Tensor]:
        names = {id(tensor): name for name, tensor in self.named_weights().items()}
        found = [named_slots(optimizer, names) for optimizer in self.optimizers.values()]
        return {f"optimizer/{name}": tensor for slots in found for name, tensor in slots.items()}

    # --- device -------------------------------------------------------------------------------------------------

    def synchronize(self) -> None:
        """Wait until the device has finished all enqueued work."""
        device.synchronize(self.device)

    def device_report(self) -> DeviceReport:
        """Where the generator's weights are, and torch's versions."""
        penalized = bool(getattr(self.model.objective, "gradient_penalty", 0.0))
        notes = (PENALTY_NOTE,) if self.execution == "compiled" and penalized else ()
        return device.report(self.device, next(self.networks.generator.parameters()), notes)
