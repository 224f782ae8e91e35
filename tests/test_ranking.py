"""What verdicts say of systems and of their judge: ranks, meetings, turns with the order, agreement."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from roleinstruct.errors import ConfigError, RecordError, SourceError
from roleinstruct.evaluation.bias import bias_of
from roleinstruct.evaluation.concord import concord_of, opinion_of_judge, opinion_of_people, self_alpha
from roleinstruct.evaluation.judge_report import report_of
from roleinstruct.evaluation.outcomes import outcomes_of
from roleinstruct.evaluation.ranking import characters_of, meetings_of, places_of
from roleinstruct.evaluation.ratings import Rating, read_ratings
from roleinstruct.evaluation.verdicts import Judge, Verdict, Verdicts
from simulated_judges import SimulatedJudge

LENGTHS = {"a": 7, "b": 3, "c": 1}


def verdict(item: str, order: str, ranking: str, sample: int = 0, character: str = "甲") -> Verdict:
    """A judgement: `order` as "abc", `ranking` as "a=c>b"."""
    ranks: dict[str, float] = {}
    for group in ranking.split(">"):
        names = group.split("=")
        ranks.update(dict.fromkeys(names, len(ranks) + (len(names) + 1) / 2))
    scores = {name: {"style": 6 - int(ranks[name] + 0.5), "memory": 3} for name in order}
    return Verdict(item, character, sample, tuple(order), {name: LENGTHS[name] for name in order}, ranks, scores)


def file(rows: Sequence[Verdict], own: Sequence[str] = (), name: str = "j", items: str = "i") -> Verdicts:
    systems = dict.fromkeys(rows[0].order, "")
    return Verdicts(Judge(name, "m", "p", "", systems, tuple(own), items, "2", 1), tuple(rows))


def test_ranks_are_means_of_items_however_many_judgements_each_has() -> None:
    rows = [
        verdict("1", "ab", "a>b"),
        verdict("1", "ba", "a>b"),
        verdict("1", "ab", "a>b", 1),
        verdict("2", "ba", "a=b", character="乙"),
    ]
    first, second = places_of(rows)
    assert (first.system, first.rank.value, first.rank.n) == ("a", pytest.approx(1.25), 2)
    assert (second.system, second.rank.value) == ("b", pytest.approx(1.75))
    assert first.rank.low == 1
    assert first.rank.high == 1.5
    assert first.scores["style"].value == pytest.approx((5 + 4) / 2)
    assert {key: found.value for key, found in characters_of(rows).items()} == {
        ("乙", "a"): 1.5,
        ("乙", "b"): 1.5,
        ("甲", "a"): 1,
        ("甲", "b"): 2,
    }
    with pytest.raises(RecordError, match="nothing to rank"):
        places_of([])


def test_ties_are_half_a_win_for_each() -> None:
    rows = [verdict("1", "abc", "a=c>b"), verdict("2", "cba", "b>c>a")]
    found = {(one.first, one.second): (one.won, one.tied, one.lost, one.share.value) for one in meetings_of(rows)}
    assert found == {("a", "b"): (1, 0, 1, 0.5), ("a", "c"): (0, 1, 1, 0.25), ("b", "c"): (1, 0, 1, 0.5)}


def test_a_winner_that_turns_with_the_order_is_counted_and_so_is_one_that_becomes_a_tie() -> None:
    rows = [
        verdict("1", "ab", "a>b"), verdict("1", "ba", "a>b"),
        verdict("2", "ab", "a>b"), verdict("2", "ba", "b>a"),
        verdict("3", "ab", "a=b"), verdict("3", "ba", "b>a"),
        verdict("4", "ab", "a=b"), verdict("4", "ba", "a=b"),
        verdict("5", "ab", "a>b"),
    ]  # fmt: skip
    found = bias_of(outcomes_of([file(rows)]))
    assert found.flipped is not None
    assert found.changed is not None
    assert (found.flipped.value, found.flipped.n) == (0.25, 4)
    assert found.changed.value == 0.5
    assert found.earlier.value == pytest.approx((1 + 0 + 1 + 1 + 0.5 + 1 + 0.5 + 0.5 + 1) / 9)
    assert found.repeated is None
    assert found.own is None


def test_length_and_kinship_are_shares_of_what_is_won() -> None:
    rows = [verdict("1", "ab", "a>b"), verdict("1", "ba", "a>b"), verdict("2", "ab", "a=b"), verdict("2", "ba", "b>a")]
    found = bias_of(outcomes_of([file(rows, own=["b"])]))
    assert found.longer is not None
    assert found.own is not None
    assert found.length is not None
    assert found.longer.value == pytest.approx(2.5 / 4)
    assert found.own.value == pytest.approx(1.5 / 4)
    assert found.length.value == pytest.approx((0.5 + 0.5 + 0 - 0.5) / np.sqrt(4 * 0.75))


def test_repeats_show_whether_a_judge_agrees_with_itself() -> None:
    rows = [
        verdict("1", "ab", "a>b", 0), verdict("1", "ab", "a>b", 1), verdict("1", "ab", "b>a", 2),
        verdict("2", "ab", "b>a", 0), verdict("2", "ab", "b>a", 1),
    ]  # fmt: skip
    found = bias_of(outcomes_of([file(rows)])).repeated
    assert found is not None
    assert (found.value, found.n) == (0.5, 4)
    assert self_alpha(rows)["memory"] == 1
    assert self_alpha(rows)["style"] < 1
    assert self_alpha(rows[:1]) == {}


def test_the_same_from_item_to_item_a_biased_judge_is_told_from_a_fair_one() -> None:
    fair = bias_of(outcomes_of([SimulatedJudge({"a": 3.0, "b": 0.0}).verdicts(100, 1)]))
    biased = bias_of(outcomes_of([SimulatedJudge({"a": 0.0, "b": 0.0}, place=3.0).verdicts(100, 1)]))
    assert fair.flipped is not None
    assert biased.flipped is not None
    assert fair.flipped.high < biased.flipped.low
    assert biased.earlier.low > 0.8
    assert fair.earlier.low < 0.5 < fair.earlier.high


def test_judges_agree_by_winner_order_and_score() -> None:
    one = opinion_of_judge(file([verdict("1", "abc", "a>b>c"), verdict("2", "abc", "a=b>c")]))
    same = opinion_of_judge(file([verdict("1", "cba", "a>b>c"), verdict("2", "cba", "a=b>c")], name="k"))
    other = opinion_of_judge(file([verdict("1", "abc", "c>b>a"), verdict("2", "abc", "a=b>c")], name="l"))
    found = concord_of(one, same)
    assert found.winner is not None
    assert found.tau is not None
    assert (found.winner.value, found.tau.value, found.alpha) == (1, 1, {"memory": 1, "style": 1})
    half = concord_of(one, other)
    assert half.winner is not None
    assert half.tau is not None
    assert half.winner.value == 0.5
    assert half.tau.value == pytest.approx((-3 + 2) / 5)
    assert half.alpha["style"] < 0.5


def test_people_are_a_judge_of_their_own_dimensions(tmp_path: Path) -> None:
    path = tmp_path / "people.jsonl"
    scores = {"a": (5, 4), "b": (2, 3), "c": (1, 1)}
    rows = [
        {"item": "1", "system": name, "dimension": "consistency", "rater": rater, "score": score, "note": "x"}
        for name, both in scores.items()
        for rater, score in zip("wx", both, strict=True)
    ]
    path.write_text("\n".join(map(json.dumps, rows)) + "\n", "utf-8")
    people = opinion_of_people(read_ratings(path))
    assert people.merit == {("1", "a"): 4.5, ("1", "b"): 2.5, ("1", "c"): 1}
    found = concord_of(opinion_of_judge(file([verdict("1", "abc", "a>c>b"), verdict("2", "abc", "c>b>a")])), people)
    assert found.winner is not None
    assert found.winner.value == pytest.approx(2 / 3)
    assert found.alpha == {}
    strangers = concord_of(opinion_of_people([Rating("9", "a", "d", "w", 1)]), people)
    assert (strangers.winner, strangers.tau) == (None, None)


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "holds no rating"), ("{}", ":1 is no rating"), ('\n{"item": "1"', ":2 is no rating"), ("[]", ":1 is no")],
)
def test_what_is_no_rating_is_refused_by_line(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "people.jsonl"
    path.write_text(text, "utf-8")
    with pytest.raises(SourceError, match=words):
        read_ratings(path)


def test_judges_of_other_things_are_not_set_side_by_side() -> None:
    mine = file([verdict("1", "ab", "a>b")])
    for other, words in (
        (file([verdict("1", "ab", "a>b")]), "the judges are j, j"),
        (file([verdict("1", "ac", "a>c")], name="k"), "differ in the systems"),
        (file([verdict("1", "ab", "a>b")], name="k", items="x"), "differ in the items"),
    ):
        with pytest.raises(ConfigError, match=words):
            report_of([mine, other])
    with pytest.raises(ConfigError, match="no verdicts"):
        report_of([])
    unread = Verdicts(mine.judge, (Verdict("1", "甲", 0, ("a", "b"), {"a": 1, "b": 1}, unscored="no_reply"),))
    with pytest.raises(RecordError, match="nothing to rank"):
        report_of([unread])


def test_the_report_of_one_item_and_of_two_judges_is_json() -> None:
    one = file([verdict("1", "ab", "a>b"), verdict("1", "ba", "a=b")])
    two = SimulatedJudge({"a": 0.0, "b": 0.0}, name="k").verdicts(4, 1)
    assert json.loads(json.dumps(report_of([one]).as_json(), allow_nan=False))["pooled"] is None
    files = [Verdicts(one.judge, one.rows), Verdicts(two.judge, two.rows)]
    whole = json.loads(json.dumps(report_of(files).as_json(), allow_nan=False))
    assert whole["paper"]["comparable"] is False
    assert set(whole["pooled"]["covariates"]) >= {"place (j)", "place (k)"}
    assert [judged["judge"]["judge"] for judged in whole["judges"]] == ["j", "k"]
