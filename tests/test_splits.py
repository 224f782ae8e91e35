from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleinstruct.dataset.splits import Splits, held_out, instruction_key
from roleinstruct.errors import ConfigError


def test_the_split_of_an_instruction_is_the_same_in_every_spelling() -> None:
    assert instruction_key("天为什么蓝？") == instruction_key("天为什么蓝 ?")
    assert instruction_key("天为什么蓝？") != instruction_key("天为什么不蓝？")


def test_what_was_taken_from_one_dialogue_stays_together() -> None:
    assert instruction_key("一？", "你好\n再见") == instruction_key("二？", "你好\n再见")
    assert instruction_key("一？", "你好\n再见") != instruction_key("一？", "你好")


def test_splits_have_about_their_shares() -> None:
    counts = Counter(Splits(0.1, 0.2).of(f"key {n}") for n in range(5_000))
    assert 0.08 < counts["validation"] / 5_000 < 0.12
    assert 0.17 < counts["test"] / 5_000 < 0.23


@given(st.floats(0, 0.4), st.floats(0, 0.4), st.text())
def test_a_growing_test_share_never_sends_a_test_row_to_training(validation: float, test: float, key: str) -> None:
    if Splits(validation, test).of(key) == "test":
        assert Splits(validation, test + 0.1).of(key) == "test"


@pytest.mark.parametrize(("validation", "test"), [(0.5, 0.5), (-0.1, 0.1), (1.0, 0.0)])
def test_shares_that_leave_nothing_are_refused(validation: float, test: float) -> None:
    with pytest.raises(ConfigError, match="no shares of a whole"):
        Splits(validation, test)


def test_the_same_characters_are_held_out_in_any_order() -> None:
    names = ["甲", "乙", "丙", "丁"]
    assert held_out(names, 2) == held_out(reversed(names), 2)
    assert len(held_out(names, 2)) == 2
    assert held_out(names, 0) == frozenset()
    with pytest.raises(ConfigError, match="left to train on"):
        held_out(names, 4)
