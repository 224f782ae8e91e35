"""The benchmark's table: means of means, intervals, duels, and what is missing."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleinstruct.emotions import Emotion
from roleinstruct.encoders.load import load_encoder
from roleinstruct.errors import ConfigError, RecordError
from roleinstruct.evaluation.answers import Answers
from roleinstruct.evaluation.benchmark import AVERAGE, score_systems
from roleinstruct.evaluation.floors import elsewhere
from roleinstruct.evaluation.items import Item
from roleinstruct.metrics.grouped import grouped_interval, paired_groups
from roleinstruct.metrics.rouge_l import rouge_l
from roleinstruct.metrics.rpcs import rpcs

WORDS = "早上河边风很大我弟弟把车推回来晚饭吃了两碗面你怎么还没走"


def items(per_task: dict[str, int]) -> list[Item]:
    made = []
    for task, count in per_task.items():
        for number in range(count):
            reference = "".join(WORDS[(number * 7 + step * 3) % len(WORDS)] for step in range(8))
            emotion = list(Emotion)[number % 3] if task == "spe" else None
            made.append(Item(f"{task}-{number}", "甲乙"[number % 2], task, f"问{number}", (reference,), emotion))
    return made


def answers(system: str, asked: Sequence[Item], keep: float) -> Answers:
    """The beginning of each reference, of about that share."""
    rng = np.random.default_rng(len(system))
    texts = {i.id: i.references[0][: max(0, round(8 * keep + rng.normal(0, 1)))] for i in asked}
    return Answers(system, texts)


def test_every_task_counts_the_same_in_the_mean_however_many_items_it_has() -> None:
    asked = items({"raw": 3, "cus": 30, "spe": 9})
    [found] = score_systems(asked, [answers("a", asked, 0.6)], rouge_l).systems
    assert found.average == pytest.approx(np.mean([score.value for score in found.tasks.values()]))
    assert found.interval[0] < found.average < found.interval[1]
    assert {task: score.n for task, score in found.tasks.items()} == {"raw": 3, "cus": 30, "spe": 9}
    assert sum(part.n for part in found.characters.values()) == 42
    assert sum(part.n for part in found.emotions.values()) == 9
    assert found.emotions.keys() == {"anger", "disgust", "fear"}


def test_a_better_system_is_said_to_win_and_an_equal_one_is_not() -> None:
    asked = items({"cus": 60, "spe": 40})
    good, bad = answers("good", asked, 0.9), answers("bad", asked, 0.3)
    twin = Answers("twin", good.texts)
    table = score_systems(asked, [bad, good, twin], rouge_l)
    duels = {(duel.first, duel.second, duel.task): duel for duel in table.duels}
    assert duels["good", "bad", AVERAGE].is_decided
    assert duels["good", "bad", AVERAGE].comparison.interval[0] > 0
    assert not duels["good", "twin", AVERAGE].is_decided
    assert duels["good", "twin", "spe"].p == 1
    assert len(table.duels) == 3 * 3
    assert all(duel.p >= duel.comparison.p for duel in table.duels)


def test_an_item_without_an_answer_is_an_error_unless_it_is_said_to_be_left_out() -> None:
    asked = items({"spe": 10})
    whole = answers("whole", asked, 0.9)
    part = Answers("part", dict(list(whole.texts.items())[:7]))
    with pytest.raises(RecordError, match="part has not answered 3 of 10 items"):
        score_systems(asked, [whole, part], rouge_l)
    assert score_systems(asked, [whole, part], rouge_l, only_answered=True).items == 7
    with pytest.raises(RecordError, match="no item of the benchmark"):
        score_systems(asked, [whole, Answers("other", {"x": "y"})], rouge_l, only_answered=True)
    with pytest.raises(ConfigError, match="each of another name"):
        score_systems(asked, [whole, whole], rouge_l)


def test_the_interval_of_a_mean_of_means_holds_the_truth_about_as_often_as_it_says() -> None:
    held = 0
    for seed in range(150):
        rng = np.random.default_rng(seed)
        low, high = grouped_interval([rng.normal(0.2, 0.1, 15), rng.normal(0.6, 0.3, 90)], resamples=300)
        held += low <= 0.4 <= high
    assert 0.87 <= held / 150 <= 0.99


def test_the_difference_of_groups_is_that_of_the_means_of_means() -> None:
    rng = np.random.default_rng(1)
    one, other = rng.normal(0.5, 0.1, 10), rng.normal(0.3, 0.1, 70)
    found = paired_groups([(one, one - 0.2), (other, other)])
    assert found.difference == pytest.approx(0.1)
    assert found.interval == pytest.approx((0.1, 0.1))


@given(st.lists(st.integers(0, 5), min_size=2, max_size=30))
def test_a_floor_is_never_made_of_the_same_question(asked: list[int]) -> None:
    some = [Item(f"{n}", "甲", "raw", f"问{name}", ("答",)) for n, name in enumerate(asked)]
    others = elsewhere(some)
    if 2 * max(map(asked.count, asked)) > len(asked):
        assert others is None
        return
    assert others is not None
    assert sorted(others) == list(range(len(asked)))
    assert all(one.instruction != some[other].instruction for one, other in zip(some, others, strict=True))


def test_one_reference_for_all_characters_does_not_raise_the_floor() -> None:
    asked = [
        Item(f"{question}-{name}", name, "raw", f"问{question}", (chr(0x4E00 + 9 * question) * 8,))
        for question in range(4)
        for name in "甲乙丙"
    ]
    right = Answers("right", {item.id: item.references[0] for item in asked})
    [found] = score_systems(asked, [right], rouge_l).systems
    assert (found.average, found.floor) == (1, 0)
    assert rouge_l([*right.texts.values()], [item.references for item in asked]).floor != 0
    encoder = load_encoder("ngrams")
    [near] = score_systems(asked, [right], lambda a, r: rpcs(a, r, encoder=encoder)).systems
    assert near.tasks["raw"].parts["rescaled"] == pytest.approx(1)
    [alone] = score_systems(asked[:1], [right], lambda a, r: rpcs(a, r, encoder=encoder)).systems
    assert (alone.floor, alone.tasks["raw"].parts) == (None, {})
