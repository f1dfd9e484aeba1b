"""What the parity ladder measures inside one PyTorch iteration: outputs, loss terms, gradients, without updating."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from common.engine import Batch
from torch_impl.engine import TorchEngine
from torch_impl.networks.equalized import EqualizedConv
from torch_impl.step import discriminator_gradients, generator_gradients, normalize, trained_parameters
from torch_impl.weights import named_tensors, to_neutral


@torch.no_grad()
def forward(engine: TorchEngine, batch: Batch, training: bool) -> dict[str, NDArray]:
    """Fakes, NHWC, and the logits on reals and fakes, in training or inference mode."""
    generator, discriminator = engine.networks.generator, engine.networks.discriminator
    for network in (generator, discriminator):
        network.train(training)
    given = engine.given(batch, 0)
    fake = engine.networks.generate(torch.from_numpy(batch.latents[0]).to(engine.dtype), **given)
    real = normalize(torch.from_numpy(batch.images[0].copy()), engine.dtype, engine.resolution)
    outputs = {
        "fake": fake.permute(0, 2, 3, 1),
        "real_logits": engine.networks.discriminate(real, **given),
        "fake_logits": engine.networks.discriminate(fake, **given),
    }
    for network in (generator, discriminator):
        network.train()
    return {name: _numpy(tensor) for name, tensor in outputs.items()}


def gradients(engine: TorchEngine, batch: Batch) -> tuple[dict[str, NDArray], dict[str, NDArray]]:
    """Every loss term and the gradient of every parameter, both networks at the same weights."""
    networks, model, given = engine.networks, engine.model, engine.given(batch, 0)
    fake = networks.generate(torch.from_numpy(batch.latents[0]).to(engine.dtype), **given)
    real = normalize(torch.from_numpy(batch.images[0].copy()), engine.dtype, engine.resolution)
    mixing = torch.from_numpy(batch.mixing[0]).to(engine.dtype)
    terms, of_discriminator = discriminator_gradients(networks, model, real, fake.detach(), mixing, given)
    terms["generator"], of_generator = generator_gradients(networks, model, fake, given)
    named = {
        **_by_name(networks.generator, "generator", of_generator),
        **_by_name(networks.discriminator, "discriminator", of_discriminator),
    }
    return {name: _numpy(term) for name, term in terms.items()}, named


def pad_asymmetrically(engine: TorchEngine) -> None:
    """The mistake of padding the discriminator's convolutions by (0, 2) instead of (1, 1): only values show it."""
    for module in engine.networks.discriminator.modules():
        if isinstance(module, nn.Conv2d | EqualizedConv) and module.padding not in (0, (0, 0)):
            module.padding = 0
            module.register_forward_pre_hook(lambda _, inputs: functional.pad(inputs[0], (0, 2, 0, 2)))


def _by_name(network: nn.Module, prefix: str, found: tuple[Tensor, ...]) -> dict[str, NDArray]:
    names = {id(tensor): name for name, tensor in named_tensors(network, prefix)}
    return {
        names[id(parameter)]: to_neutral(gradient)
        for parameter, gradient in zip(trained_parameters(network), found, strict=True)
    }


def _numpy(tensor: Tensor) -> NDArray:
    return np.array(tensor.detach().cpu().numpy(), order="C", copy=True)
