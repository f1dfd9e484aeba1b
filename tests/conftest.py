"""What every test needs: one thread for each framework process, short compilations, and interrupts that arrive."""

import os
import signal
from pathlib import Path

import pytest

# tests run side by side: with more threads the frameworks would fight over the cores
for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ.setdefault(name, "1")

# what XLA compiles once and a test uses twice need not be fast
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true")

# a suite that a shell starts in the background inherits an ignored SIGINT, and its children would do so too
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all test processes of this session share, for what one of them measures for the others."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
