import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.errors import RecordError
from roleinstruct.metrics.calibration import Bin, expected_calibration_error, reliability_bins

ANSWERS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("confidences", "right", "expected"),
    [
        ([1.0, 1.0], [True, True], 0.0),
        ([1.0, 1.0], [False, False], 1.0),
        ([0.75, 0.75, 0.75, 0.75], [True, True, True, False], 0.0),
        ([0.9, 0.9, 0.3, 0.3], [True, False, False, False], 0.35),
        ([0.0], [False], 0.0),
    ],
)
def test_the_error_is_that_of_known_answers(confidences: list[float], right: list[bool], expected: float) -> None:
    assert expected_calibration_error(confidences, right) == pytest.approx(expected)


def test_bins_hold_what_lies_above_their_lower_edge() -> None:
    found = reliability_bins([0.0, 0.5, 0.51, 1.0], [False, True, True, False], bins=2)
    assert found == [Bin(0.0, 0.5, 2, 0.25, 0.5), Bin(0.5, 1.0, 2, pytest.approx(0.755), 0.5)]


def test_an_empty_range_is_listed_and_costs_nothing() -> None:
    found = reliability_bins([0.95], [True])
    assert [bin.n for bin in found] == [0] * 9 + [1]
    assert expected_calibration_error([0.95], [True]) == pytest.approx(0.05)


@settings(max_examples=60)
@given(ANSWERS, st.integers(1, 15))
def test_every_answer_is_in_the_one_bin_that_its_confidence_names(answers: list[tuple[float, bool]], bins: int) -> None:
    confidences, right = [a for a, _ in answers], [b for _, b in answers]
    found = reliability_bins(confidences, right, bins=bins)
    counted = [sum(1 for c in confidences if b.low < c <= b.high or c == b.low == 0) for b in found]
    assert [b.n for b in found] == counted
    assert sum(counted) == len(answers)


@settings(max_examples=60)
@given(ANSWERS)
def test_one_bin_compares_the_means_and_more_bins_never_find_less(answers: list[tuple[float, bool]]) -> None:
    confidences, right = [a for a, _ in answers], [b for _, b in answers]
    whole = expected_calibration_error(confidences, right, bins=1)
    assert whole == pytest.approx(abs(sum(confidences) - sum(right)) / len(answers), abs=1e-9)
    assert whole - 1e-9 <= expected_calibration_error(confidences, right, bins=4) <= 1


@pytest.mark.parametrize(
    ("confidences", "right", "bins", "message"),
    [
        ([0.5], [], 10, "1 confidences and 0 outcomes"),
        ([], [], 10, "no answers"),
        ([0.5], [True], 0, "0 bins"),
        ([1.5], [True], 10, "1.5 is not between 0 and 1"),
        ([float("nan")], [True], 10, "nan is not between"),
    ],
)
def test_what_cannot_be_binned_is_said(confidences: list[float], right: list[bool], bins: int, message: str) -> None:
    with pytest.raises(RecordError, match=message):
        expected_calibration_error(confidences, right, bins=bins)
