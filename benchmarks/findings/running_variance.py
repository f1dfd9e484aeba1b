"""torch's batch norm averages the unbiased variance, Keras' the biased one: inference differs by n / (n - 1)."""

from __future__ import annotations

import torch

from benchmarks.findings.finding import Finding


def main() -> None:
    """Compare torch's running variance after one batch with the biased variance of that batch."""
    torch.manual_seed(0)
    measured = {}
    for batch, side in ((16, 4), (64, 4), (64, 16)):
        maps = torch.randn(batch, 3, side, side, dtype=torch.float64)
        norm = torch.nn.BatchNorm2d(3, momentum=1.0, dtype=torch.float64)
        norm(maps)
        ratio = float((norm.running_var / maps.var(dim=(0, 2, 3), correction=0)).mean())
        measured[f"torch / biased, batch {batch} of {side}x{side} maps"] = ratio
        measured[f"n / (n - 1), n = {batch * side * side}"] = batch * side**2 / (batch * side**2 - 1)
    Finding(
        name="running_variance",
        what="The running variances of batch norm differ by n / (n - 1), n being the values per channel of a batch; "
        "only inference sees it.",
        measured=measured,
        remedy="Left as it is in both; the parity ladder checks that the difference is exactly this factor.",
    ).print()


if __name__ == "__main__":
    main()
