"""The tables of a report: scores and times of every engine, few columns first and the rest behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from benchmarks.report.best import EPOCHS, best_cell, best_column, choosers, epochs_cell
from benchmarks.report.costs import MAIN_COSTS, MORE_COSTS
from benchmarks.report.groups import Group
from benchmarks.report.proofs import PROOF, has_proofs, proof_cell
from benchmarks.report.scores import floor_cell, paired, score_cell, score_column, score_names
from benchmarks.report.table import NONE, Column, Content, Table
from benchmarks.results.records import Record

# a column's head, its cell of a group, and its cell of the floor of a data set's records
_Row = list[Content]
_Entry = tuple[Column, Callable[[Group], Content], Callable[[list[Record]], Content]]


def scores_table(groups: list[Group], notes: Sequence[str] = ()) -> Table:
    """The thesis' table: its scores, one line per engine, the floor below each data set; and the best generators."""
    return _table("scores", "Scores", groups, [*_main_scores(_records(groups)), *_proofs(_records(groups))], notes)


def more_scores_table(groups: list[Group], notes: Sequence[str] = ()) -> Table:
    """The scores that the thesis does not know."""
    _, others = score_names(_records(groups))
    return _table("more-scores", "More scores", groups, _scores(others, _records(groups)), notes)


def speed_table(groups: list[Group], notes: Sequence[str] = ()) -> Table:
    """What each training cost."""
    return _table("speed", "Speed of the trainings", groups, [*_costs(MAIN_COSTS), *_proofs(_records(groups))], notes)


def more_speed_table(groups: list[Group], notes: Sequence[str] = ()) -> Table:
    """What else each training cost."""
    return _table("more-speed", "Clocks and sizes of the trainings", groups, _costs(MORE_COSTS), notes)


def compact_table(groups: list[Group], notes: Sequence[str] = ()) -> Table:
    """The thesis' scores and the main costs in one table, with short headers for terminals."""
    records = _records(groups)
    return _table("compact", "", groups, [*_main_scores(records), *_costs(MAIN_COSTS), *_proofs(records)], notes)


def _records(groups: list[Group]) -> list[Record]:
    return [record for group in groups for record in group.records]


def _main_scores(records: list[Record]) -> list[_Entry]:
    main, _ = score_names(records)
    return [*_scores(main, records), *_best(records)]


def _best(records: list[Record]) -> list[_Entry]:
    def entry(name: str) -> _Entry:
        return best_column(name, records), lambda group: best_cell(group.records, name), lambda found: NONE

    names = choosers(records)
    epochs: _Entry = (EPOCHS, lambda group: epochs_cell(group.records), lambda found: NONE)
    return [*map(entry, names), epochs] if names else []


def _proofs(records: list[Record]) -> list[_Entry]:
    entry: _Entry = (PROOF, lambda group: proof_cell(group.records), lambda found: NONE)
    return [entry] if has_proofs(records) else []


def _scores(names: list[str], records: list[Record]) -> list[_Entry]:
    def entry(pair: tuple[str, ...]) -> _Entry:
        return (
            score_column(pair, records),
            lambda group: score_cell(group.records, pair),
            lambda found: floor_cell(found, pair),
        )

    return [entry(pair) for pair in paired(names)]


def _costs(costs: Iterable[tuple[Column, Callable[[Group], Content]]]) -> list[_Entry]:
    return [(column, cost, lambda records: NONE) for column, cost in costs]


def _table(name: str, title: str, groups: list[Group], entries: list[_Entry], notes: Sequence[str]) -> Table:
    """A row per group, and one per data set with the floors of its scores; how cells ended only if not all did well."""
    several = any(len(group.cells) > 1 for group in groups)
    ended_well = all(group.status == "finished" for group in groups)
    columns = [Column("model"), Column("dataset"), Column("engine")]
    columns += [Column("seeds", ("seeds",))] if several else []
    columns += [column for column, _, _ in entries] + ([] if ended_well else [Column("status")])
    rows: list[_Row] = []
    for dataset in dict.fromkeys(group.dataset for group in groups):
        own = [group for group in groups if group.dataset == dataset]
        for group in own:
            count: _Row = [str(len(group.cells))] if several else []
            status: _Row = [] if ended_well else [group.status]
            cells = [cell(group) for _, cell, _ in entries]
            rows.append([group.model, dataset, group.engine, *count, *cells, *status])
        floors = [floor(_records(own)) for _, _, floor in entries]
        floor_row: _Row = ["real data", dataset, "(floor)", *([NONE] if several else []), *floors]
        table = Table("", "", columns[: len(floor_row)], [floor_row])
        if any(text != NONE for text in table.texts[0][3:]):
            rows.append([*floor_row, *([] if ended_well else [NONE])])
    return Table(name, title, columns, rows, list(notes))
