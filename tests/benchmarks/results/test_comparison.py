"""Comparisons: paired by seed, and no verdict that the seeds do not carry."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from benchmarks.results.aims import Aims
from benchmarks.results.comparison import comparison_rows, pairs_of
from benchmarks.results.comparison_page import comparison_page, page_notes
from benchmarks.results.mixing import check_alike, other_versions
from benchmarks.results.pairing import references
from benchmarks.results.records import DataUsed, Record, Repeat
from common.errors import BadInput
from common.metrics.score import FloorSpread
from common.specs.cell import override
from common.specs.judge import JudgeSpec

TIMES = (1.5, 2.6, 1.9)


def test_one_seed_gives_numbers_without_a_verdict(make_record: Callable[..., Record]) -> None:
    rows = comparison_rows(
        [make_record(seconds=[2.0], scores={"fid": 10.0}), make_record("keras-tf", seconds=[1.0], scores={"fid": 9.0})]
    )
    assert [(row["quantity"], row["value"], row["low"], row["verdict"]) for row in rows] == [
        ("epoch_time", 0.5, None, "1 seed, no verdict"),
        ("FID (mnistnet)", -1.0, None, "1 seed, no verdict"),
    ]


@pytest.mark.parametrize(
    ("seconds", "fids", "verdicts"),
    [
        ((1.0, 1.1, 0.9), (5.0, 6.0, 7.0), ["faster", "better"]),
        ((3.0, 3.1, 2.9), (15.0, 16.0, 17.0), ["slower", "worse"]),
        (
            (1.0, 2.0, 3.0),
            (9.0, 10.0, 11.5),
            ["not decided", "not decided"],
        ),
        ((1.99, 2.0, 2.01), (10.1, 10.0, 9.9), ["equivalent within 5 %", "equivalent within 0.8"]),
    ],
)
def test_verdicts_from_three_seeds_on(
    make_record: Callable[..., Record], seconds: tuple[float, ...], fids: tuple[float, ...], verdicts: list[str]
) -> None:
    records = [make_record(seed=seed, seconds=[2.0], scores={"fid": 10.0}) for seed in range(3)]
    records += [
        make_record("keras-tf", seed, [seconds[seed]], {"fid": fids[seed], "precision": 0.5}) for seed in range(3)
    ]
    spread = FloorSpread(deviation=0.8, sets=3, images=20, split="train")
    records[0].metrics["fid"] = records[0].metrics["fid"].model_copy(update={"floor_spread": spread})
    rows = comparison_rows(records)
    assert [row["verdict"].partition(" (about")[0] for row in rows] == verdicts
    assert {row["replicates"] for row in rows} == {3}


def test_higher_is_better_is_heeded(make_record: Callable[..., Record]) -> None:
    records = [make_record(seed=seed, scores={"precision": 0.5}) for seed in range(3)]
    records += [make_record("keras-tf", seed, scores={"precision": 0.6}) for seed in range(3)]
    assert comparison_rows(records)[1]["verdict"] == "better"


def test_scores_under_different_protocols_are_not_compared_but_times_are(make_record: Callable[..., Record]) -> None:
    mine, base = make_record("keras-tf", scores={"fid": 1.0}), make_record(scores={"fid": 2.0})
    judge = JudgeSpec(extractor="inception")
    other = mine.metrics["fid"].model_copy(update={"protocol": {"extractor": "inception"}})
    changed = {"cell": mine.cell.model_copy(update={"judge": judge}), "metrics": {"fid": other}}
    assert [row["quantity"] for row in comparison_rows([base, mine])] == ["epoch_time", "FID (mnistnet)"]
    assert [row["quantity"] for row in comparison_rows([base, mine.model_copy(update=changed)])] == ["epoch_time"]


def test_unfinished_cells_are_not_compared(make_record: Callable[..., Record]) -> None:
    assert comparison_rows([make_record(), make_record("keras-tf", status="diverged")]) == []
    assert comparison_rows([make_record(status="failed"), make_record("keras-tf")]) == []


def test_verdicts_on_one_quantity_are_corrected_together(make_record: Callable[..., Record]) -> None:
    """A difference that three seeds show alone is not shown when it is the largest of twenty."""

    def rows(widths: int) -> list[dict]:
        records = []
        for width in range(2, 2 + 2 * widths, 2):
            for engine, times in (("torch", (2.0, 2.0, 2.0)), ("keras-tf", (2.4, 2.3, 2.5) if width == 2 else TIMES)):
                for seed in range(3):
                    record = make_record(engine, seed, [times[seed]])
                    network = record.cell.model.network.model_copy(update={"width": width})
                    model = record.cell.model.model_copy(update={"network": network})
                    records.append(record.model_copy(update={"cell": record.cell.model_copy(update={"model": model})}))
        return comparison_rows(records)

    assert rows(1)[0]["verdict"] == "slower"
    many = rows(20)
    assert many[0]["verdict"].startswith("not decided")
    assert many[0]["low"] == rows(1)[0]["low"]
    assert {row["model"] for row in many} == {"dcgan"}  # twenty variants of one model are no twenty models


def test_ratios_are_averaged_geometrically_and_over_models(make_record: Callable[..., Record]) -> None:
    records = [make_record(engine, seconds=[1.0]) for engine in ("torch", "keras-tf")]
    for name, seconds in (("a", 2.0), ("b", 4.0)):
        for engine, factor in (("torch", 1.0), ("keras-tf", seconds)):
            record = make_record(engine, seconds=[factor])
            model = record.cell.model.model_copy(update={"name": name})
            records.append(record.model_copy(update={"cell": record.cell.model_copy(update={"model": model})}))
    for width in (8, 16):  # variants of the last model, as fast as it is on average: 4 = (2 * 8 * 4) ** (1 / 3)
        for engine, factor in (("torch", 1.0), ("keras-tf", width / 4 if width == 8 else 8.0)):
            record = make_record(engine, seconds=[factor])
            network = record.cell.model.network.model_copy(update={"width": width})
            model = record.cell.model.model_copy(update={"name": "b", "network": network})
            records.append(record.model_copy(update={"cell": record.cell.model_copy(update={"model": model})}))
    last = comparison_rows(records)[-1]
    assert (last["model"], last["dataset"], last["replicates"]) == ("all 3", "all", 3)
    assert last["value"] == pytest.approx(2.0)
    assert last["verdict"].endswith("models would)")


def test_scores_are_averaged_over_models_as_differences(make_record: Callable[..., Record]) -> None:
    """Differences of 1, 2 and 6 (of one seed, of two, of two widths): a mean of 3, and each model counts once."""
    records = []
    cells = (("a", 0, 8, 1.0), ("b", 0, 8, 1.0), ("b", 1, 8, 3.0), ("c", 0, 8, 4.0), ("c", 0, 16, 8.0))
    for name, seed, width, differs in cells:
        for engine, score in (("torch", 10.0), ("keras-tf", 10.0 + differs)):
            record = make_record(engine, seed, scores={"fid": score})
            network = record.cell.model.network.model_copy(update={"width": width})
            model = record.cell.model.model_copy(update={"name": name, "network": network})
            records.append(record.model_copy(update={"cell": record.cell.model_copy(update={"model": model})}))
    (row,) = [row for row in comparison_rows(records) if row["dataset"] == "all" and row["quantity"].startswith("FID")]
    assert (row["model"], row["form"], row["replicate"], row["replicates"]) == ("all 3", "difference", "model", 3)
    assert row["value"] == pytest.approx(3.0)
    half = 4.302653 * math.sqrt(7.0) / math.sqrt(3.0)  # Student's t of two degrees; 1, 2 and 6 have a variance of 7
    assert (row["low"], row["high"]) == (pytest.approx(3.0 - half), pytest.approx(3.0 + half))
    two = [record for record in records if record.cell.model.name != "c"]
    assert all(row["dataset"] != "all" for row in comparison_rows(two))


def test_any_contender_can_be_the_reference(make_record: Callable[..., Record]) -> None:
    """The same pairs the other way round: a ratio is the inverse, a difference the opposite, and so is the verdict."""
    measured = {"torch": (2.0, 10.0), "keras-tf": (3.0, 12.0), "keras-jax": (6.0, 15.0)}
    records = [
        make_record(engine, seed, [seconds * (1 + seed / 100)], {"fid": fid + seed / 10})
        for engine, (seconds, fid) in measured.items()
        for seed in range(3)
    ]
    assert references(records) == ["torch eager", "keras-tf graph", "keras-jax compiled"]
    usual, other = comparison_rows(records), comparison_rows(records, reference="keras-tf graph")
    assert {row["against"] for row in other} == {"keras-tf graph"}
    found = {(row["engine"], row["quantity"]): (row["value"], row["verdict"]) for row in other}
    assert found == {
        ("torch eager", "epoch_time"): (pytest.approx(2 / 3), "faster"),
        ("torch eager", "FID (mnistnet)"): (pytest.approx(-2.0), "better"),
        ("keras-jax compiled", "epoch_time"): (pytest.approx(2.0), "slower"),
        ("keras-jax compiled", "FID (mnistnet)"): (pytest.approx(3.0), "worse"),
    }
    turned = next(row for row in usual if row["engine"] == "keras-tf graph")
    assert 1 / turned["value"] == pytest.approx(found["torch eager", "epoch_time"][0])
    with pytest.raises(BadInput, match="Unknown contender 'keras-tf:graph': did you mean 'keras-tf graph'"):
        comparison_rows(records, reference="keras-tf:graph")
    only = [record for record in records if record.cell.engine != "torch"]
    assert comparison_rows(only) == []
    assert {row["engine"] for row in comparison_rows(only, reference="keras-jax compiled")} == {"keras-tf graph"}


def test_a_run_is_compared_with_an_earlier_one_cell_by_cell(make_record: Callable[..., Record]) -> None:
    earlier = [make_record(seed=seed, seconds=[2.0], scores={"fid": 10.0}) for seed in range(3)]
    later = [make_record(seed=seed, seconds=[2.4 + seed / 50], scores={"fid": 10.0 + seed / 50}) for seed in range(3)]
    rows = comparison_rows([*later, make_record("keras-tf")], earlier)
    assert [(row["engine"], row["against"], row["quantity"]) for row in rows] == [
        ("torch eager", "the earlier run", "epoch_time"), ("torch eager", "the earlier run", "FID (mnistnet)"),
    ]  # fmt: skip
    assert (rows[0]["value"], rows[0]["verdict"]) == (pytest.approx(1.21, abs=0.001), "slower")
    with pytest.raises(BadInput, match="no finished cell in common"):
        comparison_rows([make_record(seed=7)], earlier)


def test_the_page_has_one_line_per_contender(make_record: Callable[..., Record]) -> None:
    scores = {"fid": 10.0, "recall": 0.5}
    records = [make_record(scores=scores), make_record("keras-tf", seconds=[1.0], scores=scores)]
    (line,) = comparison_page(comparison_rows(records))
    assert line == {
        "model": "dcgan", "engine": "keras-tf graph", "epoch time": "0.5\n1 seed, no verdict",
        "FID\n(mnistnet)": "0\n1 seed, no verdict", "Recall\n(mnistnet)": "0\n1 seed, no verdict",
    }  # fmt: skip
    assert comparison_page([]) == []
    assert page_notes([]) == []


def test_the_page_rounds_to_what_the_interval_and_the_margin_say(make_record: Callable[..., Record]) -> None:
    records = [make_record(seed=seed, seconds=[2.0], scores={"fid": 10.0}) for seed in range(3)]
    fids = (11.234, 11.345, 11.001)
    records += [make_record("keras-tf", seed, [1.0 + seed / 10], {"fid": fids[seed]}) for seed in range(3)]
    (line,) = comparison_page(comparison_rows(records, aims=Aims(margins={"fid": 5.0})))
    assert line["epoch time"] == "0.548 [0.437, 0.688]\nfaster"
    assert line["FID\n(mnistnet)"] == "+1.2 ± 0.4\nequivalent"
    (fine,) = comparison_page(comparison_rows(records))
    assert fine["FID\n(mnistnet)"] == "+1.19 ± 0.44\nworse"


def test_a_sweeps_variants_are_lines_of_their_own(make_record: Callable[..., Record]) -> None:
    records = []
    for engine in ("torch", "keras-tf"):
        for width in (4, 8):
            cell = override(make_record(engine).cell, {"model.network.width": width})
            records.append(make_record(engine, cell=cell))
    assert [line["engine"] for line in comparison_page(comparison_rows(records))] == [
        "keras-tf graph (network.width=4)", "keras-tf graph (network.width=8)",
    ]  # fmt: skip


def test_what_differs_in_more_than_the_engine_is_refused_by_name(make_record: Callable[..., Record]) -> None:
    record = make_record()
    check_alike([record, make_record("keras-tf"), make_record("keras-tf", 1, training=None)])
    hardware = record.training.hardware
    environment = record.environment
    others = {
        "machine (Other CPU, 2 cores, 8 GB memory / Test CPU, 2 cores, 8 GB memory)": make_record(
            hardware=hardware.model_copy(update={"processor": "Other CPU"})
        ),
        "device (A GPU / cpu)": make_record(hardware=hardware.model_copy(update={"device": "A GPU"})),
    }
    for words, other in others.items():
        with pytest.raises(BadInput) as caught:
            check_alike([record, other])
        assert words in str(caught.value)
    versions = [
        make_record(environment=environment.model_copy(update={"versions": {"ganbench": version}}))
        for version in ("0.2.0", "0.2.9", "0.3.0")
    ]
    check_alike(versions[:2])
    with pytest.raises(BadInput, match=r"version of ganbench \(0\.2 / 0\.3\)"):
        check_alike(versions)


def test_margins_of_the_matrix_come_before_all_others(make_record: Callable[..., Record]) -> None:
    records = [make_record(seed=seed, seconds=[2.0], scores={"fid": 10.0}) for seed in range(3)]
    records += [make_record("keras-tf", seed, [2.2 + 0.01 * seed], {"fid": 11.0 + 0.01 * seed}) for seed in range(3)]
    aims = Aims(margins={"time": 0.15, "fid": 1.5})
    rows = comparison_rows(records, aims=aims)
    assert [(row["margin"], row["margin_from"], row["verdict"]) for row in rows] == [
        (0.15, "matrix", "equivalent within 15 %"), (1.5, "matrix", "equivalent within 1.5"),
    ]  # fmt: skip
    usual = comparison_rows(records)
    assert [(row["margin"], row["margin_from"], row["verdict"]) for row in usual] == [
        (0.05, "default", "slower"), (None, None, "worse"),
    ]  # fmt: skip
    assert "epoch time: equal within 15 % (matrix)" in page_notes(rows)
    assert "FID (mnistnet): no margin, so none are called equivalent" in page_notes(usual)


def test_the_process_is_the_replicate_of_a_time(make_record: Callable[..., Record]) -> None:
    def repeated(engine: str, seconds: list[float]) -> Record:
        first, *others = [make_record(engine, seconds=[each]) for each in seconds]
        repeats = [Repeat(clocks=each.training.clocks, hardware=each.training.hardware, same_weights=True)
                   for each in others if each.training]  # fmt: skip
        return first.model_copy(update={"repeats": repeats})

    rows = comparison_rows([repeated("torch", [2.0, 2.0, 2.0]), repeated("keras-tf", [2.4, 2.5, 2.6])])
    assert (rows[0]["replicates"], rows[0]["replicate"], rows[0]["verdict"]) == (3, "process", "slower")
    assert rows[0]["value"] == pytest.approx((1.2 * 1.25 * 1.3) ** (1 / 3))
    assert (rows[0]["process_noise"], rows[0]["seed_noise"]) == (pytest.approx(0.04, abs=0.001), None)
    assert any("varies by 4 % between processes of one seed" in note for note in page_notes(rows))


def test_protocols_that_differ_are_refused_by_name(make_record: Callable[..., Record]) -> None:
    mine, base = make_record("keras-tf", scores={"fid": 1.0}), make_record(scores={"fid": 2.0})
    fid = mine.metrics["fid"]
    other = fid.model_copy(update={"protocol": {**fid.protocol, "samples": 40}})
    records = [base, mine.model_copy(update={"metrics": {"fid": other}})]
    check_alike(records)
    with pytest.raises(BadInput, match=r"differ in their samples of FID \(20 / 40\)"):
        check_alike(records, pairs_of(records))


def test_a_run_with_other_threads_or_images_is_no_earlier_one(make_record: Callable[..., Record]) -> None:
    """One engine against another may have its own number of threads: how many it takes is its framework's choice."""
    record, data = make_record(), DataUsed(name="mnist-5k", split="train", images=64, sha256="a" * 64)
    assert record.training is not None
    hardware = record.training.hardware.model_copy(update={"threads": 1})
    check_alike([record], [(make_record("keras-tf", hardware=hardware), record)])
    with pytest.raises(BadInput, match=r"threads of torch eager \(2 / 1\)"):
        check_alike([record], [(make_record(hardware=hardware), record)])
    other = data.model_copy(update={"sha256": "b" * 64})
    check_alike([record], [(make_record(data=data), make_record(data=data))])
    with pytest.raises(BadInput, match=r"images of mnist-5k \(a{8} / b{8}\)"):
        check_alike([record], [(make_record("keras-tf", data=other), make_record(data=data))])


def test_packages_that_changed_are_named_the_earlier_first(make_record: Callable[..., Record]) -> None:
    def under(**versions: str) -> Record:
        record = make_record()
        return record.model_copy(update={"environment": record.environment.model_copy(update={"versions": versions})})

    then, now = under(torch="2.13.0", numpy="2.4.6"), under(torch="2.14.1", numpy="2.4.6", scipy="1.17.1")
    assert other_versions([(then.environment, now.environment)] * 2) == ["torch 2.13.0 / 2.14.1"]
    assert other_versions([(now.environment, now.environment)]) == []


def test_engines_over_all_models_are_corrected_together(make_record: Callable[..., Record]) -> None:
    """Three models at 1.2, 1.3 and 1.45 are slower alone, with 0.03 < p < 0.05; beside a second engine they are not."""

    def rows(*engines: str) -> list[dict]:
        records = []
        for name, factor in (("a", 1.2), ("b", 1.3), ("c", 1.45)):
            for engine in ("torch", *engines):
                record = make_record(engine, seconds=[1.0 if engine == "torch" else factor])
                model = record.cell.model.model_copy(update={"name": name})
                records.append(record.model_copy(update={"cell": record.cell.model_copy(update={"model": model})}))
        return [row for row in comparison_rows(records) if row["dataset"] == "all"]

    alone, together = rows("keras-tf"), rows("keras-tf", "keras-jax")
    assert alone[0]["verdict"] == "slower"
    assert all(row["verdict"].startswith("not decided") for row in together)
    assert (alone[0]["low"], alone[0]["high"]) == (together[0]["low"], together[0]["high"])
