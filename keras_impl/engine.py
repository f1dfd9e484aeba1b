"""The Keras engine: one model trained by Keras on any of its backends behind the Engine protocol."""

import os
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import keras
import numpy as np
from keras import KerasTensor, ops
from numpy.typing import NDArray

from common.chunks import padded_chunks
from common.engine import Batch, DeviceReport
from common.images import quantize
from common.specs.cell import Cell
from common.specs.networks import NetworkShape
from common.specs.objectives import Wasserstein
from keras_impl import networks, optimizers
from keras_impl.backends import backend
from keras_impl.optimizers import named_slots
from keras_impl.step import Gradients, Networks, discriminator_gradients, generator_gradients, normalize
from keras_impl.weights import assign, named_variables, neutral_name, to_neutral

DTYPES = {"fp64": "float64", "fp32": "float32", "tf32": "float32"}
SAMPLING_BATCH = 250


class KerasEngine:
    """Trains one cell with Keras on the backend that KERAS_BACKEND named when keras was imported.

    Args:
        cell: what to train; `cell.device` is "cpu" or "cuda[:i]".
        shape: image size, channels and classes.
        threads: CPU threads for the backend's kernels; None leaves its default.

    Raises:
        BadInput: the device asked for is not there.
    """

    def __init__(self, cell: Cell, shape: NetworkShape, threads: int | None = None) -> None:
        backend.configure(cell.device, threads, allow_tf32=cell.precision == "tf32")
        self.dtype = DTYPES[cell.precision]
        keras.config.set_floatx(self.dtype)
        keras.config.set_dtype_policy(self.dtype)
        self.model = cell.model
        self.networks = Networks(*networks.build(cell.model.network, shape))
        self.optimizers = {
            name: optimizers.build(cell.model.optimizer, network.trainable_variables)
            for name, network in self.networks._asdict().items()
        }
        self.execution = cell.execution
        holders = (*self.networks, *self.optimizers.values())
        self.state_variables = state = [variable for holder in holders for variable in holder.variables]
        self._joint_step = backend.compile_step(self._joint, state, cell.execution)
        self._discriminator_step = backend.compile_step(self._discriminator_only, state, cell.execution)
        self._generator_step = backend.compile_step(self._generator_only, state, cell.execution)
        self._sample_step = backend.compile_step(self._sample, state, cell.execution)
        self._pending: dict[str, list[KerasTensor]] = {}

    # --- training -----------------------------------------------------------------------------------------------

    def train_iteration(self, batch: Batch) -> None:
        """n_critic discriminator updates and one generator update; returns before the device has finished."""
        images, latents, mixing = batch.images, batch.latents, batch.mixing
        if self.model.n_critic == 1:
            self._remember(self._joint_step(*map(backend.upload, (images[0], latents[0], mixing[0]))))
            return
        for update in range(self.model.n_critic):
            inputs = map(backend.upload, (images[update], latents[update], mixing[update]))
            self._remember(self._discriminator_step(*inputs))
        self._remember(self._generator_step(backend.upload(latents[-1])))

    def losses(self) -> dict[str, NDArray[np.float64]]:
        """Each loss per iteration since the last call; with several critic updates the last one's terms."""
        stride = self.model.n_critic
        fetched = {name: backend.fetch(values) for name, values in self._pending.items()}
        self._pending.clear()
        return {name: array if name == "generator" else array[stride - 1 :: stride] for name, array in fetched.items()}

    def _joint(self, images: KerasTensor, latents: KerasTensor, mixing: KerasTensor) -> dict[str, KerasTensor]:
        fake, pullback = self.fakes(latents)
        losses = self._update_discriminator(images, ops.stop_gradient(fake), mixing)
        return {**losses, **self._update_generator(fake, pullback)}

    def _discriminator_only(self, images: KerasTensor, latents: KerasTensor, mixing: KerasTensor) -> dict:
        fake = self.networks.generator(ops.cast(latents, self.dtype), training=True)
        return self._update_discriminator(images, fake, mixing)

    def _generator_only(self, latents: KerasTensor) -> dict[str, KerasTensor]:
        return self._update_generator(*self.fakes(latents))

    def fakes(self, latents: KerasTensor) -> tuple[KerasTensor, Any]:
        """Generated images and the map from a gradient at them to the gradients of the generator's parameters."""
        generator = self.networks.generator
        noise = ops.cast(latents, self.dtype)
        return backend.value_and_pullback(lambda: generator(noise, training=True), generator.trainable_variables)

    def _update_generator(self, fake: KerasTensor, pullback: Any) -> dict[str, KerasTensor]:
        loss, gradients = generator_gradients(self.networks, self.model, fake, pullback)
        self._apply("generator", gradients)
        return {"generator": loss}

    def _update_discriminator(self, images: KerasTensor, fake: KerasTensor, mixing: KerasTensor) -> dict:
        real = normalize(images, self.dtype)
        weights = ops.cast(mixing, self.dtype)
        terms, gradients = discriminator_gradients(self.networks, self.model, real, fake, weights)
        self._apply("discriminator", gradients)
        objective = self.model.objective
        if isinstance(objective, Wasserstein) and objective.weight_clip:
            for variable in self.networks.discriminator.trainable_variables:
                variable.assign(ops.clip(variable, -objective.weight_clip, objective.weight_clip))
        losses = {"discriminator": sum(terms.values())}
        return {**losses, "penalty": terms["penalty"]} if "penalty" in terms else losses

    def _apply(self, network: str, gradients: Gradients) -> None:
        optimizer = self.optimizers[network]
        optimizer.apply(gradients, getattr(self.networks, network).trainable_variables)

    def _remember(self, losses: dict[str, KerasTensor]) -> None:
        for name, loss in losses.items():
            self._pending.setdefault(name, []).append(loss)

    # --- sampling -----------------------------------------------------------------------------------------------

    def generate(self, latents: NDArray[np.float32], labels: NDArray[np.int64] | None = None) -> NDArray[np.uint8]:
        """Images in inference mode: (n, size) noise -> uint8 (n, height, width, channels)."""
        images = []
        for chunk, real in padded_chunks(latents, SAMPLING_BATCH):
            made = self._sample_step(backend.upload(chunk))
            images.append(quantize(ops.convert_to_numpy(made)[:real]))
        return np.concatenate(images)

    def _sample(self, latents: KerasTensor) -> KerasTensor:
        return self.networks.generator(ops.cast(latents, self.dtype), training=False)

    # --- weights and state --------------------------------------------------------------------------------------

    def named_weights(self) -> dict[str, keras.Variable]:
        """Neutral name -> variable of every parameter and running statistic of both networks."""
        return {name: variable for network in self.networks for name, variable in named_variables(network)}

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Neutral name -> shape."""
        return {name: tuple(variable.shape) for name, variable in self.named_weights().items()}

    def weights(self) -> dict[str, NDArray]:
        """A copy of every weight."""
        return {name: to_neutral(variable) for name, variable in self.named_weights().items()}

    def load_weights(self, values: Mapping[str, NDArray]) -> None:
        """Set every weight; raises BadInput at the first that differs in name or shape."""
        assign(self.named_weights(), values)

    def state(self) -> dict[str, NDArray]:
        """Weights and optimiser slots; a slot is `optimizer/<slot>/<weight>`, in the weight's layout."""
        return {**self.weights(), **{name: to_neutral(variable) for name, variable in self._slots().items()}}

    def load_state(self, state: Mapping[str, NDArray]) -> None:
        """Continue from `state()`; raises BadInput at the first tensor that differs."""
        assign({**self.named_weights(), **self._slots()}, state)

    def _slots(self) -> dict[str, keras.Variable]:
        slots = {}
        for name, network in self.networks._asdict().items():
            names = [neutral_name(variable) for variable in network.trainable_variables]
            slots.update(named_slots(self.optimizers[name], names))
        return {f"optimizer/{name}": variable for name, variable in slots.items()}

    # --- device -------------------------------------------------------------------------------------------------

    def synchronize(self) -> None:
        """Wait until the device has finished all enqueued work."""
        backend.synchronize()

    def device_report(self) -> DeviceReport:
        """Where the generator's weights are, and the versions of Keras and its backend."""
        package = backend.VERSION_PACKAGE
        return DeviceReport(
            device=backend.device_name(),
            used=backend.device_of(self.networks.generator.trainable_variables[0]),
            threads=backend.threads() or os.cpu_count() or 1,
            peak_device_bytes=backend.peak_device_bytes(),
            versions={"keras": keras.__version__, package: version(package)},
        )
