"""The Keras engine: one model trained by Keras on any of its backends behind the Engine protocol."""

import os
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from common.engine import DeviceReport, Engine
from common.engine_base import EngineBase
from common.implementation import Kind
from common.specs.cell import Cell
from common.specs.networks import NetworkShape
from common.specs.objectives import PENALTIES
from common.specs.phases import Phase
from keras_impl import networks, optimizers, weights
from keras_impl.backends import Pullback, Tensor, backend
from keras_impl.precision import compute_in_bfloat16
from keras_impl.step import (
    Given,
    Gradients,
    Networks,
    discriminator_gradients,
    generator_gradients,
    normalize,
    trained_parameters,
)

DTYPES = {"fp64": "float64", "fp32": "float32", "tf32": "float32", "bf16": "float32"}


class KerasEngine(EngineBase[Tensor]):
    """Trains one cell with Keras on the backend that KERAS_BACKEND named when keras was imported.

    Args:
        cell: what to train; `cell.device` is "cpu" or "cuda[:i]".
        shape: image size, channels and classes.
        threads: CPU threads for the backend's kernels; None leaves its default.

    Raises:
        BadInput: the device asked for is not there.
    """

    def __init__(self, cell: Cell, shape: NetworkShape, threads: int | None = None) -> None:
        backend.configure(cell.device, threads, allow_tf32=cell.precision == "tf32", float64=cell.precision == "fp64")
        self.dtype = DTYPES[cell.precision]
        keras.config.set_floatx(self.dtype)
        keras.config.set_dtype_policy(self.dtype)
        if cell.precision == "bf16":
            compute_in_bfloat16()
        super().__init__(cell, shape)

    def begin_phase(self, phase: Phase) -> None:
        """Train at the phase's resolution, with fresh optimisers and fresh graphs."""
        self.pair = Networks(self.generator, self.discriminator)
        super().begin_phase(phase)

    # --- networks and optimisers --------------------------------------------------------------------------------

    def build(self, kind: Kind) -> keras.Model:
        return networks.build(kind, self.model.network, self.shape)

    def trained_parameters(self, network: keras.Model) -> list[keras.Variable]:
        return trained_parameters(network, self.model)

    def optimizer(self, parameters: Mapping[str, keras.Variable]) -> keras.optimizers.Optimizer:
        return optimizers.build(self.model.optimizer, parameters.values())

    def compile(self, step: Callable[..., Any]) -> Callable[..., Any]:
        holders = (*self.networks.values(), *self.optimizers.values())
        state = [variable for holder in holders for variable in holder.variables]
        return backend.compile_step(step, state, self.execution)

    # --- steps --------------------------------------------------------------------------------------------------

    def joint_step(self, images: Tensor, latents: Tensor, mixing: Tensor, inputs: dict[str, Tensor]) -> dict[str, Any]:
        given = self.given(inputs)
        fake, pullback = self.fakes(latents, given)
        annealed = self.annealed(inputs)
        losses = self._update_discriminator(images, ops.stop_gradient(fake), mixing, given, annealed)
        return {**losses, **self._update_generator(self.paired(images), fake, given, pullback, annealed)}

    def discriminator_step(
        self, images: Tensor, latents: Tensor, mixing: Tensor, inputs: dict[str, Tensor]
    ) -> dict[str, Any]:
        given = self.given(inputs)
        fake = self.generator(ops.cast(latents, self.dtype), **given, training=True)
        return self._update_discriminator(images, fake, mixing, given, self.annealed(inputs))

    def generator_step(self, images: Tensor, latents: Tensor, inputs: dict[str, Tensor]) -> dict[str, Any]:
        given = self.given(inputs)
        fake, pullback = self.fakes(latents, given)
        return self._update_generator(self.paired(images), fake, given, pullback, self.annealed(inputs))

    def sample_step(self, inputs: dict[str, Tensor]) -> Tensor:
        generator = self.averaged if self.averaged is not None else self.generator
        cast = {name: value if name == "mix_from" else ops.cast(value, self.dtype) for name, value in inputs.items()}
        return generator(cast.pop("latents"), **cast, training=False)

    def annealed(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """The values of this iteration that are annealed: common/annealing.py."""
        return {name: ops.cast(value, self.dtype) for name, value in inputs.items() if name not in ("alpha", "labels")}

    def paired(self, images: Tensor) -> Tensor | None:
        """The real images that the generator's loss compares with the fakes; None where it does not."""
        return normalize(images, self.dtype, self.resolution) if self.model.objective.pairs else None

    def given(self, inputs: dict[str, Tensor]) -> Given:
        """`inputs` as the networks take them: one-hot labels, and everything in the cell's precision."""
        found = {"alpha": ops.cast(inputs["alpha"], self.dtype)} if "alpha" in inputs else {}
        if "labels" in inputs:
            found["labels"] = ops.one_hot(inputs["labels"], self.shape.classes, dtype=self.dtype)
        return found

    def fakes(self, latents: Tensor, given: Given) -> tuple[Tensor, Pullback]:
        """Generated images and the map from a gradient at them to the gradients of the generator's parameters."""
        noise = ops.cast(latents, self.dtype)
        images, _, pullback = backend.value_and_pullback(
            lambda: (self.generator(noise, **given, training=True), {}), self.trained_parameters(self.generator)
        )
        return images, pullback

    def _update_discriminator(
        self, images: Tensor, fake: Tensor, mixing: Tensor, given: Given, annealed: Given
    ) -> dict[str, Any]:
        real, mixes = normalize(images, self.dtype, self.resolution), ops.cast(mixing, self.dtype)
        total, terms, gradients = discriminator_gradients(self.pair, self.model, real, fake, mixes, given, annealed)
        self._apply("discriminator", gradients, annealed)
        if (bound := self.model.objective.weight_clip) is not None:
            self._clip(bound)
        return {"discriminator": total, **{name: term for name, term in terms.items() if name in PENALTIES}}

    def _update_generator(
        self, real: Tensor | None, fake: Tensor, given: Given, pullback: Pullback, annealed: Given
    ) -> dict[str, Any]:
        loss, gradients = generator_gradients(self.pair, self.model, real, fake, given, pullback)
        self._apply("generator", gradients, annealed)
        self._average(annealed)
        return {"generator": loss}

    def _apply(self, name: str, gradients: Gradients, annealed: Given) -> None:
        optimizers.anneal(self.optimizers[name], annealed)
        self.optimizers[name].apply(gradients, self.trained_parameters(self.networks[name]))

    def _clip(self, bound: float) -> None:
        """Every parameter of the discriminator into -bound..bound."""
        for parameter in self.discriminator.trainable_variables:
            parameter.assign(ops.clip(parameter, -bound, bound))

    def _average(self, annealed: Given) -> None:
        """Move the averaged generator towards the trained one; statistics are taken over as they are."""
        if self.averaged is None or self.model.ema_decay is None:
            return
        usual = ops.convert_to_tensor(np.float64(self.model.ema_decay), dtype=self.dtype)
        weight = 1.0 - annealed.get("ema_decay", usual)
        pairs = zip(self.averaged.trainable_variables, self.generator.trainable_variables, strict=True)
        for average, parameter in pairs:
            average.assign(average + (parameter - average) * weight)
        pairs = zip(self.averaged.non_trainable_variables, self.generator.non_trainable_variables, strict=True)
        for average, statistic in pairs:
            average.assign(statistic)

    # --- host and device ----------------------------------------------------------------------------------------

    def upload(self, array: NDArray) -> Tensor:
        return backend.upload(array)

    def download(self, tensor: Tensor) -> NDArray:
        return ops.convert_to_numpy(tensor)

    def fetch(self, values: list[Tensor]) -> NDArray[np.float64]:
        return backend.fetch(values)

    def named_tensors(self, name: str) -> Iterable[tuple[str, keras.Variable]]:
        return weights.named_tensors(self.networks[name], name)

    named_slots = staticmethod(optimizers.named_slots)
    neutral_shape = staticmethod(weights.neutral_shape)
    to_neutral = staticmethod(weights.to_neutral)
    assign = staticmethod(weights.assign)

    def synchronize(self) -> None:
        backend.synchronize()

    def device_report(self) -> DeviceReport:
        """Where the generator's weights are, and the versions of Keras and its backend."""
        package = backend.VERSION_PACKAGE
        return DeviceReport(
            device=backend.device_name(),
            used=backend.device_of(self.generator.trainable_variables[0]),
            threads=backend.threads() or os.cpu_count() or 1,
            peak_device_bytes=backend.peak_device_bytes(),
            versions={"keras": keras.__version__, package: version(package)},
        )


if TYPE_CHECKING:
    _: type[Engine] = KerasEngine  # this class lacks nothing of the protocol
