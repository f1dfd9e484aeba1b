"""A function that torch.compile has compiled has no second derivative."""

import sys

import torch


def cube(x: torch.Tensor) -> torch.Tensor:
    """The sum of cubes, whose second derivative is 6 x."""
    return (x**3).sum()


print("torch", torch.__version__)
x = torch.ones(2, requires_grad=True)
(slope,) = torch.autograd.grad(torch.compile(cube, backend="aot_eager")(x), x, create_graph=True)
print("right:", [6.0, 6.0])
try:
    (seen,) = torch.autograd.grad(slope.sum(), x)
except RuntimeError as error:
    print("seen: ", error)
    sys.exit(0)
print("seen: ", seen.tolist())
sys.exit(0 if seen.tolist() != [6.0, 6.0] else 3)
