"""What every test needs: one thread for each framework process, short compilations, and interrupts that arrive."""

import os
import signal

# tests run side by side: with more threads the frameworks would fight over the cores
for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ.setdefault(name, "1")

# what XLA compiles once and a test uses twice need not be fast
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true")

# a suite that a shell starts in the background inherits an ignored SIGINT, and its children would do so too
signal.signal(signal.SIGINT, signal.default_int_handler)
