"""torch_impl's objectives and optimisers, on NumPy arrays."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.utils import parametrizations

from common.engine import Engine
from common.errors import BadInput
from common.specs.objectives import PENALTIES
from torch_impl import device, optimizers
from torch_impl.networks import spectral as spectral_norm
from torch_impl.networks.equalized import join_deviation
from torch_impl.networks.spectral import SpectralConv, SpectralDense
from torch_impl.objectives import discriminator_terms, generator_loss, image_terms
from torch_impl.weights import assign, from_neutral, to_neutral

PROBE = "torch_impl.probe"


def losses(spec: Any, real: np.ndarray, fake: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Every loss term, and the gradients of the discriminator's sum and of the generator's loss at the logits."""
    of_real, of_fake = (torch.tensor(array, requires_grad=True) for array in (real, fake))
    terms = discriminator_terms(spec, of_real, of_fake)
    at_real, at_fake = torch.autograd.grad(sum(terms.values()), (of_real, of_fake))
    generator = generator_loss(spec, of_fake, of_real)
    (at_made,) = torch.autograd.grad(generator, of_fake)
    values = {**terms, "generator": generator}
    slopes = {"real": at_real, "fake": at_fake, "generator": at_made}
    return _arrays(values), _arrays(slopes)


def penalty(
    spec: Any, power: int, weights: np.ndarray, real: np.ndarray, fake: np.ndarray, mixing: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The penalties of the critic sum(weights * images**power) / power, and their gradient at the weights (h, w, c)."""
    weight = torch.tensor(weights, requires_grad=True)

    def critic(images: torch.Tensor) -> torch.Tensor:
        return (weight.permute(2, 0, 1) * images**power).sum((1, 2, 3)) / power

    nchw = [torch.tensor(array).permute(0, 3, 1, 2) for array in (real, fake)]
    terms = image_terms(spec, critic, *nchw, torch.tensor(mixing), annealed={})
    value = torch.stack([terms[name] for name in PENALTIES if name in terms]).sum()
    (slope,) = torch.autograd.grad(value, weight)
    return value.detach().numpy(), slope.numpy()


def optimize(spec: Any, start: Sequence[np.ndarray], steps: Sequence[Sequence[np.ndarray]]) -> list[list[np.ndarray]]:
    """The parameters after each step, given the gradients of each step."""
    parameters = [nn.Parameter(torch.tensor(array)) for array in start]
    optimizer = optimizers.build(spec, parameters)
    path = []
    for gradients in steps:
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = torch.tensor(gradient)
        optimizer.step()
        path.append([parameter.detach().numpy().copy() for parameter in parameters])
    return path


def deviation(maps: np.ndarray, group: int) -> np.ndarray:
    """The maps (n, h, w, c) with the plane of their groups' deviation behind them."""
    return join_deviation(torch.tensor(maps).permute(0, 3, 1, 2), group).permute(0, 2, 3, 1).numpy()


def spectral(kernel: np.ndarray, vector: np.ndarray, inputs: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Outputs of a layer with this kernel and vector, and the gradient of sum(weights * outputs) at the kernel."""
    *_, before, after = kernel.shape
    layer = SpectralConv(before, after, 3, 1, 1) if kernel.ndim == 4 else SpectralDense(before, after)
    layer = layer.double()
    nn.init.zeros_(layer.bias)
    assign({"kernel": layer.weight, "vector": layer.singular_vector}, {"kernel": kernel, "vector": vector})
    given = torch.tensor(inputs)
    outputs = layer(given.permute(0, 3, 1, 2)).permute(0, 2, 3, 1) if kernel.ndim == 4 else layer(given)
    (gradient,) = torch.autograd.grad((torch.tensor(weights) * outputs).sum(), layer.weight)
    return {"outputs": outputs.detach().numpy(), "gradient": to_neutral(gradient)}


def iterated(kernel: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """The vector after one step of power iteration."""
    like = torch.tensor(vector)
    return spectral_norm.iterated(from_neutral(kernel, like), like).numpy()


def library_spectral(
    kernel: np.ndarray, vector: np.ndarray, inputs: np.ndarray, weights: np.ndarray
) -> dict[str, np.ndarray]:
    """The same by torch.nn.utils.parametrizations.spectral_norm, of a dense layer; at last in training mode."""
    layer = parametrizations.spectral_norm(nn.Linear(*kernel.shape, bias=False, dtype=torch.float64))
    state = layer.parametrizations.weight
    state.original.data.copy_(torch.tensor(kernel).T)
    state[0]._u.copy_(torch.tensor(vector))
    state[0]._v.copy_(torch.nn.functional.normalize(state.original.detach().T @ state[0]._u, dim=0))
    outputs = layer.eval()(torch.tensor(inputs))
    (gradient,) = torch.autograd.grad((torch.tensor(weights) * outputs).sum(), state.original)
    trained = layer.train()(torch.tensor(inputs))
    found = {"outputs": outputs, "gradient": gradient.T, "trained": trained, "vector": state[0]._u}
    return _arrays(found)


def own_measurements(build: Any) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Updates from equal gradients that lie in memory in two ways: as the parameters do, and contiguous."""
    updated, unlike = [], 0
    for memory_format in (torch.channels_last, torch.contiguous_format):
        engine: Engine = build()
        for step in range(2):
            gradients = []
            for index, parameter in enumerate(engine.optimizers["discriminator"].param_groups[0]["params"]):
                torch.manual_seed(100 * step + index)
                gradient = torch.randn(parameter.shape, dtype=parameter.dtype)
                if gradient.dim() == 4:
                    gradient = gradient.contiguous(memory_format=memory_format)
                unlike += gradient.stride() != parameter.stride()
                gradients.append(gradient)
            engine._apply("discriminator", gradients)
        updated.append(engine.weights())
    arrays = {f"layout/{way}/{name}": each for way, side in enumerate(updated) for name, each in side.items()}
    return arrays, {"unlike": unlike, "refuses no compiler": _without_compiler()}


def _without_compiler() -> str:
    os.environ["CXX"] = "no-such-compiler"
    try:
        device.prepare_compiler()
    except BadInput as error:
        return str(error)
    finally:
        del os.environ["CXX"]
    return ""


def _arrays(tensors: dict[str, torch.Tensor]) -> dict[str, np.ndarray]:
    return {name: tensor.detach().numpy() for name, tensor in tensors.items()}
