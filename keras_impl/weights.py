"""Weights under neutral names and in the neutral layout, out of and into Keras networks.

The neutral layout is Keras' own, so nothing is transposed; a variable's path is its neutral name but for the role.
"""

from collections.abc import Iterator, Mapping

import keras
import numpy as np
from numpy.typing import NDArray

from common.weights_check import check_weights

ROLES = {"gamma": "scale", "beta": "offset", "moving_mean": "running_mean", "moving_variance": "running_variance"}


def named_tensors(network: keras.Model, prefix: str) -> Iterator[tuple[str, keras.Variable]]:
    """Neutral name and variable of every parameter and running statistic, in layer order.

    `<network>/body/up_8/norm/gamma` is `<prefix>.body.up_8.norm.scale`, `blocks-8` is `blocks.8`: torch, as a backend
    of Keras, takes no name with a dot.
    """
    for variable in network.variables:
        _, *path, role = variable.path.split("/")
        yield ".".join([prefix, *path, ROLES.get(role, role)]).replace("-", "."), variable


def neutral_shape(variable: keras.Variable) -> tuple[int, ...]:
    """The variable's shape: its layout is the neutral one."""
    return tuple(variable.shape)


def to_neutral(variable: keras.Variable) -> NDArray:
    """A copy of the variable's value."""
    return np.array(keras.ops.convert_to_numpy(variable), copy=True)


def assign(targets: Mapping[str, keras.Variable], values: Mapping[str, NDArray]) -> None:
    """Copy `values` into `targets`, name by name.

    Raises:
        BadInput: a name is missing on either side or a shape differs; the first such tensor is named.
    """
    check_weights({name: neutral_shape(target) for name, target in targets.items()}, values)
    for name, target in targets.items():
        target.assign(values[name].astype(target.dtype))
