"""Extractors that are converted when they are first needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.scoring.extractors.ready import UnavailableExtractor, ready_extractor
from common.errors import BadInput


def test_what_ships_with_the_package_is_ready() -> None:
    assert ready_extractor("mnistnet").classes == tuple("0123456789")


def test_an_unknown_extractor_is_told_with_the_nearest() -> None:
    with pytest.raises(BadInput, match="Unknown extractor 'inceptionv3': did you mean 'inception'"):
        ready_extractor("inceptionv3")


def test_a_conversion_that_fails_is_reported_in_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(UnavailableExtractor, match=r"could not be prepared: .*put weights-inception"):
        ready_extractor("inception", cache_dir=tmp_path)
