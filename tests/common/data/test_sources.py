"""Readers: ganbench's own by name, a plug-in's as package.module:function, the first that has the files."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from common.data.raw import ArraySplit, NotThere
from common.data.sources import needs_place, open_raw
from common.errors import BadInput
from common.specs.dataset_spec import DatasetSpec


def open_here(spec: DatasetSpec, split: str, place: Path) -> ArraySplit:
    """What a plug-in's reader looks like."""
    if not (place / "here").exists():
        raise NotThere(f"no file here in {place}")
    return ArraySplit(np.zeros((spec.splits[split] or 0, 8, 8), np.uint8), None, (), "1", str(place))


def spec(*readers: str, **changes: object) -> DatasetSpec:
    fields = {"name": "mine", "title": "", "image_size": 8, "channels": 1, "splits": {"train": 3}, "licence": ""}
    return DatasetSpec(**{**fields, "how_to_get": "make it", "readers": readers, **changes})


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    monkeypatch.setitem(sys.modules, "a_plug.in_module", request.module)
    return "a_plug.in_module:open_here"


def test_a_function_of_somebody_elses_reads(tmp_path: Path, reader: str) -> None:
    (tmp_path / "here").touch()
    assert len(open_raw(spec(reader), "train", tmp_path)) == 3
    assert len(open_raw(spec(reader), "train", tmp_path, source=reader)) == 3


def test_readers_are_tried_in_turn(tmp_path: Path, reader: str) -> None:
    with pytest.raises(NotThere, match="no file here"):
        open_raw(spec(reader), "train", tmp_path)
    shapes = spec(reader, "toy-shapes", classes=("circle", "square"))
    assert open_raw(shapes, "train", tmp_path).origin == "ganbench's own drawing"
    (tmp_path / "here").touch()
    assert open_raw(shapes, "train", tmp_path).origin == str(tmp_path)


def test_a_set_that_needs_no_files_needs_no_place(reader: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").touch()
    monkeypatch.chdir(tmp_path)
    assert needs_place(spec(reader))
    assert not needs_place(spec(reader, needs_files=False))
    assert len(open_raw(spec(reader, needs_files=False), "train", None)) == 3
    with pytest.raises(NotThere, match="make it"):
        open_raw(spec(reader), "train", None)


@pytest.mark.parametrize("missing", ["no_such_module_at_all:open", "json:no_such_function"])
def test_a_function_that_is_not_there_is_one_sentence(tmp_path: Path, missing: str) -> None:
    with pytest.raises(BadInput, match=f"The reader {missing} of the data set mine cannot be used"):
        open_raw(spec(missing), "train", tmp_path)
