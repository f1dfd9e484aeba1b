"""Finding the module that implements a network family in one framework, ours or a plug-in's."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Literal

from common.errors import BadInput
from common.specs.networks import Framework, NetworkSpec

Kind = Literal["Generator", "Discriminator"]


def implementation(spec: NetworkSpec, framework: Framework) -> ModuleType:
    """The module with the `Generator` and `Discriminator` of the spec's family; imports it, and so its framework.

    Raises:
        BadInput: there is no such module, or it lacks one of the two classes.
    """
    name = spec.module(framework)
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise  # the module is there, and what it imports is not
        raise BadInput(
            f"Network family '{spec.family}' has no module {name} for {framework}: name one in "
            f"{type(spec).__name__}.modules."
        ) from error
    for needed in ("Generator", "Discriminator"):
        if not hasattr(module, needed):
            raise BadInput(f"Network family '{spec.family}': its module {name} has no class {needed}.")
    return module
