"""Distinct-n and self-BLEU: known answers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.errors import ConfigError, RecordError
from roleinstruct.metrics.diversity import distinct_n, self_bleu


@pytest.mark.parametrize(
    ("answers", "n", "share"),
    [
        (["我去钓鱼"], 1, 1),
        (["哈哈哈哈"], 1, 1 / 4),
        (["哈哈哈哈"], 2, 1 / 3),
        (["我去", "我来"], 1, 3 / 4),
        (["我去", "我去"], 2, 1 / 2),
        (["好", "嗯"], 2, 0),  # none has two tokens
        (["go to go to go"], 2, 2 / 4),
        ([""], 1, 0),
    ],
)
def test_distinct_n_of_known_answers(answers: list[str], n: int, share: float) -> None:
    found = distinct_n(answers, n=n)
    assert found.value == pytest.approx(share)
    assert found.signature == f"distinct-{n}|tokenizer:char|version:1"
    assert found.n == len(answers)
    assert found.interval is None


def test_distinct_n_counts_tokens_of_the_named_tokenizer() -> None:
    assert distinct_n(["Go go go"], n=1).value == pytest.approx(1 / 3)
    assert distinct_n(["Go go go"], n=1, tokenizer="char-all").value == pytest.approx(3 / 6)


@given(st.lists(st.text("我你好ab ", max_size=8), min_size=1, max_size=6))
@settings(max_examples=40, deadline=None)
def test_saying_all_twice_halves_distinct_n(answers: list[str]) -> None:
    assert distinct_n(answers + answers, n=2).value == pytest.approx(distinct_n(answers, n=2).value / 2)


def test_self_bleu_is_1_where_all_say_the_same_and_low_where_they_do_not() -> None:
    pytest.importorskip("sacrebleu")
    same = self_bleu(["我周末喜欢去河边钓鱼"] * 4)
    assert same.values == pytest.approx([1] * 4)
    other = self_bleu(["我周末喜欢去河边钓鱼", "妹妹在北京念大学", "车坏了三天没修"])
    assert other.value < 0.1
    assert other.signature == "self-bleu|tokenizer:char|taken:3|version:1"


def test_of_many_answers_evenly_spaced_ones_are_taken() -> None:
    pytest.importorskip("sacrebleu")
    found = self_bleu([f"第{number}天我去钓鱼" for number in range(50)], most=10)
    assert found.n == 10
    assert "taken:10" in found.signature


def test_what_has_no_meaning_is_refused() -> None:
    with pytest.raises(ConfigError, match="n is 0"):
        distinct_n(["好"], n=0)
    with pytest.raises(RecordError, match="nothing to score"):
        distinct_n([])
    pytest.importorskip("sacrebleu")
    with pytest.raises(RecordError, match="one answer cannot repeat another"):
        self_bleu(["好"])
