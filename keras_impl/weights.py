"""Weights under neutral names and in the neutral layout, out of and into Keras networks.

The neutral layout is Keras' own, so nothing is transposed; a variable's path is its neutral name but for the role.
"""

from collections.abc import Iterator, Mapping

import keras
import numpy as np
from numpy.typing import NDArray

from common.errors import BadInput

ROLES = {"gamma": "scale", "beta": "offset", "moving_mean": "running_mean", "moving_variance": "running_variance"}


def neutral_name(variable: keras.Variable) -> str:
    """`generator/body/up_8/norm/gamma` -> `generator.body.up_8.norm.scale`."""
    *path, role = variable.path.split("/")
    return ".".join([*path, ROLES.get(role, role)])


def named_variables(network: keras.Model) -> Iterator[tuple[str, keras.Variable]]:
    """Neutral name and variable of every parameter and running statistic, in layer order."""
    for variable in network.variables:
        yield neutral_name(variable), variable


def to_neutral(variable: keras.Variable) -> NDArray:
    """A copy of the variable's value."""
    return np.array(keras.ops.convert_to_numpy(variable), copy=True)


def assign(targets: Mapping[str, keras.Variable], values: Mapping[str, NDArray]) -> None:
    """Copy `values` into `targets`, name by name.

    Raises:
        BadInput: a name is missing on either side or a shape differs; the first such tensor is named.
    """
    for name in [*targets, *values]:
        if name not in values or name not in targets:
            side = "not in the file" if name not in values else "unknown to this model"
            raise BadInput(f"These weights belong to another architecture: {name} is {side}.")
    for name, target in targets.items():
        shape, wanted = values[name].shape, tuple(target.shape)
        if shape != wanted:
            raise BadInput(f"These weights belong to another architecture: {name} has shape {shape}, not {wanted}.")
        target.assign(values[name].astype(target.dtype))
