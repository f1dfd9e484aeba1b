"""Parcels: what is packed on one machine is there on another, byte for byte, and never by half."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.cluster import parcels
from benchmarks.cluster.parcels import Inbox, Piece, data_entry, has_data, pack_data, pieces, unpack_data
from benchmarks.results.cell_folder import CellFolder
from common.data.loading import load_dataset
from common.specs.cell import Cell


@pytest.fixture
def there(cells: list[Cell], tmp_path: Path) -> CellFolder:
    """What a worker left on another machine."""
    folder = CellFolder(tmp_path / "there")
    folder.create(cells[0])
    for name in ("result.json", "samples.npy", "progress/epoch_0000.npy", "checkpoint/epoch_0001.safetensors"):
        (folder.path / name).parent.mkdir(exist_ok=True)
        (folder.path / name).write_bytes(name.encode() * 7)
    folder.events_file.write_text('{"event": "started"}\n')
    folder.stderr_file.write_text("an earlier attempt\nthis one\n")
    return folder


def test_a_folder_arrives_whole_in_however_many_pieces(there: CellFolder, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(parcels, "_PIECE_BYTES", 10)
    here = CellFolder(tmp_path / "here")
    here.path.mkdir()
    here.stderr_file.write_text("what was there\n")
    inbox, sent = Inbox(here), list(pieces(there, stderr_begin=len("an earlier attempt\n")))
    for piece in sent:
        assert not here.result_file.exists()
        inbox.take(piece)
    inbox.close()
    assert len(sent) > 10
    names = sorted(str(path.relative_to(here.path)) for path in here.path.rglob("*") if path.is_file())
    assert names == ["progress/epoch_0000.npy", "result.json", "samples.npy", "stderr.log"]
    for name in names[:3]:
        assert (here.path / name).read_bytes() == (there.path / name).read_bytes()
    assert here.stderr_file.read_text() == "what was there\nthis one\n"


def test_what_stops_on_the_way_leaves_nothing(there: CellFolder, tmp_path: Path) -> None:
    here = CellFolder(tmp_path / "here")
    here.path.mkdir()
    inbox = Inbox(here)
    inbox.take(Piece("samples.npy", b"half of", last=False))
    inbox.close()
    assert list(here.path.iterdir()) == []
    later = Inbox(here)
    later.take(Piece("samples.npy", b"whole", last=True))
    assert here.samples_file.read_bytes() == b"whole"


def test_an_empty_file_arrives(there: CellFolder, tmp_path: Path) -> None:
    (there.path / "empty").touch()
    assert [piece for piece in pieces(there) if piece.name == "empty"] == [Piece("empty", b"", last=True)]


def test_prepared_data_travel(cells: list[Cell], tmp_path: Path) -> None:
    cell, cache, elsewhere = cells[0], tmp_path / "cache", tmp_path / "elsewhere"
    entry = data_entry(cell, None, cache)
    assert entry.root == cache
    assert (has_data(entry, cache), has_data(entry, elsewhere)) == (True, False)
    unpack_data(pack_data(entry), elsewhere)
    assert has_data(entry, elsewhere)
    here, there = (load_dataset(cell.dataset, image_size=32, cache_dir=each) for each in (cache, elsewhere))
    assert here.sha256 == there.sha256
    assert (here.images[:] == there.images[:]).all()
    before = replace(entry, root=elsewhere).images_path.stat().st_mtime_ns
    unpack_data(pack_data(entry), elsewhere)  # another place of the same machine: nothing is written again
    assert replace(entry, root=elsewhere).images_path.stat().st_mtime_ns == before
