"""How much faster the torch engine's DCGAN epoch is than the textbook loop on the same networks.

Textbook: NCHW memory, images normalised beforehand, `backward()` of the generator's loss through the discriminator
(whose gradients are thrown away), stock optimiser settings. Usage: python -m benchmarks.perf.torch_step [ROUNDS]
"""

from __future__ import annotations

import sys

import torch
from torch import nn

from benchmarks.perf.interleave import interleave, print_ratios
from benchmarks.perf.setting import print_protocol, setting, start
from torch_impl import networks
from torch_impl.engine import TorchEngine


def textbook_epoch(generator: nn.Module, discriminator: nn.Module, optimizers: list, batches: list) -> None:
    """One epoch of the DCGAN loop as tutorials write it."""
    criterion = nn.BCEWithLogitsLoss()
    of_generator, of_discriminator = optimizers
    for real, noise in batches:
        ones, zeros = torch.ones(len(real)), torch.zeros(len(real))
        discriminator.zero_grad()
        criterion(discriminator(real), ones).backward()
        fake = generator(noise)
        criterion(discriminator(fake.detach()), zeros).backward()
        of_discriminator.step()
        generator.zero_grad()
        criterion(discriminator(fake), ones).backward()
        of_generator.step()


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    cell, shape, batches = setting("torch", "eager")
    engine = TorchEngine(cell, shape)
    start(engine, cell)

    def ours() -> None:
        for batch in batches:
            engine.train_iteration(batch)
        engine.losses()

    generator, discriminator = networks.build(cell.model.network, shape)
    optimizers = [torch.optim.Adam(net.parameters(), lr=2e-4, betas=(0.5, 0.999)) for net in (generator, discriminator)]
    prepared = [
        ((torch.from_numpy(each.images[0]).permute(0, 3, 1, 2) / 127.5 - 1).contiguous(), torch.tensor(each.latents[0]))
        for each in batches
    ]

    def textbook() -> None:
        textbook_epoch(generator, discriminator, optimizers, prepared)

    print_protocol("DCGAN epoch in PyTorch", rounds, "torch")
    print_ratios(interleave({"textbook loop": textbook, "torch engine": ours}, rounds), "textbook loop", "an epoch")


if __name__ == "__main__":
    main()
