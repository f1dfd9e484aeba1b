"""`import triton` after `import tensorflow` ends the process: TensorFlow's wheel shows its LLVM to everybody."""

import signal
import subprocess
import sys
from importlib.metadata import version

print("tensorflow", version("tensorflow"), "triton", version("triton"))
done = subprocess.run([sys.executable, "-c", "import tensorflow, triton"], capture_output=True, check=False)
print("seen: ", signal.Signals(-done.returncode).name if done.returncode < 0 else f"exit code {done.returncode}")
print("right: exit code 0, which `import triton, tensorflow` has")
sys.exit(0 if done.returncode < 0 else 3)
