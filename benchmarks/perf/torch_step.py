"""How much faster the torch engine trains DCGAN than the textbook loop on the same networks.

Textbook: NCHW memory, images normalised beforehand, `backward()` of the generator's loss through the discriminator
(whose gradients are thrown away), Adam as it comes, losses read by `item()` in every step; fakes are reused, as in
PyTorch's tutorial. What keeping freed memory gives to it shows in a second form.
Usage: python -m benchmarks.perf.torch_step [ROUNDS [WIDTH]]
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from benchmarks.machine.memory import keep_freed_memory
from benchmarks.perf.apart import apart
from benchmarks.perf.interleave import interleave, print_ratios
from benchmarks.perf.setting import options, print_protocol, setting, work
from torch_impl import networks

ITERATIONS = 20


def textbook_epoch(generator: nn.Module, discriminator: nn.Module, optimizers: list, batches: list) -> list:
    """The DCGAN loop as tutorials write it; its losses."""
    criterion = nn.BCEWithLogitsLoss()
    of_generator, of_discriminator = optimizers
    losses = []
    for real, noise in batches:
        ones, zeros = torch.ones(len(real)), torch.zeros(len(real))
        discriminator.zero_grad()
        on_real = criterion(discriminator(real), ones)
        on_real.backward()
        fake = generator(noise)
        on_fake = criterion(discriminator(fake.detach()), zeros)
        on_fake.backward()
        of_discriminator.step()
        generator.zero_grad()
        loss = criterion(discriminator(fake), ones)
        loss.backward()
        of_generator.step()
        losses.append((on_real.item() + on_fake.item(), loss.item()))
    return losses


def textbook(width: int, keep: bool) -> Callable[[], None]:
    """The textbook loop on the batches of a round; `keep` lets its process keep freed memory, as an engine's does."""
    if keep:
        keep_freed_memory()
    cell, shape, batches = setting("torch:eager", width, ITERATIONS)
    generator = networks.build("Generator", cell.model.network, shape)
    discriminator = networks.build("Discriminator", cell.model.network, shape)
    optimizers = [torch.optim.Adam(net.parameters(), lr=2e-4, betas=(0.5, 0.999)) for net in (generator, discriminator)]
    prepared = [
        ((torch.from_numpy(each.images[0]).permute(0, 3, 1, 2) / 127.5 - 1).contiguous(), torch.tensor(each.latents[0]))
        for each in batches
    ]

    def train() -> None:
        textbook_epoch(generator, discriminator, optimizers, prepared)

    return train


def main() -> None:
    """Measure and print."""
    rounds, width = options()
    contenders = {"textbook loop": apart(textbook, width, False)}
    contenders["textbook loop, freed memory kept"] = apart(textbook, width, True)
    contenders |= {name: apart(work, name, width, ITERATIONS) for name in ("torch:eager", "torch:plain")}
    print_protocol(f"DCGAN of width {width} in PyTorch", rounds, "torch", iterations=ITERATIONS)
    print_ratios(interleave(contenders, rounds), "textbook loop", "a round")


if __name__ == "__main__":
    main()
