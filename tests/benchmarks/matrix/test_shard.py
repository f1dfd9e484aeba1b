"""Shards: nothing lost, nothing twice, what is compared together, and no shard with most of the work."""

from __future__ import annotations

import pytest

from benchmarks.matrix.expand import Selection, expand
from benchmarks.matrix.file import load_matrix, parse_matrix
from benchmarks.matrix.shard import Shard, deal, parse_shard
from benchmarks.matrix.work import work_of
from benchmarks.running.groups import groups_of
from common.errors import BadInput
from common.specs.cell import Cell

FULL = expand(load_matrix("full"), Selection(device="cpu"))


def group_of(cell: Cell) -> tuple[object, ...]:
    return cell.model.name, cell.dataset, cell.seed


def flops(cells: list[Cell]) -> int:
    return sum(work.flops or 0 for cell in cells if (work := work_of(cell)))


@pytest.mark.parametrize("count", [1, 2, 12, 100])
def test_every_cell_is_in_one_shard_and_groups_stay_whole_and_in_order(count: int) -> None:
    hands = [deal(FULL, Shard(number, count)) for number in range(1, count + 1)]
    assert sorted(cell.id for hand in hands for cell in hand) == sorted(cell.id for cell in FULL)
    places = {cell.id: place for place, cell in enumerate(FULL)}
    for hand in hands:
        assert [places[cell.id] for cell in hand] == sorted(places[cell.id] for cell in hand)
    owners = {group_of(cell): number for number, hand in enumerate(hands) for cell in hand}
    assert all(owners[group_of(cell)] == number for number, hand in enumerate(hands) for cell in hand)


@pytest.mark.parametrize("count", [2, 8, 12])
def test_no_shard_has_much_more_work_than_another(count: int) -> None:
    """CelebA has most of the work; dealing in turn would give all of it to a few of 12 shards."""
    loads = [flops(deal(FULL, Shard(number, count))) for number in range(1, count + 1)]
    largest_group = max(flops(group) for group in groups_of(FULL))
    assert max(loads) - min(loads) <= largest_group


def test_variants_of_a_sweep_are_groups_of_their_own(matrix_text: str) -> None:
    cells = expand(parse_matrix(matrix_text + "\n[sweep]\nnetwork.width = [4, 8]\n"))
    assert [[cell.engine for cell in group] for group in groups_of(cells)] == [["torch", "keras-tf"]] * 2


def test_work_is_iterations_times_flops(cells: list[Cell]) -> None:
    """64 images in batches of 16, twice: 8 iterations; half the images are half the work."""
    whole, half = work_of(cells[0]), work_of(cells[0], images=32)
    assert whole is not None
    assert half is not None
    assert (whole.iterations, half.iterations) == (8, 4)
    assert whole.flops == 2 * (half.flops or 0) > 0


@pytest.mark.parametrize("text", ["", "3", "0/4", "5/4", "1/0", "a/b", "-1/4", "1/2/3", "9999999999/9999999999"])
def test_what_is_no_shard_is_one_sentence(text: str) -> None:
    with pytest.raises(BadInput, match="write it as I/N"):
        parse_shard(text)


def test_a_shard_is_read() -> None:
    assert parse_shard("3/8") == (3, 8)
