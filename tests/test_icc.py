"""Agreement of scores: intraclass correlation, ordinal and interval alpha, correlation; against published examples."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.errors import RecordError
from roleinstruct.metrics.bootstrap import estimate
from roleinstruct.metrics.coincidences import coincidence_parts, ordinal_alpha_from
from roleinstruct.metrics.correlation import correlation_from, correlation_parts
from roleinstruct.metrics.icc import icc_from, icc_parts, intraclass_correlation
from roleinstruct.metrics.krippendorff import Level, krippendorff_alpha
from roleinstruct.metrics.tallies import tally

# Shrout and Fleiss 1979, table 2: six targets, four judges.
JUDGES = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float)

# Krippendorff 2011, example C: four observers, twelve units, "." where one is missing.
OBSERVERS = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
UNITS = [[int(value) for value in unit if value != "."] for unit in zip(*OBSERVERS, strict=True)]

SCORES = st.lists(st.lists(st.integers(1, 5), max_size=5), min_size=2, max_size=20).filter(
    lambda units: sum(len(unit) > 1 for unit in units) > 1
)


@pytest.mark.parametrize(("average", "published"), [(False, 0.29), (True, 0.62)])
def test_icc_of_the_judges_of_shrout_and_fleiss(average: bool, published: float) -> None:
    assert intraclass_correlation(JUDGES, average=average) == pytest.approx(published, abs=0.005)


@pytest.mark.parametrize(("level", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_of_krippendorffs_observers_at_every_level(level: Level, published: float) -> None:
    assert krippendorff_alpha(UNITS, level) == pytest.approx(published, abs=0.0005)


def test_icc_has_the_mean_squares_of_statsmodels() -> None:
    pandas = pytest.importorskip("pandas")
    formula = pytest.importorskip("statsmodels.formula.api")
    anova = pytest.importorskip("statsmodels.stats.anova")
    rng = np.random.default_rng(1)
    ratings = rng.normal(0, 1, (9, 1)) + rng.normal(0, 0.7, (1, 5)) + rng.normal(0, 0.8, (9, 5))
    n, k = ratings.shape
    long = pandas.DataFrame(
        {"score": ratings.ravel(), "target": np.repeat(np.arange(n), k), "rater": np.tile(np.arange(k), n)}
    )
    squares = anova.anova_lm(formula.ols("score ~ C(target) + C(rater)", long).fit())["mean_sq"].to_numpy()
    between, judges, error = squares
    single = (between - error) / (between + (k - 1) * error + k * (judges - error) / n)
    assert intraclass_correlation(ratings) == pytest.approx(single)
    assert intraclass_correlation(ratings, average=True) == pytest.approx(
        (between - error) / (between + (judges - error) / n)
    )


def _alpha_by_definition(units: list[list[int]], level: Level) -> float:
    """One less observed over expected disagreement, each pair of values counted one by one."""
    paired = [unit for unit in units if len(unit) > 1]
    values = sorted(value for unit in paired for value in unit)

    def apart(a: int, b: int) -> float:
        if level == "interval":
            return float((a - b) ** 2)
        low, high = min(a, b), max(a, b)
        between = sum(low <= value <= high for value in values) - (values.count(low) + values.count(high)) / 2
        return float(between**2) if a != b else 0.0

    n = len(values)
    observed = sum(
        sum(apart(a, b) for i, a in enumerate(unit) for j, b in enumerate(unit) if i != j) / (len(unit) - 1)
        for unit in paired
    )
    expected = sum(apart(a, b) for i, a in enumerate(values) for j, b in enumerate(values) if i != j) / (n - 1)
    return 1 - observed / expected if expected else 1.0


@pytest.mark.parametrize("level", ["ordinal", "interval"])
@given(units=SCORES)
@settings(max_examples=50)
def test_alpha_is_its_definition(level: Level, units: list[list[int]]) -> None:
    assert krippendorff_alpha(units, level) == pytest.approx(_alpha_by_definition(units, level))


@given(SCORES)
@settings(max_examples=50)
def test_ordinal_alpha_knows_only_the_order(units: list[list[int]]) -> None:
    stretched = [[value**3 for value in reversed(unit)] for unit in reversed(units)]
    assert krippendorff_alpha(stretched, "ordinal") == pytest.approx(krippendorff_alpha(units, "ordinal"))


@pytest.mark.parametrize("level", ["ordinal", "interval"])
def test_a_near_miss_is_less_of_a_disagreement_than_a_far_one(level: Level) -> None:
    near, far = [[1, 1], [2, 3], [3, 3], [5, 5]], [[1, 1], [2, 5], [3, 3], [5, 5]]
    assert krippendorff_alpha(near, level) > krippendorff_alpha(far, level)
    assert krippendorff_alpha([[1, 5], [5, 1], [1, 5]], level) < 0
    assert krippendorff_alpha([[3, 3], [3, 3, 3]], level) == 1


def test_labels_that_have_no_order_are_refused_where_one_is_needed() -> None:
    with pytest.raises(RecordError, match="ordinal labels are numbers"):
        krippendorff_alpha([["good", "bad"]], "ordinal")
    with pytest.raises(RecordError, match="no item has two labels"):
        krippendorff_alpha([[1], [2]], "interval")


def test_each_figure_from_sums_is_the_figure_and_has_an_interval_around_it() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(1, 6, 80)
    scores = np.clip(truth[:, None] + rng.integers(-1, 2, (80, 4)), 1, 5).astype(float)
    groups = list(range(80))
    single = estimate(icc_parts(scores), groups, icc_from)
    assert single.value == pytest.approx(intraclass_correlation(scores))
    assert single.low < single.value < single.high
    units = scores.astype(int).tolist()
    order = np.argsort(list(dict.fromkeys(value for unit in units for value in unit)))
    alpha = estimate(coincidence_parts(tally(units)[:, order]), groups, ordinal_alpha_from)
    assert alpha.value == pytest.approx(krippendorff_alpha(units, "ordinal"))
    assert alpha.low < alpha.value < alpha.high


@pytest.mark.parametrize(
    "ratings", [np.ones((1, 3)), np.ones((3, 1)), np.array([[1.0, 2.0], [np.nan, 3.0]]), np.full((3, 3), 4.0)]
)
def test_icc_is_refused_where_it_is_not_defined(ratings: np.ndarray) -> None:
    with pytest.raises(RecordError):
        intraclass_correlation(ratings)


def test_correlation_is_numpys_passes_over_what_is_missing_and_is_none_with_a_constant() -> None:
    rng = np.random.default_rng(5)
    first = rng.normal(size=30)
    second = first + rng.normal(size=30)
    parts = correlation_parts(first, second).sum(axis=0)
    assert correlation_from(parts) == pytest.approx(np.corrcoef(first, second)[0, 1])
    holed = second.copy()
    holed[::3] = np.nan
    there = ~np.isnan(holed)
    assert correlation_from(correlation_parts(first, holed).sum(axis=0)) == pytest.approx(
        np.corrcoef(first[there], second[there])[0, 1]
    )
    assert correlation_from(correlation_parts(first, np.full(30, 3.0)).sum(axis=0)) == 0
    assert np.isnan(correlation_from(correlation_parts(first[:1], second[:1]).sum(axis=0)))
