"""How much faster bfloat16 makes the torch engine's DCGAN, eager and compiled, on this processor.

Usage: python -m benchmarks.perf.bf16_step [ROUNDS [WIDTH]]
"""

from __future__ import annotations

from benchmarks.perf.apart import apart
from benchmarks.perf.interleave import interleave, print_ratios
from benchmarks.perf.setting import options, print_protocol, work

ITERATIONS = 20
CONTENDERS = ("torch:eager", "torch:eager:bf16", "torch:compiled", "torch:tuned")


def main() -> None:
    """Measure and print."""
    rounds, width = options()
    contenders = {name: apart(work, name, width, ITERATIONS) for name in CONTENDERS}
    print_protocol(f"DCGAN of width {width} in PyTorch", rounds, "torch", iterations=ITERATIONS)
    print_ratios(interleave(contenders, rounds), "torch:eager", "a round")


if __name__ == "__main__":
    main()
