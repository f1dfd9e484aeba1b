"""Below a folder whose name holds a space torch.compile cannot build C++: two of its command's paths are not quoted."""

import os
import sys
import tempfile

with tempfile.TemporaryDirectory(prefix="with space ") as folder:
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = folder  # TMPDIR=folder does the same
    import torch

    print("torch", torch.__version__)
    x = torch.linspace(0.0, 1.0, 4)
    try:
        same = torch.equal(torch.compile(torch.square)(x), x * x)
    except torch._inductor.exc.InductorError as error:
        said = next(line for line in str(error).splitlines() if "rror:" in line and "C++ compile error" not in line)
        print("seen: ", said.replace(folder, "FOLDER"))
        print("right: squares, as without the space")
        sys.exit(0)
    print("right: squares", same)
    sys.exit(3 if same else 1)
