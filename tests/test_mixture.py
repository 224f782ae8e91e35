from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleinstruct.dataset.mixture import Splits, benchmark_rows, chat_rows, held_out, instruction_key, persona
from roleinstruct.errors import ConfigError
from roleinstruct.records import CharacterProfile, Instruction


def general(text: str, *answers: str, raw: str | None = None, character: str = "甲") -> Instruction:
    return Instruction(f"{character}-general-1", character, "general", text, answers, raw_response=raw)


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


def test_every_answer_is_a_prompt_completion_row() -> None:
    rows = list(chat_rows(general("天为什么蓝？", "散射", "不知道"), "你是甲。"))
    assert [row["id"] for row in rows] == ["甲-general-1-1", "甲-general-1-2"]
    assert rows[1]["prompt"] == [
        {"role": "system", "content": "你是甲。"},
        {"role": "user", "content": "天为什么蓝？"},
    ]
    assert rows[1]["completion"] == [{"role": "assistant", "content": "不知道"}]


def test_the_benchmark_asks_raw_only_where_a_neutral_answer_is() -> None:
    tasks = [row["task"] for row in benchmark_rows(general("天？", "散射", raw="因为散射"))]
    assert tasks == [0, 1]
    assert [row["task"] for row in benchmark_rows(general("天？", "散射", "不知道"))] == [1]
    specific = Instruction("甲-specific-1", "甲", "specific", "甲，你好吗？", ("好",))
    assert [(row["task"], row["references"]) for row in benchmark_rows(specific)] == [(2, ["好"])]


def test_the_persona_speaks_the_profiles_language() -> None:
    assert persona(CharacterProfile("Maggie", "en", text="Name: Maggie")).startswith("You are Maggie.")
    assert persona(CharacterProfile("甲", "zh")).startswith("你是甲。")


def test_a_persona_without_text_is_made_of_the_fields() -> None:
    fields = {"gender": "female", "age": "young", "observed_partners": "乙 3"}
    assert persona(CharacterProfile("甲", "zh", fields)).splitlines()[1] == "gender：female；age：young"
    assert persona(CharacterProfile("Ann", "en", fields)).splitlines()[1] == "gender: female. age: young."
