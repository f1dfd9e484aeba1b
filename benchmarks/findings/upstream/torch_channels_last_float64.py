"""torch refuses the gradient of a float64 convolution to one channel whose kernel's strides fit both memory formats."""

import sys

import torch
from torch.nn import functional

print("torch", torch.__version__)
images = torch.ones(2, 2, 8, 8, dtype=torch.float64).contiguous(memory_format=torch.channels_last)
# as it comes from an array of height x width x in x out; with one channel out it passes for channels_last
kernel = torch.ones(3, 3, 2, 1, dtype=torch.float64).permute(3, 2, 0, 1).requires_grad_()
assert kernel.is_contiguous(memory_format=torch.channels_last)
print("right: a gradient, as for float32 and for kernel.contiguous()")
try:
    (gradient,) = torch.autograd.grad(functional.conv2d(images, kernel).sum(), kernel)
except RuntimeError as error:
    print("seen: ", error)
    sys.exit(0)
print("seen:  a gradient of shape", tuple(gradient.shape))
sys.exit(3)
