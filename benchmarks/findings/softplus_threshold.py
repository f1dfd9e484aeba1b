"""torch's softplus turns linear above 20: a cross-entropy written with it is off by up to 2e-9."""

from __future__ import annotations

import torch
from torch.nn import functional

from benchmarks.findings.finding import Finding


def main() -> None:
    """Compare softplus and the cross-entropy on logits just above the threshold, in float64."""
    logits = torch.tensor([20.0, 20.5, 25.0], dtype=torch.float64)
    exact = functional.binary_cross_entropy_with_logits(logits, torch.zeros_like(logits), reduction="none")
    errors = (functional.softplus(logits) - exact).abs()
    Finding(
        name="softplus_threshold",
        what="torch.nn.functional.softplus returns x itself above its threshold of 20. Absolute error:",
        measured={f"logit {float(x):g}": float(error) for x, error in zip(logits, errors, strict=True)},
        remedy="Cross-entropies are computed on logits in a form that is exact everywhere.",
    ).print()


if __name__ == "__main__":
    main()
