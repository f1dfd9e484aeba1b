"""The optimisers of the specs: torch's stock classes, whose formulas are the published ones (epsilon outside)."""

from collections.abc import Iterable, Mapping
from typing import assert_never

import torch
from torch import Tensor, nn

from common.specs.optimizers import AdamSpec, OptimizerSpec, RmspropSpec, SgdSpec

# neutral slot name -> torch's
SLOTS: dict[type[torch.optim.Optimizer], dict[str, str]] = {
    torch.optim.Adam: {"first_moment": "exp_avg", "second_moment": "exp_avg_sq"},
    torch.optim.RMSprop: {"second_moment": "square_avg"},
    torch.optim.SGD: {},
}


def build(spec: OptimizerSpec, parameters: Iterable[nn.Parameter], stock: bool = False) -> torch.optim.Optimizer:
    """The optimiser that `spec` describes, its slots already there, so that a state can be loaded before any step.

    `stock` leaves it to torch how a step is carried out, where else fewest passes over memory are asked for: by one
    kernel a step, or a kernel for each operation on all parameters. The formula is the same.
    """
    fused, foreach = (None, None) if stock else (True, True)
    match spec:
        case AdamSpec():
            betas = (spec.beta_1, spec.beta_2)
            optimizer = torch.optim.Adam(parameters, lr=spec.learning_rate, betas=betas, eps=spec.epsilon, fused=fused)
        case RmspropSpec():
            optimizer = torch.optim.RMSprop(
                parameters, lr=spec.learning_rate, alpha=spec.rho, eps=spec.epsilon, foreach=foreach
            )
        case SgdSpec():
            optimizer = torch.optim.SGD(parameters, lr=spec.learning_rate, foreach=foreach)
        case _:
            assert_never(spec)
    for parameter in updated(optimizer):
        if keys := SLOTS[type(optimizer)].values():
            optimizer.state[parameter] = {key: torch.zeros_like(parameter) for key in keys}
            optimizer.state[parameter]["step"] = torch.zeros((), device=parameter.device)
    return optimizer


def anneal(optimizer: torch.optim.Optimizer, values: Mapping[str, float]) -> None:
    """Let the next update use the learning rate and beta_2 in `values`, if they are there."""
    for group in optimizer.param_groups:
        group["lr"] = values.get("learning_rate", group["lr"])
        if "beta_2" in values:
            group["betas"] = (group["betas"][0], values["beta_2"])


def updated(optimizer: torch.optim.Optimizer) -> list[nn.Parameter]:
    """The parameters that `optimizer` updates, in order."""
    return optimizer.param_groups[0]["params"]


def named_slots(optimizer: torch.optim.Optimizer, names: list[str]) -> dict[str, Tensor]:
    """The moments as `<slot>/<weight>`, and `step/<weight>`: how often each weight was updated.

    Args:
        names: the neutral names of the optimised parameters, in the order they were given to `build`.
    """
    keys = SLOTS[type(optimizer)] | {"step": "step"}
    return {
        f"{slot}/{name}": optimizer.state[parameter][key]
        for slot, key in keys.items()
        for name, parameter in zip(names, updated(optimizer), strict=True)
        if key in optimizer.state[parameter]
    }
