"""Named arrays in a file: exact, equal bytes for equal content, one sentence for a damaged one."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from common.errors import BadInput
from common.tensor_files import load_tensors, save_tensors


def test_scalars_stay_scalars(tmp_path: Path) -> None:
    save_tensors(tmp_path / "a", {"step": np.array(7.0, np.float32)}, {})
    assert load_tensors(tmp_path / "a")[0]["step"].shape == ()


@pytest.mark.parametrize("content", [None, b"", b"\x10\0\0\0\0\0\0\0{not json       "])
def test_unreadable_file_is_one_sentence_with_its_path(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "weights.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput) as caught:
        load_tensors(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_notes_come_back(tmp_path: Path) -> None:
    save_tensors(tmp_path / "a", {"x": np.ones(3)}, {"cell": "c"})
    tensors, notes = load_tensors(tmp_path / "a")
    assert notes == {"cell": "c"}
    assert tensors["x"].tolist() == [1, 1, 1]


def test_equal_content_gives_equal_bytes_in_every_process(tmp_path: Path) -> None:
    """The library orders several metadata keys by a hash that is seeded anew in every process."""
    program = (
        "import sys, numpy as np; from pathlib import Path; from common.tensor_files import save_tensors\n"
        "notes = {key: {'x': 1, 'y': [2.5]} for key in 'abcdefgh'}\n"
        "save_tensors(Path(sys.argv[1]), {name: np.arange(3.0) for name in 'pqrst'}, notes)\n"
    )
    root = Path(__file__).parents[2]
    sums = set()
    for number in range(4):
        file = tmp_path / str(number)
        subprocess.run([sys.executable, "-c", program, str(file)], cwd=root, check=True)
        sums.add(hashlib.sha256(file.read_bytes()).hexdigest())
    assert len(sums) == 1
