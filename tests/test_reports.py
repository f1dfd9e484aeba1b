"""What is published under reports/ is what its records say: every table, figure and page is built again and compared.

Pictures of samples are kept, not rebuilt: what they were drawn from is too large to be published.
"""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.cli.rebuild import compared, comparisons, published
from benchmarks.report.build import build_report
from benchmarks.results.records import Record
from benchmarks.results.run_folder import RunFolder

REPORTS = Path(__file__).parents[1] / "reports"
PUBLISHED = [folder.relative_to(REPORTS) for folder in published(REPORTS)]
COMPARED = [page.relative_to(REPORTS) for page in comparisons(REPORTS)]
# what is rebuilt: the page, tables/, and figures/ but for the twins' samples
_REBUILT = ("report.md", "tables", "figures")
_SAMPLES = "*-side-by-side.png"
_MOST_BYTES = 40_000_000


def files(folder: Path) -> dict[str, Path]:
    return {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}


def copy_without_what_is_rebuilt(run: Path, to: Path) -> None:
    shutil.copytree(run, to, ignore=lambda folder, _: _REBUILT if Path(folder) == run else ())
    for picture in run.glob(f"figures/{_SAMPLES}"):
        (to / "figures").mkdir(exist_ok=True)
        shutil.copy2(picture, to / "figures")


def content(path: Path) -> bytes:
    """What a file says: of a picture its pixels, since packing them depends on the processor."""
    if path.suffix == ".png":
        with Image.open(path) as picture:
            return repr(picture.size).encode() + np.asarray(picture.convert("RGBA")).tobytes()
    return path.read_bytes()


def test_there_is_something_to_rebuild() -> None:
    assert len(PUBLISHED) >= 10
    assert len(COMPARED) >= 4


@pytest.mark.parametrize("name", PUBLISHED, ids=str)
def test_a_report_is_what_its_records_say(name: Path, tmp_path: Path) -> None:
    copy_without_what_is_rebuilt(REPORTS / name, tmp_path / "run")
    build_report([RunFolder(tmp_path / "run")])
    there, rebuilt = files(REPORTS / name), files(tmp_path / "run")
    assert rebuilt.keys() == there.keys()
    changed = [file for file in there if content(there[file]) != content(rebuilt[file])]
    assert changed == [], "run `make reports` and commit what it changes, if that is what was meant"


@pytest.mark.parametrize("name", COMPARED, ids=str)
def test_a_comparison_is_what_its_races_say(name: Path) -> None:
    assert compared(REPORTS / name) == (REPORTS / name).read_text()


def test_the_numbers_of_the_readme_are_those_of_the_records() -> None:
    records = RunFolder(REPORTS / "digits").records()
    rows = [
        [cell.strip() for cell in line.strip("| \n").split("|")]
        for line in (REPORTS.parent / "README.md").read_text().partition("| (mnistnet) |")[2].splitlines()[2:]
    ]
    told = {row[0]: row[1:] for row in itertools.takewhile(lambda row: len(row) == 7, rows)}
    assert told.keys() == {record.cell.model.name for record in records}
    for model, cells in told.items():
        for place, contender in enumerate(("torch eager", "keras-tf graph")):
            mine = [r for r in records if r.cell.model.name == model and r.cell.contender == contender]

            def mean(name: str, mine: list[Record] = mine) -> float:
                return sum(record.metrics[name].value for record in mine) / len(mine)

            said = [
                f"{mean('fid'):.2f}",
                f"{mean('inception_score'):.2f}",
                f"{mean('precision'):.3f} / {mean('recall'):.3f}",
            ]
            assert cells[place::2] == said, f"{model}, {contender}"


def test_all_that_is_published_is_small() -> None:
    sizes = [path.stat().st_size for name in PUBLISHED for path in files(REPORTS / name).values()]
    assert sum(sizes) < _MOST_BYTES
