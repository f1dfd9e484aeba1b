"""torch refuses the gradient of float64 convolutions to one channel if their kernels are said to be channels_last."""

from __future__ import annotations

import itertools

import torch
from torch.nn import functional

from benchmarks.findings.finding import Finding

SIDES, BEFORE = (1, 3, 4), (1, 2, 4)


def refused(dtype: torch.dtype, after: int, memory_format: torch.memory_format) -> int:
    """Of the kernels of all `SIDES` and `BEFORE` channels to `after` channels, how many have no gradient."""
    count = 0
    for side, before in itertools.product(SIDES, BEFORE):
        # stored as Keras stores them, height x width x in x out, and then converted as Keras converts them
        kernel = torch.ones(side, side, before, after, dtype=dtype).permute(3, 2, 0, 1).requires_grad_()
        images = torch.ones(2, 8, 8, before, dtype=dtype).permute(0, 3, 1, 2).contiguous(memory_format=memory_format)
        made = functional.conv2d(images, kernel.contiguous(memory_format=memory_format))
        try:
            torch.autograd.grad(made.sum(), kernel)
        except RuntimeError as error:
            if "must be contiguous" not in str(error):
                raise
            count += 1
    return count


def main() -> None:
    """Count the refusals by precision, channels and memory format."""
    measured = {}
    for (precision, dtype), after, (layout, memory_format) in itertools.product(
        {"float64": torch.float64, "float32": torch.float32}.items(),
        (1, 2),
        {"channels_last": torch.channels_last, "contiguous": torch.contiguous_format}.items(),
    ):
        measured[f"refused of {len(SIDES) * len(BEFORE)} kernels to {after} channels, {precision} {layout}"] = float(
            refused(dtype, after, memory_format)
        )
    Finding(
        name="channels_last_float64",
        what="On the CPU, torch ends the gradient of some float64 convolutions with 'grad_weight must be contiguous': "
        "those to one channel whose kernel, stored as Keras stores it, passes for channels_last, in which Keras on "
        "torch keeps every kernel.",
        measured=measured,
        remedy="In float64 keras_impl/backends/torch.py replaces Keras' conversion to channels_last by one to "
        "contiguous memory.",
    ).print()


if __name__ == "__main__":
    main()
