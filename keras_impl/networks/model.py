"""The base of the networks: a Keras model whose configuration is the spec and the shape that it was made from.

Layers take numbers and texts only, which Keras itself notes as their configuration.
"""

from typing import Any, Self

import keras
from keras import ops

from common.specs.models import family
from common.specs.networks import NetworkShape, NetworkSpec
from keras_impl.backends import Tensor


class SpecModel(keras.Model):
    """A model that `from_config` makes again; its variables are there once it was called."""

    def __init__(self, spec: NetworkSpec, shape: NetworkShape, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.spec, self.image_shape = spec, shape

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
