"""Agreement of several annotators, against published worked examples and by invariants."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.errors import RecordError
from roleinstruct.metrics.agreement import cohen_from, cohen_kappa, cohen_parts, label_scores
from roleinstruct.metrics.bootstrap import estimate
from roleinstruct.metrics.fleiss import fleiss_from, fleiss_kappa, fleiss_parts
from roleinstruct.metrics.krippendorff import alpha_from, alpha_parts, krippendorff_alpha
from roleinstruct.metrics.tallies import pair_parts, pair_share, tally

UNITS = st.lists(st.lists(st.sampled_from("abcde"), min_size=0, max_size=5), min_size=1, max_size=30).filter(
    lambda units: any(len(unit) > 1 for unit in units)
)
FULL = st.lists(st.lists(st.sampled_from("abcd"), min_size=3, max_size=3), min_size=1, max_size=30)

# Krippendorff 2011, example C: four observers, twelve units, "." where one is missing.
OBSERVERS = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")

# Fleiss 1971, table 1: thirty patients, six diagnoses each.
PATIENTS = """00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031 00501 30012
51000 02040 10203 00006 01050 02013 20040 10041 05010 40002 02040 10500 00006"""


def observed() -> list[list[str]]:
    return [[label for label in unit if label != "."] for unit in zip(*OBSERVERS, strict=True)]


def patients() -> list[list[int]]:
    return [[kind for kind, n in enumerate(row) for _ in range(int(n))] for row in PATIENTS.split()]


def test_alpha_of_the_worked_example_with_missing_labels() -> None:
    assert krippendorff_alpha(observed()) == pytest.approx(0.743, abs=0.0005)


def test_kappa_of_the_patients_of_fleiss() -> None:
    assert fleiss_kappa(patients()) == pytest.approx(0.430, abs=0.0005)


def _alpha_by_definition(units: Sequence[Sequence[str]]) -> float:
    """One less observed over expected disagreement, each pair of values counted one by one."""
    paired = [unit for unit in units if len(unit) > 1]
    values = [value for unit in paired for value in unit]
    n = len(values)
    observed = (
        sum(
            sum(a != b for i, a in enumerate(unit) for j, b in enumerate(unit) if i != j) / (len(unit) - 1)
            for unit in paired
        )
        / n
    )
    expected = sum(a != b for i, a in enumerate(values) for j, b in enumerate(values) if i != j) / (n * (n - 1))
    return 1 - observed / expected if expected else 1.0


def share(units: list[list[str]]) -> float:
    """How often two labels of one item are alike."""
    return float(pair_share(pair_parts(tally(units)).sum(axis=0)))


@given(UNITS)
@settings(max_examples=60)
def test_alpha_is_its_definition(units: list[list[str]]) -> None:
    assert krippendorff_alpha(units) == pytest.approx(_alpha_by_definition(units))


@given(UNITS)
@settings(max_examples=60)
def test_who_is_who_and_what_labels_are_called_does_not_matter(units: list[list[str]]) -> None:
    turned = [[label.upper() * 2 for label in reversed(unit)] for unit in reversed(units)]
    assert krippendorff_alpha(turned) == pytest.approx(krippendorff_alpha(units))
    assert share(turned) == pytest.approx(share(units))


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=20), st.integers(2, 5))
@settings(max_examples=40)
def test_full_agreement_is_one(labels: list[str], people: int) -> None:
    units = [[label] * people for label in labels]
    assert krippendorff_alpha(units) == pytest.approx(1)
    assert fleiss_kappa(units) == pytest.approx(1)
    assert share(units) == 1


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@given(FULL)
@settings(max_examples=40, deadline=None)
def test_the_figures_are_those_of_statsmodels(units: list[list[str]]) -> None:
    inter_rater = pytest.importorskip("statsmodels.stats.inter_rater")
    counts, _ = inter_rater.aggregate_raters(np.array([[ord(label) for label in unit] for unit in units]))
    if (counts > 0).any(axis=0).sum() > 1:
        assert fleiss_kappa(units) == pytest.approx(inter_rater.fleiss_kappa(counts))
        table = inter_rater.to_table(np.array([[ord(a) - 97, ord(b) - 97] for a, b, _ in units]), 4)[0]
        first, second = [unit[0] for unit in units], [unit[1] for unit in units]
        if len({*first, *second}) > 1:
            assert cohen_kappa(first, second) == pytest.approx(inter_rater.cohens_kappa(table).kappa)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=30))
@settings(max_examples=40)
def test_kappa_from_sums_is_kappa(pairs: list[tuple[str, str]]) -> None:
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    assert cohen_from(cohen_parts(first, second).sum(axis=0)) == pytest.approx(cohen_kappa(first, second))


def test_precision_and_recall_of_each_label_by_hand() -> None:
    found = label_scores(["a", "a", "a", "b"], ["a", "a", "b", "c"])
    assert list(found) == ["a", "b", "c"]
    assert (found["a"].precision, found["a"].recall, found["a"].f1) == (1, pytest.approx(2 / 3), pytest.approx(0.8))
    assert (found["b"].precision, found["b"].recall, found["b"].gold, found["b"].predicted) == (0, 0, 1, 1)
    assert (found["c"].recall, found["c"].gold) == (0, 0)


def test_what_one_person_alone_has_labelled_shows_no_agreement() -> None:
    assert np.isnan(share([["a"], ["b"], []]))
    with pytest.raises(RecordError, match="no item has two labels"):
        krippendorff_alpha([["a"], ["b"], []])
    with pytest.raises(RecordError, match="no labels"):
        krippendorff_alpha([[], []])


def test_fleiss_wants_equally_many_labels() -> None:
    with pytest.raises(RecordError, match="1 to 2 labels"):
        fleiss_kappa([["a", "b"], ["a"]])


def test_an_interval_holds_the_value_and_comes_again_with_its_seed() -> None:
    tallies, groups = tally(observed()), [n // 3 for n in range(12)]
    for parts, figure in ((alpha_parts, alpha_from), (pair_parts, pair_share)):
        found = estimate(parts(tallies), groups, figure)
        assert found.low <= found.value <= found.high
        assert (found.n, found.groups) == (12, 4)
        assert estimate(parts(tallies), groups, figure) == found
    by_line = [estimate(alpha_parts(tallies), range(12), alpha_from, seed=seed) for seed in (7, 8)]
    assert by_line[0] != by_line[1]


def test_lines_that_stand_together_make_the_interval_wider_than_lines_alone() -> None:
    units = [["a", "a"] if n // 10 % 2 else ["a", "b"] for n in range(200)]
    parts = pair_parts(tally(units))
    whole = estimate(parts, [n // 10 for n in range(200)], pair_share)
    alone = estimate(parts, range(200), pair_share)
    assert whole.value == alone.value == 0.5
    assert whole.high - whole.low > 2 * (alone.high - alone.low)


def test_the_interval_of_a_share_is_about_that_of_the_normal_law() -> None:
    parts = pair_parts(tally([["a", "a"] if n % 4 else ["a", "b"] for n in range(400)]))
    found = estimate(parts, range(400), pair_share)
    spread = 1.96 * (0.75 * 0.25 / 400) ** 0.5
    assert (found.low, found.high) == (pytest.approx(0.75 - spread, abs=0.01), pytest.approx(0.75 + spread, abs=0.01))


def test_one_group_has_no_interval() -> None:
    found = estimate(fleiss_parts(tally(patients())), ["one"] * 30, fleiss_from)
    assert found.low == found.value == found.high


def test_items_without_a_group_are_refused() -> None:
    with pytest.raises(RecordError, match="2 items in 1 groups"):
        estimate(np.ones((2, 2)), ["d1"], pair_share)
