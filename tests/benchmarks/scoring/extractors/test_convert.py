"""The published weights: found, fetched by the house's downloader, and refused unless they are the published ones."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from benchmarks.scoring.extractors.convert import check_published, find_weights
from common.errors import BadInput, GanbenchError
from common.metrics.extractors import converted
from common.specs.dataset_spec import Download


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that plays the published weights of inception; its mirrors are a broken one and the file itself."""
    file = tmp_path / "server" / "weights.pth"
    file.parent.mkdir()
    file.write_bytes(b"weights " * 1000)
    download = Download(
        name="weights.pth",
        size=8000,
        sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        mirrors=("http://127.0.0.1:9/down", file.as_uri()),
    )
    monkeypatch.setitem(converted.PUBLISHED, "inception", converted.PUBLISHED["inception"]._replace(download=download))
    return file


def test_weights_come_through_the_downloader_with_mirrors_and_checksum(tmp_path: Path, published: Path) -> None:
    found = find_weights("inception", None, tmp_path / "cache", fetch=True)
    assert found.read_bytes() == published.read_bytes()
    check_published(found, converted.PUBLISHED["inception"])


def test_other_bytes_of_the_same_length_are_not_the_weights(tmp_path: Path, published: Path) -> None:
    published.write_bytes(b"garbage " * 1000)
    with pytest.raises(GanbenchError, match="checksum"):
        find_weights("inception", None, tmp_path / "cache", fetch=True)
    assert not (tmp_path / "cache" / "weights" / "weights.pth").exists()


def test_wrong_and_missing_weights_are_refused_before_torch_is_needed(tmp_path: Path) -> None:
    wrong = tmp_path / "weights.pth"
    wrong.write_bytes(b"not weights")
    for name, known in converted.PUBLISHED.items():
        with pytest.raises(BadInput, match=r"is not .*SHA-256"):
            check_published(find_weights(name, wrong, tmp_path, False), known)
    with pytest.raises(BadInput, match="put weights-inception"):
        check_published(find_weights("inception", None, tmp_path, False), converted.PUBLISHED["inception"])
