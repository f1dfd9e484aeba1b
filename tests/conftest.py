"""What every test needs: one thread for each framework process, and interrupts that arrive."""

import os
import signal

# tests run side by side: with more threads the frameworks would fight over the cores
for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ.setdefault(name, "1")

# a suite that a shell starts in the background inherits an ignored SIGINT, and its children would do so too
signal.signal(signal.SIGINT, signal.default_int_handler)
