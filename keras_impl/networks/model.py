"""The base of the networks: a Keras model whose configuration is the spec and the shape that it was made from.

Layers take numbers and texts only, which Keras itself notes as their configuration.
"""

from typing import Any, Self

import keras
from keras import Input, ops

from common.specs.models import family
from common.specs.networks import NetworkShape, NetworkSpec, resolutions
from keras_impl.backends import Tensor


class SpecModel(keras.Model):
    """A model that `from_config` makes again; its variables are there once it was built."""

    def __init__(self, spec: NetworkSpec, shape: NetworkShape, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.spec, self.image_shape = spec, shape

    def build(self, input_shape: tuple) -> None:
        """All variables, by one symbolic call, of a growing network by one for each level.

        Args:
            input_shape: of the noise, (n, noise_size), or of the images, (n, size, size, channels).
        """
        if not self.spec.grows:
            self._trace(input_shape)
            return
        phase = self.resolution, self.fading
        for size in resolutions(self.image_shape.image_size):
            self.set_phase(size, fading=size > 4)
            self._trace(input_shape if len(input_shape) == 2 else (input_shape[0], size, size, input_shape[-1]))
        self.set_phase(*phase)

    def _trace(self, input_shape: tuple) -> None:
        """Build every layer that `call` comes to."""
        dtype, given = self.compute_dtype, {}
        if self.spec.conditional:
            given["labels"] = Input((self.image_shape.classes,), input_shape[0], dtype)
        if self.spec.grows:
            given["alpha"] = Input(batch_shape=(), dtype=dtype)
        self.compute_output_spec(Input(batch_shape=input_shape, dtype=dtype), **given)

    def __call__(self, *inputs: Any, **given: Any) -> Tensor:
        """What `call` returns, in the precision of the weights: losses are never computed in bfloat16."""
        return ops.cast(super().__call__(*inputs, **given), self.variable_dtype)

    def get_config(self) -> dict[str, Any]:
        """What the constructor takes, as JSON-able values."""
        made_from = {"spec": self.spec.model_dump(mode="json"), "shape": self.image_shape.model_dump(mode="json")}
        return {**super().get_config(), **made_from}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        """A new model of the same spec and shape."""
        spec = family(config["spec"]["family"]).model_validate(config["spec"])
        return cls(**{**config, "spec": spec, "shape": NetworkShape.model_validate(config["shape"])})
