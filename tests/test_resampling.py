"""Intervals and comparisons: sacrebleu's own significance code is the oracle."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from roleinstruct.errors import RecordError
from roleinstruct.metrics.resampling import cyclic, holm, mean_interval, paired_bootstrap, paired_randomisation


def items(seed: int, shift: float = 0.0, n: int = 300) -> NDArray[np.float64]:
    return np.random.default_rng(seed).beta(2, 3, n) + shift


def test_the_interval_holds_the_true_mean_about_as_often_as_it_says() -> None:
    held = 0
    for seed in range(200):
        low, high = mean_interval(items(seed), resamples=400)
        held += low <= 0.4 <= high
    assert 0.90 <= held / 200 <= 0.99


def test_a_million_items_have_nearly_the_interval_that_drawing_gives() -> None:
    many = items(1, n=200_001)
    drawn = mean_interval(many[:-1], resamples=300)
    assert mean_interval(many) == pytest.approx(drawn, abs=2e-4)


def test_a_system_does_not_differ_from_itself() -> None:
    same = items(2)
    assert paired_randomisation(same, same).p == 1
    assert paired_bootstrap(same, same).p == 1


def test_a_clear_difference_is_found_and_its_sign_kept() -> None:
    worse, better = items(3), items(3) + 0.05 + np.random.default_rng(4).normal(0, 0.02, 300)
    for compare in (paired_bootstrap, paired_randomisation):
        found = compare(better, worse)
        assert found.p < 0.01
        assert 0 < found.interval[0] < found.difference < found.interval[1]
        assert compare(worse, better).difference == -found.difference


def test_under_no_difference_randomisation_rejects_about_as_often_as_it_should() -> None:
    rejected = 0
    for seed in range(200):
        base = items(seed)
        noise = np.random.default_rng(seed + 1000).normal(0, 0.1, (2, 300))
        rejected += paired_randomisation(base + noise[0], base + noise[1], trials=200).p <= 0.05
    assert rejected <= 22


@pytest.mark.parametrize(("kind", "compare"), [("ar", paired_randomisation), ("bs", paired_bootstrap)])
def test_the_p_is_that_of_sacrebleu(kind: str, compare: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401
    significance = pytest.importorskip("sacrebleu.significance")
    base = pytest.importorskip("sacrebleu.metrics.base")
    monkeypatch.setenv("SACREBLEU_SEED", "12345")

    class Mean(base.Metric):  # type: ignore[misc, name-defined]
        """The mean of numbers that are written as texts."""

        _SIGNATURE_TYPE = base.Signature

        def __init__(self) -> None:
            super().__init__()
            self._ref_cache = None

        def _extract_corpus_statistics(self, hypotheses: Sequence[str], references: object) -> list[list[float]]:
            return [[float(text), 1.0] for text in hypotheses]

        def _compute_score_from_stats(self, stats: Sequence[float]) -> Any:  # noqa: ANN401
            return base.Score("mean", float(stats[0] / stats[1]))

        def _aggregate_and_compute(self, stats: Any) -> Any:  # noqa: ANN401
            return self._compute_score_from_stats(np.sum(stats, axis=0))

        def _check_sentence_score_args(self, *_: object) -> None: ...
        def _check_corpus_score_args(self, *_: object) -> None: ...
        def _preprocess_segment(self, sent: str) -> str:
            return sent

        def _extract_reference_info(self, refs: object) -> dict[str, object]:
            return {}

        def _compute_segment_statistics(self, hypothesis: str, ref_kwargs: object) -> list[float]:
            return [float(hypothesis), 1.0]

    first, second = items(5), items(6, shift=0.01)
    metric = Mean()
    stats = np.array(metric._extract_corpus_statistics([repr(float(x)) for x in first], None))
    info = {"mean": (stats, significance.Result(metric._aggregate_and_compute(stats).score))}
    test = significance._paired_ar_test if kind == "ar" else significance._paired_bs_test
    _, found = test(
        info, "b", [repr(float(x)) for x in second], None, {"mean": metric}, 10_000 if kind == "ar" else 1000, -1, 12345
    )
    assert compare(first, second).p == pytest.approx(found["mean"].p_value, abs=2e-3 if kind == "bs" else 1e-9)


def test_holm_corrects_step_by_step() -> None:
    found = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.5})
    assert found == pytest.approx({"a": 0.04, "b": 0.09, "c": 0.09, "d": 0.5})
    assert list(found) == ["a", "b", "c", "d"]
    assert holm({}) == {}


@given(st.integers(2, 200), st.integers(0, 5))
@settings(max_examples=50, deadline=None)
def test_in_a_cyclic_shuffle_nothing_stays_where_it_is(n: int, seed: int) -> None:
    order = cyclic(n, seed)
    assert sorted(order) == list(range(n))
    assert all(place != item for place, item in enumerate(order))


def test_items_that_do_not_match_are_refused() -> None:
    with pytest.raises(RecordError, match="2 items of one system and 3 of the other"):
        paired_bootstrap(np.zeros(2), np.zeros(3))
    with pytest.raises(RecordError, match="nothing to score"):
        mean_interval(np.zeros(0))
