"""Takes away what is patched inside Keras and prints what asking for float64 says then, as JSON.

Usage: KERAS_BACKEND=torch python inside_side.py
"""

import importlib
import json

from common.errors import BadInput
from keras_impl.backends import backend

PATCHED = {
    "backend.common.dtypes": "BIT64_TO_BIT32_DTYPE",
    "backend.torch.nn": "_maybe_convert_to_channels_last",
}


def refusal(float64):
    try:
        backend.configure("cpu", 1, allow_tf32=False, float64=float64)
    except BadInput as error:
        return str(error)
    return None


def main():
    found = {}
    for module, name in PATCHED.items():
        holder = importlib.import_module(f"keras.src.{module}")
        original = getattr(holder, name)
        refusal(float64=True)
        replaced = getattr(holder, name) is not original
        refusal(float64=False)
        restored = getattr(holder, name) is original
        delattr(holder, name)
        found[name] = {
            "float64": refusal(True),
            "float32": refusal(False),
            "replaced and restored": replaced and restored,
        }
        setattr(holder, name, original)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
