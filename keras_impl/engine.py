"""The Keras engine: one model trained by Keras on any of its backends behind the Engine protocol."""

import os
from collections.abc import Callable, Mapping
from importlib.metadata import version

import keras
import numpy as np
from keras import KerasTensor, ops
from numpy.typing import NDArray

from common.chunks import padded_chunks
from common.engine import Batch, DeviceReport, Style
from common.images import quantize
from common.sampling_inputs import sampling_inputs
from common.specs.cell import Cell
from common.specs.networks import NetworkShape
from common.specs.objectives import Wasserstein
from common.specs.phases import Phase
from keras_impl import networks, optimizers
from keras_impl.backends import backend
from keras_impl.optimizers import named_slots
from keras_impl.step import (
    Given,
    Networks,
    discriminator_gradients,
    generator_gradients,
    normalize,
    trained_variables,
)
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
        precision = cell.precision
        backend.configure(cell.device, threads, allow_tf32=precision == "tf32", float64=precision == "fp64")
        self.dtype = DTYPES[cell.precision]
        keras.config.set_floatx(self.dtype)
        keras.config.set_dtype_policy(self.dtype)
        self.model, self.shape, self.execution = cell.model, shape, cell.execution
        self.networks = Networks(*networks.build(cell.model.network, shape))
        self.averaged = None
        if cell.model.ema_decay:
            self.averaged = networks.build(cell.model.network, shape, prefix="generator_ema")[0]
        self._pending: dict[str, list[KerasTensor]] = {}
        self.begin_phase(cell.phases()[0])

    def begin_phase(self, phase: Phase) -> None:
        """Train at the phase's resolution, with fresh optimisers and fresh graphs."""
        self.resolution = phase.resolution
        generators = [self.networks.generator] + ([self.averaged] if self.averaged is not None else [])
        for network in (*generators, self.networks.discriminator):
            if hasattr(network, "set_phase"):
                network.set_phase(phase.resolution, phase.fading)
        self.optimizers = {
            name: optimizers.build(self.model.optimizer, trained_variables(network))
            for name, network in self.networks._asdict().items()
        }
        holders = (*generators, self.networks.discriminator, *self.optimizers.values())
        self.state_variables = [variable for holder in holders for variable in holder.variables]
        self._joint_step = self.compile(self._joint)
        self._discriminator_step = self.compile(self._discriminator_only)
        self._generator_step = self.compile(self._generator_only)
        self._sample_step = self.compile(self._sample)

    def compile(self, step: Callable) -> Callable:
        """`step` in the cell's execution."""
        return backend.compile_step(step, self.state_variables, self.execution)

    # --- training -----------------------------------------------------------------------------------------------

    def train_iteration(self, batch: Batch) -> None:
        """n_critic discriminator updates and one generator update; returns before the device has finished."""
        images, latents, mixing = (map(backend.upload, each) for each in (batch.images, batch.latents, batch.mixing))
        inputs = [self.inputs(batch, draw) for draw in range(len(batch.latents))]
        if self.model.n_critic == 1:
            self._remember(self._joint_step(next(images), next(latents), next(mixing), inputs[0]))
            return
        for update in range(self.model.n_critic):
            self._remember(self._discriminator_step(next(images), next(latents), next(mixing), inputs[update]))
        self._remember(self._generator_step(next(latents), inputs[-1]))

    def inputs(self, batch: Batch, draw: int) -> dict[str, KerasTensor]:
        """What update `draw` gets beside noise and images, as it comes from the host."""
        found = {}
        if batch.labels is not None:
            found["labels"] = backend.upload(batch.labels[draw])
        if hasattr(self.networks.generator, "set_phase"):
            found["alpha"] = backend.upload(batch.alpha)
        return found

    def given(self, inputs: dict[str, KerasTensor]) -> Given:
        """`inputs` as the networks take them: one-hot labels, and everything in the cell's precision."""
        found = {name: ops.cast(value, self.dtype) for name, value in inputs.items() if name != "labels"}
        if "labels" in inputs:
            found["labels"] = ops.one_hot(inputs["labels"], self.shape.classes, dtype=self.dtype)
        return found

    def losses(self) -> dict[str, NDArray[np.float64]]:
        """Each loss per iteration since the last call; with several critic updates the last one's terms."""
        stride = self.model.n_critic
        fetched = {name: backend.fetch(values) for name, values in self._pending.items()}
        self._pending.clear()
        return {name: array if name == "generator" else array[stride - 1 :: stride] for name, array in fetched.items()}

    def _joint(self, images: KerasTensor, latents: KerasTensor, mixing: KerasTensor, inputs: dict) -> dict:
        given = self.given(inputs)
        fake, pullback = self.fakes(latents, given)
        losses = self._update_discriminator(images, ops.stop_gradient(fake), mixing, given)
        return {**losses, **self._update_generator(fake, pullback, given)}

    def _discriminator_only(self, images: KerasTensor, latents: KerasTensor, mixing: KerasTensor, inputs: dict) -> dict:
        given = self.given(inputs)
        fake = self.networks.generator(ops.cast(latents, self.dtype), **given, training=True)
        return self._update_discriminator(images, fake, mixing, given)

    def _generator_only(self, latents: KerasTensor, inputs: dict) -> dict[str, KerasTensor]:
        given = self.given(inputs)
        return self._update_generator(*self.fakes(latents, given), given)

    def fakes(self, latents: KerasTensor, given: Given) -> tuple[KerasTensor, Callable]:
        """Generated images and the map from a gradient at them to the gradients of the generator's parameters."""
        generator, noise = self.networks.generator, ops.cast(latents, self.dtype)
        images, _, pullback = backend.value_and_pullback(
            lambda: (generator(noise, **given, training=True), {}), trained_variables(generator)
        )
        return images, pullback

    def _update_generator(self, fake: KerasTensor, pullback: Callable, given: Given) -> dict[str, KerasTensor]:
        loss, gradients = generator_gradients(self.networks, self.model, fake, pullback, given)
        self.optimizers["generator"].apply(gradients, trained_variables(self.networks.generator))
        self._average()
        return {"generator": loss}

    def _update_discriminator(
        self, images: KerasTensor, fake: KerasTensor, mixing: KerasTensor, given: Given
    ) -> dict[str, KerasTensor]:
        real, weights = normalize(images, self.dtype, self.resolution), ops.cast(mixing, self.dtype)
        terms, gradients = discriminator_gradients(self.networks, self.model, real, fake, weights, given)
        self.optimizers["discriminator"].apply(gradients, trained_variables(self.networks.discriminator))
        objective = self.model.objective
        if isinstance(objective, Wasserstein) and objective.weight_clip:
            for variable in self.networks.discriminator.trainable_variables:
                variable.assign(ops.clip(variable, -objective.weight_clip, objective.weight_clip))
        losses = {"discriminator": sum(terms.values())}
        return {**losses, "penalty": terms["penalty"]} if "penalty" in terms else losses

    def _average(self) -> None:
        """Move the averaged generator towards the trained one; statistics are taken over as they are."""
        if self.averaged is None:
            return
        weight = ops.convert_to_tensor(1.0 - np.float64(self.model.ema_decay), dtype=self.dtype)
        trained = self.networks.generator
        for average, variable in zip(self.averaged.trainable_variables, trained.trainable_variables, strict=True):
            average.assign(average + (variable - average) * weight)
        for average, statistic in zip(
            self.averaged.non_trainable_variables, trained.non_trainable_variables, strict=True
        ):
            average.assign(statistic)

    def _remember(self, losses: dict[str, KerasTensor]) -> None:
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
        grows = hasattr(self.networks.generator, "set_phase")
        by_row, by_call = sampling_inputs(latents, labels, alpha, style, grows)
        shared = {name: backend.upload(value) for name, value in by_call.items()}
        images = []
        for chunks, real in padded_chunks(list(by_row.values()), SAMPLING_BATCH):
            given = {**dict(zip(by_row, map(backend.upload, chunks), strict=True)), **shared}
            images.append(quantize(ops.convert_to_numpy(self._sample_step(given))[:real]))
        return np.concatenate(images)

    def _sample(self, given: dict[str, KerasTensor]) -> KerasTensor:
        generator = self.averaged if self.averaged is not None else self.networks.generator
        cast = {name: value if name == "mix_from" else ops.cast(value, self.dtype) for name, value in given.items()}
        return generator(cast.pop("latents"), **cast, training=False)

    # --- weights and state --------------------------------------------------------------------------------------

    def named_weights(self) -> dict[str, keras.Variable]:
        """Neutral name -> variable of every parameter and running statistic of both networks."""
        every = [*self.networks, *([self.averaged] if self.averaged is not None else [])]
        return {name: variable for network in every for name, variable in named_variables(network)}

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
            names = [neutral_name(variable) for variable in trained_variables(network)]
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
