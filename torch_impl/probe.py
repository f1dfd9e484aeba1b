"""What the parity ladder measures inside one PyTorch iteration: outputs, loss terms, gradients, without updating."""

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from common.engine import Batch
from common.probe import MistakenProbe
from common.specs.models import ModelSpec
from torch_impl.engine import TorchEngine
from torch_impl.networks.equalized import EqualizedConv
from torch_impl.networks.spectral import SpectralConv, SpectralDense, iterated, power_iteration
from torch_impl.step import discriminator_gradients, generator_gradients, in_mode, normalize
from torch_impl.weights import to_neutral

if TYPE_CHECKING:
    from torch_impl import probe

    _: MistakenProbe[TorchEngine] = probe  # this module fulfils the protocol


@torch.no_grad()
def forward(engine: TorchEngine, batch: Batch, training: bool) -> dict[str, NDArray]:
    """Fakes, NHWC, and the logits on reals and fakes, in training or inference mode."""
    pair, given = engine.pair, engine.given(engine.inputs(batch, 0))
    images, latents = engine.upload(batch.images[0]), engine.upload(batch.latents[0])
    with in_mode(training, pair.generator, pair.discriminator):
        fake = pair.generate(latents.to(engine.dtype), **given)
        real = normalize(images, engine.dtype, engine.resolution)
        outputs = {
            "fake": fake.permute(0, 2, 3, 1),
            "real_logits": pair.discriminate(real, **given),
            "fake_logits": pair.discriminate(fake, **given),
        }
    return {name: _numpy(tensor) for name, tensor in outputs.items()}


def gradients(engine: TorchEngine, batch: Batch) -> tuple[dict[str, NDArray], dict[str, NDArray]]:
    """Every loss term and the gradient of every parameter, both networks at the same weights."""
    pair, model, given = engine.pair, engine.model, engine.given(engine.inputs(batch, 0))
    images, latents, mixing = (engine.upload(each[0]) for each in (batch.images, batch.latents, batch.mixing))
    fake = pair.generate(latents.to(engine.dtype), **given)
    real, mixes = normalize(images, engine.dtype, engine.resolution), mixing.to(engine.dtype)
    values = engine.annealed(engine.inputs(batch, 0))
    _, terms, of_discriminator = discriminator_gradients(pair, model, real, fake.detach(), mixes, given, values)
    loss, of_generator = generator_gradients(pair, model, engine.paired(images), fake, given)
    named = {
        name: to_neutral(gradient)
        for network, found in (("generator", of_generator), ("discriminator", of_discriminator))
        for name, gradient in zip(engine.trained(network), found, strict=True)
    }
    return {name: _numpy(term) for name, term in {**terms, "generator": loss}.items()}, named


def pad_asymmetrically(engine: TorchEngine) -> None:
    """The mistake of padding the discriminator's convolutions by (0, 2) instead of (1, 1): only values show it."""
    for module in engine.discriminator.modules():
        if isinstance(module, nn.Conv2d | EqualizedConv) and module.padding not in (0, (0, 0)):
            module.padding = 0
            module.register_forward_pre_hook(lambda _, inputs: F.pad(inputs[0], (0, 2, 0, 2)))


def shuffle_pairs(engine: TorchEngine) -> None:
    """The mistake of pairing each real image with its neighbour's fake in the discriminator's loss."""
    right = engine.pair.critic_gradients

    def wrong(critic: nn.Module, model: ModelSpec, real: Tensor, fake: Tensor, *rest: Any) -> Any:
        return right(critic, model, real, fake.roll(1, 0), *rest)

    engine.pair = engine.pair._replace(critic_gradients=wrong)


def keep_vector_gradients(engine: TorchEngine) -> None:
    """The mistake of differentiating the step of power iteration: vectors stay right, kernels' gradients do not."""
    layers = [each for each in engine.discriminator.modules() if isinstance(each, SpectralConv | SpectralDense)]
    right, before = engine.pair.critic_gradients, {}

    def wrong(*inputs: Any) -> Any:
        before.update({layer: layer.singular_vector.clone() for layer in layers})
        return right(*inputs)

    def attach(layer: SpectralConv | SpectralDense, _: Any) -> None:
        moved = iterated(layer.weight, before.get(layer, layer.singular_vector))
        layer.singular_vector = layer.singular_vector + (moved - moved.detach())

    def detach(layer: SpectralConv | SpectralDense, *_: Any) -> None:
        layer.singular_vector = layer.singular_vector.detach()

    for layer in layers:
        layer.register_forward_pre_hook(attach)
        layer.register_forward_hook(detach)
    engine.pair = engine.pair._replace(critic_gradients=wrong)


def iterate_in_inference(engine: TorchEngine) -> None:
    """The mistake of moving singular vectors in inference mode as well."""
    engine.discriminator.register_forward_pre_hook(
        lambda critic, _: None if critic.training else power_iteration(critic)
    )


def _numpy(tensor: Tensor) -> NDArray:
    return np.array(tensor.detach().cpu().numpy(), order="C", copy=True)
