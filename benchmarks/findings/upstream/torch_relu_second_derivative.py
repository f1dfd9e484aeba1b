"""Behind a ReLU torch's second derivative carries a tensor of zeros back through the network: products with nothing."""

import sys
from collections.abc import Callable

import torch
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode


def penalty(activation: Callable[[torch.Tensor], torch.Tensor]) -> tuple[torch.Tensor, int]:
    """The gradient of a penalty of slopes at a kernel of two layers, and the FLOPs that it took."""
    torch.manual_seed(0)
    images, first, last = torch.randn(2, 3, 8, 8, requires_grad=True), torch.randn(4, 3, 3, 3), torch.randn(1, 4, 6, 6)
    first.requires_grad_()
    with FlopCounterMode(display=False) as counter:
        score = (activation(functional.conv2d(images, first)) * last).sum()
        (slope,) = torch.autograd.grad(score, images, create_graph=True)
        (gradient,) = torch.autograd.grad(slope.square().sum(), first)
    return gradient, counter.get_total_flops()


stock, seen = penalty(lambda x: functional.leaky_relu(x, 0.2))
masked, right = penalty(lambda x: x * torch.where(x > 0, 1.0, 0.2))
print("torch", torch.__version__)
print(f"seen:  {seen} FLOPs with leaky_relu")
print(f"right: {right}, by a mask instead; largest difference of the gradients {float((stock - masked).abs().max())}")
sys.exit(0 if seen > right else 3)
