"""Adam with differentiable=True (or capturable, or compiled) takes its bias corrections from a float32 step."""

import sys

import torch

seen = {}
for dtype in (torch.float64, torch.float32):
    for differentiable in (False, True):
        weight = torch.zeros(1, dtype=dtype)
        weight.grad = torch.ones(1, dtype=dtype)
        torch.optim.Adam([weight], lr=1.0, eps=0.0, differentiable=differentiable).step()
        seen[f"{dtype}, differentiable={differentiable}"] = float(-weight)
print("torch", torch.__version__)
print("seen: ", {how: f"{update:.10f}" for how, update in seen.items()})
print("right: 1 in each, since the first update of Adam is lr times the sign of the gradient")
sys.exit(0 if abs(seen["torch.float64, differentiable=True"] - 1) > 1e-10 else 3)
