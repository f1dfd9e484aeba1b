"""On the CPU torch's fused optimisers take a gradient in the order of its memory, not of its indices."""

import sys

import torch

torch.manual_seed(0)
factors = torch.randn(4, 3, 2, 2)
errors = {}
for kind in (torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW, torch.optim.Adagrad):
    after = []
    for fused in (False, True):
        kernel = torch.zeros(4, 3, 2, 2).to(memory_format=torch.channels_last).requires_grad_()
        # `backward` would lay the gradient out as its parameter; `autograd.grad` leaves it as it came
        (kernel.grad,) = torch.autograd.grad((kernel * factors).sum(), kernel)
        kind([kernel], lr=1.0, fused=fused).step()
        after.append(kernel.detach())
    errors[kind.__name__] = round(float((after[1] - after[0]).norm() / after[0].norm()), 3)
print("torch", torch.__version__)
print("seen:  relative error of one fused update:", errors)
print("right:", dict.fromkeys(errors, 0.0), "or an error, as on CUDA")
sys.exit(0 if max(errors.values()) > 1e-3 else 3)
