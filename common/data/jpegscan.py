"""A data set as JPEG scans in one .npz: a shared header, and per split the scans end to end, their lengths and labels.

The form keeps 60,000 small JPEGs in one file of 18 MB. The pixels are those of the recompressed copy, not the published
ones, so the cache keeps them apart and scores on them are not comparable with published ones.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from common.array_files import read_arrays
from common.data.places import find_file
from common.data.raw import Labels, NotThere
from common.errors import BadInput
from common.specs.dataset_spec import DatasetSpec

_LARGEST = 1 << 29
_END_OF_IMAGE = b"\xff\xd9"


class ScanSplit:
    """One split of JPEG scans; each picture is header + scan + end marker, a complete JPEG file."""

    variant = "jpegscan"

    def __init__(self, header: bytes, scans: bytes, ends: np.ndarray, labels: Labels, spec: DatasetSpec, path: Path):
        self._header, self._scans = header, scans
        self._starts, self._ends = np.concatenate([[0], ends[:-1]]).tolist(), ends.tolist()
        self.labels: Labels | None = labels
        self.classes = spec.classes
        self.fingerprint = hashlib.sha256(header + scans + labels.tobytes()).hexdigest()
        self.origin = str(path)

    def __len__(self) -> int:
        return len(self._ends)

    def picture(self, index: int) -> bytes:
        """A complete JPEG file."""
        return self._header + self._scans[self._starts[index] : self._ends[index]] + _END_OF_IMAGE

    def name(self, index: int) -> str:
        """`picture 17 of FILE`."""
        return f"picture {index} of {self.origin}"


def open_jpegscan(spec: DatasetSpec, split: str, data_dir: Path) -> ScanSplit:
    """One split from NAME_jpegscan.npz.

    Raises:
        NotThere: no such file.
        BadInput: the file is damaged or its arrays do not fit together.
    """
    name = f"{spec.name}_jpegscan.npz"
    path = find_file(data_dir, spec, name)
    if path is None:
        raise NotThere(f"No file {name} in {data_dir}.")
    try:
        arrays = read_arrays(path, _LARGEST)
        header, scans = arrays["header"].tobytes(), arrays[f"{split}_scan"].tobytes()
        ends = np.cumsum(arrays[f"{split}_length"], dtype=np.int64)
        labels = arrays[f"{split}_label"].astype(np.int64)
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"{path} is damaged or not a file of JPEG scans ({error}): get it again.") from error
    if (
        labels.ndim != 1
        or ends.ndim != 1
        or len(ends) != len(labels)
        or not len(ends)
        or ends[-1] != len(scans)
        or np.diff(ends, prepend=0).min() < 0
        or labels.min() < 0
        or labels.max() >= spec.n_classes
    ):
        raise BadInput(f"{path}: lengths, labels and scans of split {split} do not fit together: get it again.")
    return ScanSplit(header, scans, ends, labels, spec, path)
