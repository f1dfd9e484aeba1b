"""What the grouped 3x3 convolution of R3GAN's blocks costs on a CPU: as one operation, and group by group.

Forward pass and both gradients of 128 channels in 8 groups on 32 maps of 8x8; one group beside them is an ordinary
convolution, of eight times the work.
Usage: python -m benchmarks.perf.grouped_convolution [ROUNDS]
"""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np

from benchmarks.perf.apart import apart
from benchmarks.perf.interleave import interleave, print_ratios
from benchmarks.perf.setting import machine, options

CHANNELS, SIDE, BATCH, GROUPS = 128, 8, 32, 8
ITERATIONS = 20
# name, backend of Keras or torch, groups, whether they are one operation, whether XLA compiles
CONTENDERS = (
    ("torch, one operation", "torch", GROUPS, True, False),
    ("torch, group by group", "torch", GROUPS, False, False),
    ("torch, one group", "torch", 1, True, False),
    ("keras-tf graph, group by group", "tensorflow", GROUPS, False, False),
    ("keras-tf graph, one group", "tensorflow", 1, True, False),
    ("keras-tf compiled, one operation", "tensorflow", GROUPS, True, True),
    ("keras-tf compiled, group by group", "tensorflow", GROUPS, False, True),
    ("keras-tf compiled, one group", "tensorflow", 1, True, True),
    ("keras-jax, one operation", "jax", GROUPS, True, True),
    ("keras-jax, group by group", "jax", GROUPS, False, True),
    ("keras-jax, one group", "jax", 1, True, True),
)


def arrays(groups: int) -> tuple[np.ndarray, np.ndarray]:
    """Maps, NHWC, and a kernel, (3, 3, channels / groups, channels)."""
    rng = np.random.default_rng(0)
    maps = rng.standard_normal((BATCH, SIDE, SIDE, CHANNELS), dtype=np.float32)
    return maps, rng.standard_normal((3, 3, CHANNELS // groups, CHANNELS), dtype=np.float32)


def torch_work(groups: int, as_one: bool) -> Callable[[], None]:
    """Twenty convolutions and their gradients in eager torch, in channels_last memory, as the engine has it."""
    import torch
    from torch.nn import functional

    images, kernels = arrays(groups)
    maps = torch.from_numpy(images).permute(0, 3, 1, 2).requires_grad_()
    kernel = torch.from_numpy(kernels).permute(3, 2, 0, 1).contiguous(memory_format=torch.channels_last)
    kernel.requires_grad_()

    def convolve() -> torch.Tensor:
        if as_one:
            return functional.conv2d(maps, kernel, padding=1, groups=groups)
        pairs = zip(maps.chunk(groups, 1), kernel.chunk(groups, 0), strict=True)
        return torch.cat([functional.conv2d(part, own, padding=1) for part, own in pairs], 1)

    def work() -> None:
        for _ in range(ITERATIONS):
            torch.autograd.grad(convolve().square().sum(), (maps, kernel))

    return work


def keras_work(backend: str, groups: int, as_one: bool, compiled: bool) -> Callable[[], None]:
    """The same in Keras: a tf.function, with XLA or not, or jax.jit."""
    os.environ |= {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "2"}
    from keras import ops

    maps, kernel = map(ops.convert_to_tensor, arrays(groups))

    def energy(maps: object, kernel: object) -> object:
        if as_one:
            return ops.sum(ops.square(ops.conv(maps, kernel, padding="same")))
        pairs = zip(ops.split(maps, groups, axis=-1), ops.split(kernel, groups, axis=-1), strict=True)
        made = [ops.conv(part, own, padding="same") for part, own in pairs]
        return ops.sum(ops.square(ops.concatenate(made, axis=-1)))

    step = _tensorflow_step(energy, compiled) if backend == "tensorflow" else _jax_step(energy)

    def work() -> None:
        for _ in range(ITERATIONS):
            found = step(maps, kernel)
        np.asarray(found[0])

    return work


def _tensorflow_step(energy: Callable, compiled: bool) -> Callable:
    import tensorflow as tf

    def step(maps: object, kernel: object) -> object:
        with tf.GradientTape() as tape:
            tape.watch([maps, kernel])
            value = energy(maps, kernel)
        return tape.gradient(value, [maps, kernel])

    return tf.function(step, jit_compile=compiled, autograph=False)


def _jax_step(energy: Callable) -> Callable:
    import jax

    return jax.jit(jax.grad(energy, argnums=(0, 1)))


def main() -> None:
    """Measure and print."""
    rounds, _ = options(rounds=5)
    contenders = {
        name: apart(torch_work, groups, as_one)
        if backend == "torch"
        else apart(keras_work, backend, groups, as_one, compiled)
        for name, backend, groups, as_one, compiled in CONTENDERS
    }
    print(f"A 3x3 convolution of {CHANNELS} channels on {BATCH} maps of {SIDE}x{SIDE}, forward and both gradients;")
    print(f"{rounds} interleaved rounds of {ITERATIONS}, CPU.")
    print(f"{machine('torch', 'tensorflow', 'keras', 'jax')}.\n")
    print_ratios(interleave(contenders, rounds), "torch, one operation", "a round")


if __name__ == "__main__":
    main()
