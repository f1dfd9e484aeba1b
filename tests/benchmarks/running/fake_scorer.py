"""A scorer that finds what it is told to find: `python fake_scorer.py FOLDER BEHAVIOUR`."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.results.cell_folder import CellFolder, Scores
from common.metrics.score import Score

if __name__ == "__main__":
    folder, behaviour = CellFolder(Path(sys.argv[1])), sys.argv[2]
    with (folder.path / "scored").open("a") as log:
        log.write("x")
    if behaviour == "crash":
        raise MemoryError("no room for features")
    if behaviour == "nothing":
        folder.scores_file.write_text(Scores(metrics={}, reason="No extractor fits.").model_dump_json())
    else:
        fid = Score(name="FID", extractor="fake", value=12.5, higher_is_better=False, protocol={"samples": 20})
        folder.scores_file.write_text(Scores(metrics={"fid": fid}).model_dump_json())
