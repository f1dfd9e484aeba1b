"""A scorer that finds what it is told to find: `python fake_scorer.py BEHAVIOUR`, folders on its standard input."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from benchmarks.results.cell_folder import CellFolder, Scores
from common.metrics.score import Score


def score(folder: CellFolder, behaviour: str) -> None:
    with (folder.path / "scored").open("a") as log:
        log.write("x")
    (folder.path / "scorer").write_text(str(os.getpid()))
    if behaviour == "crash" or (behaviour == "crash once" and "torch" in folder.path.name):
        raise MemoryError("no room for features")
    if behaviour == "slow":
        time.sleep(3)
    if behaviour == "nothing":
        folder.scores_file.write_text(Scores(metrics={}, reason="No extractor fits.").model_dump_json())
    else:
        fid = Score(name="FID", extractor="fake", value=12.5, higher_is_better=False, protocol={"samples": 20})
        folder.scores_file.write_text(Scores(metrics={"fid": fid}).model_dump_json())
    (folder.path / "scored at").write_text(str(time.monotonic()))


if __name__ == "__main__":
    for line in sys.stdin:
        score(CellFolder(Path(json.loads(line)["score"])), sys.argv[1])
        print(json.dumps({"event": "scored"}), flush=True)
