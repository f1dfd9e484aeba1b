"""The PyTorch engine: one model trained by eager or compiled PyTorch behind the Engine protocol."""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from common.chunks import padded_chunks
from common.engine import Batch, DeviceReport
from common.errors import BadInput
from common.images import quantize
from common.specs.cell import Cell
from common.specs.networks import NetworkShape
from common.specs.objectives import Wasserstein
from torch_impl import networks, optimizers
from torch_impl.optimizers import named_slots, updated
from torch_impl.step import Gradients, Networks, discriminator_gradients, generator_gradients, normalize
from torch_impl.weights import assign, named_tensors, to_neutral

DTYPES = {"fp64": torch.float64, "fp32": torch.float32, "tf32": torch.float32}
SAMPLING_BATCH = 250


class TorchEngine:
    """Trains one cell with PyTorch.

    Args:
        cell: what to train; `cell.device` is "cpu" or "cuda[:i]".
        shape: image size, channels and classes.
        threads: CPU threads for torch's kernels; None leaves torch's default.

    Raises:
        BadInput: the device asked for is not there.
    """

    def __init__(self, cell: Cell, shape: NetworkShape, threads: int | None = None) -> None:
        if threads is not None:
            torch.set_num_threads(threads)
        self.device = _device(cell.device)
        self.dtype = DTYPES[cell.precision]
        self._allow_tf32(cell.precision == "tf32")
        self.model = cell.model
        generator, discriminator = networks.build(cell.model.network, shape)
        for network in (generator, discriminator):
            network.to(self.device, self.dtype, memory_format=torch.channels_last)
        compiled = torch.compile if cell.execution == "compiled" else (lambda module: module)
        self.networks = Networks(generator, discriminator, compiled(generator), compiled(discriminator))
        self.optimizers = {
            "generator": optimizers.build(cell.model.optimizer, generator.parameters()),
            "discriminator": optimizers.build(cell.model.optimizer, discriminator.parameters()),
        }
        self._pending: dict[str, list[Tensor]] = {}

    # --- training -----------------------------------------------------------------------------------------------

    def train_iteration(self, batch: Batch) -> None:
        """n_critic discriminator updates and one generator update; returns before the device has finished."""
        images, latents, mixing = self._upload(batch.images), self._upload(batch.latents), self._upload(batch.mixing)
        generate = self.networks.generate
        if self.model.n_critic == 1:
            fake = generate(latents[0].to(self.dtype))
            self._update_discriminator(images[0], fake.detach(), mixing[0])
        else:
            for update in range(self.model.n_critic):
                with torch.no_grad():
                    fake = generate(latents[update].to(self.dtype))
                self._update_discriminator(images[update], fake, mixing[update])
            fake = generate(latents[-1].to(self.dtype))
        loss, gradients = generator_gradients(self.networks, self.model, fake)
        self._apply("generator", gradients)
        self._remember("generator", loss)

    def losses(self) -> dict[str, NDArray[np.float64]]:
        """Each loss per iteration since the last call; with several critic updates the last one's terms."""
        stride = self.model.n_critic
        fetched = {name: torch.stack(values).double().cpu().numpy() for name, values in self._pending.items()}
        self._pending.clear()
        return {name: array if name == "generator" else array[stride - 1 :: stride] for name, array in fetched.items()}

    def _update_discriminator(self, images: Tensor, fake: Tensor, mixing: Tensor) -> None:
        real = normalize(images, self.dtype)
        terms, gradients = discriminator_gradients(self.networks, self.model, real, fake, mixing.to(self.dtype))
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

    def _remember(self, name: str, loss: Tensor) -> None:
        self._pending.setdefault(name, []).append(loss.detach())

    def _upload(self, array: NDArray) -> Tensor:
        tensor = torch.from_numpy(np.require(array, requirements="CW"))  # torch warns of read-only memory
        if self.device.type == "cpu":
            return tensor
        return tensor.pin_memory().to(self.device, non_blocking=True)

    # --- sampling -----------------------------------------------------------------------------------------------

    @torch.no_grad()
    def generate(self, latents: NDArray[np.float32], labels: NDArray[np.int64] | None = None) -> NDArray[np.uint8]:
        """Images in inference mode: (n, size) noise -> uint8 (n, height, width, channels)."""
        generator = self.networks.generator.eval()
        images = []
        for chunk, real in padded_chunks(latents, SAMPLING_BATCH):
            made = generator(self._upload(chunk).to(self.dtype)).permute(0, 2, 3, 1)
            images.append(quantize(made.cpu().numpy()[:real]))
        generator.train()
        return np.concatenate(images)

    # --- weights and state --------------------------------------------------------------------------------------

    def named_weights(self) -> dict[str, Tensor]:
        """Neutral name -> torch tensor of every parameter and running statistic of both networks."""
        return {
            **dict(named_tensors(self.networks.generator, "generator")),
            **dict(named_tensors(self.networks.discriminator, "discriminator")),
        }

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
        """Wait for the accelerator; CPU kernels have finished when their call returns."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)

    def device_report(self) -> DeviceReport:
        """Where the generator's weights are, and torch's versions."""
        cuda = self.device.type == "cuda"
        return DeviceReport(
            device=torch.cuda.get_device_name(self.device) if cuda else "cpu",
            used=str(next(self.networks.generator.parameters()).device),
            threads=torch.get_num_threads(),
            peak_device_bytes=torch.cuda.max_memory_allocated(self.device) if cuda else None,
            versions={"torch": torch.__version__, "cuda": torch.version.cuda or "none"},
        )

    @staticmethod
    def _allow_tf32(allowed: bool) -> None:
        torch.backends.cuda.matmul.allow_tf32 = allowed
        torch.backends.cudnn.allow_tf32 = allowed
        torch.backends.cudnn.benchmark = True


def _device(name: str) -> torch.device:
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise BadInput(f"Device '{name}' was asked for, but torch sees no GPU: use --device cpu, or mend the driver.")
    return torch.device(name)
