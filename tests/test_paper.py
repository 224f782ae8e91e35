"""The paper's own tables: complete, in the columns of ours, and never to be compared."""

import pytest

from roleinstruct.evaluation.benchmark import AVERAGE
from roleinstruct.evaluation.human.standings import COLUMNS
from roleinstruct.evaluation.paper import paper_table

TASKS = ("raw", "cus", "spe")


@pytest.mark.parametrize(
    ("number", "columns", "rows"),
    [
        (2, (AVERAGE, *TASKS), 11),
        (3, ("mean_rank",), 5),
        (4, COLUMNS, 11),
        (5, (AVERAGE, *TASKS), 3),
        (6, ("spe", "cus", "raw", *COLUMNS[1:]), 2),
    ],
)
def test_each_table_has_its_rows_in_our_columns_and_says_why_it_may_not_be_compared(
    number: int, columns: tuple[str, ...], rows: int
) -> None:
    table = paper_table(number)
    assert table.source.endswith(f"Table {number}")
    assert [tuple(figures) for figures in table.systems.values()] == [columns] * rows
    assert not table.comparable
    assert len(table.why) >= 3


# The paper's means are off by a digit of rounding in some rows.
@pytest.mark.parametrize(("number", "parts", "off"), [(2, TASKS, 2e-4), (4, COLUMNS[1:], 0.005), (5, TASKS, 1e-3)])
def test_the_averages_are_the_means_of_their_parts(number: int, parts: tuple[str, ...], off: float) -> None:
    for figures in paper_table(number).systems.values():
        first = next(iter(figures.values()))
        assert first == pytest.approx(sum(figures[part] for part in parts) / 3, abs=off)


def test_the_best_row_of_the_ablations_is_the_row_of_the_whole_system() -> None:
    whole = {**paper_table(2).systems["RoleCraft-GLM"], **paper_table(4).systems["RoleCraft-GLM"]}
    for number, row in ((5, "hybrid"), (6, "with emotion")):
        for column, figure in paper_table(number).systems[row].items():
            assert figure == pytest.approx(whole[column], abs=6e-4), column


def test_ranks_are_had_by_system() -> None:
    ranks = paper_table(3).column("mean_rank")
    assert min(ranks, key=lambda system: ranks[system]) == "RoleCraft-GLM"
