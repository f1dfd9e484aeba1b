"""Past its limit on recompilations torch.compile runs eagerly; all that is said is one line of log."""

import sys
import warnings

import torch

warnings.simplefilter("error")
SIZES = range(2, 14)


def is_compiled(x: torch.Tensor) -> tuple[torch.Tensor, bool]:
    """Whether this very call is a compiled one."""
    return x + 1, torch.compiler.is_compiling()


compiled = torch.compile(is_compiled, backend="eager", dynamic=False)
how = [compiled(torch.ones(size))[1] for size in SIZES]
print("torch", torch.__version__, "limit", torch._dynamo.config.recompile_limit)
print(f"seen:  {sum(how)} calls compiled, {len(how) - sum(how)} eager, no error, no Python warning")

torch._dynamo.reset()
whole = torch.compile(is_compiled, backend="eager", dynamic=False, fullgraph=True)
try:
    print("right:", [whole(torch.ones(size))[1] for size in SIZES])
except torch._dynamo.exc.FailOnRecompileLimitHit as error:
    print("right: an error or a warning, as fullgraph=True gives:", error)
sys.exit(0 if not all(how) else 3)
