"""Strengths from games: known values, planted biases that are found again, and judges that say nothing."""

from dataclasses import replace
from math import exp, log

import numpy as np
import pytest

from roleinstruct.errors import RecordError
from roleinstruct.evaluation.bias import bias_of
from roleinstruct.evaluation.bradley_terry import bradley_terry
from roleinstruct.evaluation.control import controlled, uncontrolled
from roleinstruct.evaluation.outcomes import outcomes_of
from roleinstruct.evaluation.ranking import places_of
from roleinstruct.evaluation.ratings import Rating
from simulated_judges import SimulatedJudge

SEEDS = range(20)


def numbers(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, dtype=np.int64)


def test_two_systems_have_the_log_odds_of_their_wins() -> None:
    """30 games of 40 are odds of 3 to 1; ten ties beside them are five wins each."""
    first, second, items = np.zeros(50, np.int64), np.ones(50, np.int64), np.arange(50)
    win = np.array([1.0] * 30 + [0.0] * 10 + [0.5] * 10)
    found = bradley_terry(["a", "b"], first, second, win, items)
    assert found.strengths["a"].value - found.strengths["b"].value == pytest.approx(log(35 / 15), abs=0.01)
    assert found.wins["a"].value == pytest.approx(1 / (1 + exp(-log(35 / 15) / 2)), abs=0.01)
    assert found.leads[0].is_decided
    assert found.is_finite


def test_the_strengths_are_those_that_the_published_algorithm_finds() -> None:
    """Zermelo's iteration (Hunter 2004) on wins of four systems against each other."""
    wins = np.array([[0, 8, 9, 12], [5, 0, 7, 10], [3, 6, 0, 9], [2, 4, 5, 0]], dtype=float)
    games, worth = wins + wins.T, np.ones(4)
    for _ in range(2000):
        shared = games / (worth[:, None] + worth[None, :])
        worth = wins.sum(axis=1) / shared.sum(axis=1)
        worth /= np.exp(np.log(worth).mean())
    pairs = [(a, b) for a in range(4) for b in range(4) for _ in range(int(wins[a, b]))]
    first, second = (np.array(side, dtype=np.int64) for side in zip(*pairs, strict=True))
    found = bradley_terry(list("abcd"), first, second, np.ones(len(pairs)), np.arange(len(pairs)), resamples=20)
    assert [found.strengths[name].value for name in "abcd"] == pytest.approx(np.log(worth), abs=0.002)
    assert sum(effect.value for effect in found.strengths.values()) == pytest.approx(0, abs=1e-9)


def test_a_system_that_always_wins_is_first_and_finite_and_is_said_to_be_beyond_measure() -> None:
    first, second = np.repeat(numbers(0, 0, 1), 30), np.repeat(numbers(1, 2, 2), 30)
    found = bradley_terry(list("abc"), first, second, np.ones(90), np.tile(np.arange(30), 3))
    assert list(found.strengths) == ["a", "b", "c"]
    assert all(abs(effect.value) < 20 for effect in found.strengths.values())
    assert not found.is_finite


def test_the_order_of_games_and_systems_changes_nothing() -> None:
    games = outcomes_of([SimulatedJudge({"a": 0.4, "b": 0.0, "c": -0.4}).verdicts(30, 1)])
    told = {"place": np.ones(len(games.win))}
    plain = bradley_terry(games.systems, games.earlier, games.later, games.win, games.item, told)
    turned = bradley_terry(
        games.systems[::-1], 2 - games.later[::-1], 2 - games.earlier[::-1], 1 - games.win[::-1], games.item[::-1],
        {"place": -np.ones(len(games.win))},
    )  # fmt: skip
    for name in "abc":
        assert turned.strengths[name].value == pytest.approx(plain.strengths[name].value, abs=1e-6)
        assert turned.strengths[name].low == pytest.approx(plain.strengths[name].low, abs=1e-6)


def test_a_covariate_that_cannot_be_told_from_strength_is_named_and_left_out() -> None:
    judge = SimulatedJudge({"a": 0.5, "b": 0.0}, own=["a"])
    found = controlled([judge.verdicts(40, 3)])
    assert found.untold == ("self",)
    assert set(found.covariates) == {"place", "length"}


def test_columns_of_different_lengths_and_no_games_are_refused() -> None:
    with pytest.raises(RecordError, match="different lengths"):
        bradley_terry(["a", "b"], numbers(0), numbers(1), np.ones(2), numbers(0))
    with pytest.raises(RecordError, match="one game or more"):
        bradley_terry(["a", "b"], numbers(), numbers(), np.ones(0), numbers())


def test_a_judge_that_likes_length_ranks_the_worse_system_first_and_the_control_puts_it_right() -> None:
    judge = SimulatedJudge({"plain": 0.6, "wordy": 0.0}, {"plain": 20, "wordy": 90}, doubling=0.7)
    file = judge.verdicts(200, 7)
    assert places_of(file.scored)[0].system == "wordy"
    assert next(iter(uncontrolled([file]).strengths)) == "wordy"
    assert uncontrolled([file]).leads[0].is_decided
    right = controlled([file])
    assert next(iter(right.strengths)) == "plain"
    assert right.covariates["length"].low < 0.7 < right.covariates["length"].high


def test_a_judge_that_only_takes_the_longer_answer_decides_nothing_at_equal_length() -> None:
    made = SimulatedJudge({"plain": 0.0, "wordy": 0.0}, {"plain": 20, "wordy": 90}).verdicts(40, 7)
    rows = tuple(
        replace(row, lengths={"plain": 20 + number % 9, "wordy": 90 + number % 7}, ranks={"wordy": 1, "plain": 2})
        for number, row in enumerate(made.rows)
    )
    found = controlled([replace(made, rows=rows)])
    assert not found.is_told
    assert not any(lead.is_decided for lead in found.leads)
    assert "length" in (*found.untold, *found.endless)


def test_a_length_that_goes_with_the_systems_decides_nothing_at_equal_length() -> None:
    made = SimulatedJudge({"plain": 0.0, "wordy": 1.5}).verdicts(40, 7)
    rows = tuple(replace(row, lengths={"plain": 20, "wordy": 90 + number % 7}) for number, row in enumerate(made.rows))
    found = controlled([replace(made, rows=rows)])
    assert "length" in found.untold
    assert not found.is_told
    assert not found.leads[0].is_decided
    assert uncontrolled([made]).leads[0].is_decided


def test_a_judge_that_always_takes_the_first_place_has_no_finite_favour() -> None:
    made = SimulatedJudge({"a": 0.0, "b": 0.0}).verdicts(20, 7)
    rows = tuple(replace(row, ranks={row.order[0]: 1, row.order[1]: 2}) for row in made.rows)
    found = controlled([replace(made, rows=rows)])
    assert "place" in found.endless
    assert not found.is_told


def test_a_judge_that_likes_the_first_place_is_wrong_where_half_of_the_orders_are_lost_and_is_put_right() -> None:
    file = SimulatedJudge({"good": 0.5, "bad": 0.0}, place=1.5).verdicts(200, 11)
    kept = [row for number, row in enumerate(file.rows) if row.order[0] == "bad" or number % 6 == 0]
    lopsided = type(file)(file.judge, tuple(kept))
    assert next(iter(uncontrolled([lopsided]).strengths)) == "bad"
    assert next(iter(controlled([lopsided]).strengths)) == "good"
    assert next(iter(uncontrolled([file]).strengths)) == "good", "balanced orders need no control"


def test_a_judge_that_likes_its_kin_is_found_out_by_one_that_has_none_among_the_systems() -> None:
    merit = {"kin": 0.0, "best": 0.6, "other": -0.2}
    biased = SimulatedJudge(merit, kin=1.2, own=["kin"], name="biased").verdicts(150, 5)
    neutral = SimulatedJudge(merit, name="neutral").verdicts(150, 6)
    assert places_of(biased.scored)[0].system == "kin"
    together = controlled([biased, neutral])
    assert next(iter(together.strengths)) == "best"
    assert together.untold == ()
    favour = together.covariates["self (biased)"]
    assert favour.low < 1.2 < favour.high
    assert favour.low > 0


def test_people_find_out_a_judge_that_likes_its_kin() -> None:
    biased = SimulatedJudge({"kin": 0.0, "best": 0.8}, kin=1.6, own=["kin"]).verdicts(150, 8)
    rng = np.random.default_rng(9)
    people = [
        Rating(f"i{number}", name, "consistency", rater, merit + rng.gumbel())
        for number in range(60)
        for rater in ("w", "x", "y")
        for name, merit in (("kin", 0.0), ("best", 0.8))
    ]
    elsewhere = [Rating("i0", "nobody", "consistency", "w", 5), Rating("x", "kin", "consistency", "w", 5)]
    assert next(iter(controlled([biased]).strengths)) == "kin"
    found = controlled([biased], [*people, *elsewhere])
    assert next(iter(found.strengths)) == "best"
    assert found.covariates["self"].low < 1.6 < found.covariates["self"].high
    assert found.games == 300 + 180


def covered(truths: dict[str, float], judges: list[SimulatedJudge], items: int) -> dict[str, int]:
    """In how many of twenty simulations the interval of each holds the planted figure."""
    hits = dict.fromkeys(truths, 0)
    for seed in SEEDS:
        found = controlled([judge.verdicts(items, 100 * seed + number) for number, judge in enumerate(judges)])
        for name, truth in truths.items():
            hits[name] += found.covariates[name].low <= truth <= found.covariates[name].high
    return hits


def test_the_intervals_of_place_and_length_hold_what_was_planted() -> None:
    judge = SimulatedJudge({"a": 0.4, "b": 0.0}, {"a": 30, "b": 60}, place=0.8, doubling=0.5)
    assert min(covered({"place": 0.8, "length": 0.5}, [judge], 60).values()) >= 16


def test_the_interval_of_kinship_holds_what_was_planted() -> None:
    merit = {"a": 0.3, "b": 0.0, "c": -0.3}
    judges = [SimulatedJudge(merit, kin=0.7, own=["b"], name="x"), SimulatedJudge(merit, name="y")]
    assert covered({"self (x)": 0.7}, judges, 60)["self (x)"] >= 16


def test_a_judge_that_throws_dice_tells_no_systems_apart() -> None:
    """At p < .05 for all pairs of a run together, one run of twenty may err; so may a few of these intervals."""
    judge = SimulatedJudge({"a": 0.0, "b": 0.0, "c": 0.0})
    files = [judge.verdicts(60, 1000 + seed) for seed in SEEDS]
    wrong = [any(lead.is_decided for lead in controlled([file]).leads) for file in files]
    assert sum(wrong) <= 3
    places = [bias_of(outcomes_of([file])).earlier for file in files]
    assert sum(not found.low <= 0.5 <= found.high for found in places) <= 4
