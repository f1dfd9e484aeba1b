"""torch's fused optimisers walk raw memory: a gradient in another layout than its parameter is applied permuted."""

from __future__ import annotations

import torch
from torch import Tensor

from benchmarks.findings.finding import Finding


def updated(fused: bool, gradient: Tensor) -> Tensor:
    """A channels_last kernel after one Adam step with `gradient`."""
    kernel = torch.zeros(8, 4, 4, 4, dtype=torch.float64).to(memory_format=torch.channels_last).requires_grad_()
    optimizer = torch.optim.Adam([kernel], lr=1.0, fused=fused)
    kernel.grad = gradient
    optimizer.step()
    return kernel.detach()


def main() -> None:
    """Compare fused and plain Adam on a contiguous and on an aligned gradient of a channels_last kernel."""
    torch.manual_seed(0)
    contiguous = torch.randn(8, 4, 4, 4, dtype=torch.float64)
    aligned = contiguous.to(memory_format=torch.channels_last)
    measured = {}
    for name, gradient in (("contiguous gradient", contiguous), ("aligned gradient", aligned)):
        plain, fused = updated(False, gradient), updated(True, gradient)
        measured[f"relative error of the update, {name}"] = float((fused - plain).norm() / plain.norm())
    Finding(
        name="fused_adam_layout",
        what="torch.optim.Adam(fused=True) on the CPU applies a gradient in raw memory order. backward() aligns a "
        "gradient with its parameter, torch.autograd.grad does not, and after a gradient penalty they differ.",
        measured=measured,
        remedy="The torch engine aligns every gradient with its parameter before an update.",
    ).print()


if __name__ == "__main__":
    main()
