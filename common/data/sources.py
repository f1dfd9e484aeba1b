"""Which reader opens which data set: by name, or by looking at what the user's folder holds (`auto`)."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

from common.data.celeba import open_celeba
from common.data.cifar import open_cifar_binary, open_cifar_python
from common.data.embedded import open_mnist_5k
from common.data.export import open_export
from common.data.folder import open_folder
from common.data.idx import open_idx
from common.data.jpegscan import open_jpegscan
from common.data.raw import NotThere, RawSplit
from common.data.toy import ToyShapes
from common.data.tree import is_picture
from common.errors import BadInput, unknown_name
from common.specs.dataset_spec import OWN_READERS, DatasetSpec
from common.specs.datasets import DATASETS, FOLDER_PREFIX, folder_of

READERS: tuple[str, ...] = ("auto", *OWN_READERS, "export")
OpenSplit = Callable[[DatasetSpec, str, Path], RawSplit]


def open_raw(spec: DatasetSpec, split: str, data_dir: Path | str | None, source: str = "auto") -> RawSplit:
    """The pictures of one split from wherever the data set has them on this machine.

    Args:
        spec: the data set.
        split: one of its splits.
        data_dir: the user's folder (or file, where the layout is one file); None for sets that need none.
        source: one of `READERS`, or a reader of the spec's own; `auto` tries the spec's readers in order.

    Raises:
        NotThere: nothing of the kind is there; the message says how to get it.
        BadInput: what is there is broken, or has not the published number of pictures.
    """
    if source not in (*READERS, *spec.readers):
        raise unknown_name("source", source, READERS)
    if source not in ("auto", "export", *spec.readers):
        raise BadInput(f"{spec.name} cannot be read as '{source}': its sources here are {', '.join(spec.readers)}.")
    place = _place(spec, data_dir)
    absent: list[NotThere] = []
    for reader in spec.readers if source == "auto" else (source,):
        try:
            raw = _opener(reader, spec)(spec, split, place)
        except NotThere as error:
            absent.append(error)
            continue
        _check_count(raw, spec, split)
        return raw
    if len(absent) == 1:
        raise absent[0]
    raise NotThere(f"{spec.name} is not in {place}: {spec.how_to_get}.")


def needs_place(spec: DatasetSpec) -> bool:
    """Whether the user has to name a folder for this data set."""
    return spec.needs_files and not spec.name.startswith(FOLDER_PREFIX)


def _place(spec: DatasetSpec, data_dir: Path | str | None) -> Path:
    if (folder := folder_of(spec)) is not None:
        return folder
    if not needs_place(spec):
        return Path()
    if data_dir is None:
        raise NotThere(f"The data set {spec.name} is not in the cache yet: {spec.how_to_get}.")
    place = Path(data_dir).expanduser()
    if not place.exists():
        raise BadInput(f"The data folder {place} does not exist: --data-dir names the folder that holds {spec.name}.")
    return place


_OPENERS: dict[str, OpenSplit] = {
    "embedded": lambda spec, split, place: open_mnist_5k(spec, split),
    "toy-shapes": lambda spec, split, place: ToyShapes(spec, split),
    "idx": open_idx,
    "cifar-python": open_cifar_python,
    "cifar-binary": open_cifar_binary,
    "jpegscan": open_jpegscan,
    "celeba": open_celeba,
    "folder": lambda spec, split, place: open_folder(_own_place(place, spec), split),
    "export": open_export,
}


def _opener(reader: str, spec: DatasetSpec) -> OpenSplit:
    """The function that opens what `reader` names; a "module:function" of a plug-in's is imported now.

    Raises:
        BadInput: there is no such function.
    """
    if reader in _OPENERS:
        return _OPENERS[reader]
    module, _, function = reader.partition(":")
    try:
        found: OpenSplit = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise BadInput(
            f"The reader {reader} of the data set {spec.name} cannot be used ({error}): mend its plug-in."
        ) from error
    return found


def _own_place(place: Path, spec: DatasetSpec) -> Path:
    """The data set's own sub-folder or zip in the user's folder, if any; a folder with just a zip in it is that zip."""
    if not spec.name.startswith(FOLDER_PREFIX):
        for candidate in (place / spec.name, place / f"{spec.name}.zip"):
            if candidate.exists():
                place = candidate
                break
        else:
            _refuse_collection(place, spec)
    if place.is_dir():
        entries = [path for path in place.iterdir() if not path.name.startswith(".")]
        archives = [path for path in entries if path.suffix.lower() == ".zip"]
        if len(archives) == 1 and not any(path.is_dir() or is_picture(path.name) for path in entries):
            return archives[0]
    return place


def _refuse_collection(place: Path, spec: DatasetSpec) -> None:
    """A folder that keeps several data sets side by side is not itself one of them."""
    others = [name for name in DATASETS if (place / name).is_dir()]
    if others:
        raise NotThere(f"{place} holds {', '.join(others)}, but no {spec.name}: {spec.how_to_get}.")


def _check_count(raw: RawSplit, spec: DatasetSpec, split: str) -> None:
    expected = spec.splits[split]
    if not len(raw):
        raise BadInput(f"{raw.origin} holds no {split} picture: point at a folder or file that does.")
    if expected is not None and not raw.variant and len(raw) != expected:
        raise BadInput(
            f"{raw.origin} holds {len(raw)} {split} pictures, but {spec.name} has {expected}: it is incomplete, "
            "get it again."
        )
