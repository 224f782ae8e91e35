"""What is measured of answers beside Rouge-L and RPCS: known answers of each."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.emotions import Emotion
from roleinstruct.errors import ConfigError, LabelError, RecordError
from roleinstruct.metrics.copies import copy_rate
from roleinstruct.metrics.divergence import jensen_shannon
from roleinstruct.metrics.emotion_match import emotion_match
from roleinstruct.metrics.language_match import language_match
from roleinstruct.metrics.length import length_ratio
from roleinstruct.metrics.sacre import bleu, chrf
from roleinstruct.metrics.self_reference import self_reference_rate


def test_the_length_ratio_is_that_of_all_tokens() -> None:
    found = length_ratio(["我喜欢钓鱼", "好"], ["我喜欢", "好好好"])
    assert found.value == pytest.approx(6 / 6)
    assert found.values == pytest.approx([5 / 3, 1 / 3])
    assert found.signature == "length-ratio|tokenizer:char|references:nearest|version:1"
    assert length_ratio(["one two", "x"], ["", "three"]).value == pytest.approx(3)


def test_of_several_references_the_nearest_in_length_counts() -> None:
    assert length_ratio(["我喜欢"], [["我喜欢", "我喜欢钓鱼"]]).value == 1
    assert length_ratio(["我喜欢"], [["我喜", "我喜欢去"]]).value == pytest.approx(3 / 2)  # the shorter of two
    with pytest.raises(RecordError, match="no reference has a token"):
        length_ratio(["我"], [""])


def test_emotions_are_compared_one_by_one_and_together() -> None:
    found = emotion_match(["快乐", "愤怒", "neutral", "neutral"], ["happy", "sadness", Emotion.NEUTRAL, "生气"])
    assert found.values.tolist() == [1, 0, 1, 0]
    assert found.parts["macro_f1"] == pytest.approx((1 + 0 + 0 + 2 / 3) / 4)
    assert found.parts["divergence"] == pytest.approx(
        jensen_shannon({"h": 1, "a": 1, "n": 2}, {"h": 1, "s": 1, "n": 1, "a": 1})
    )
    assert found.signature == "emotion-match|annotator:given|version:1"
    swapped = emotion_match(["anger", "fear"], ["fear", "anger"])
    assert (swapped.value, swapped.floor, swapped.parts["divergence"]) == (0, 1, 0)


def test_what_is_no_emotion_is_refused() -> None:
    with pytest.raises(LabelError):
        emotion_match(["blue"], ["sadness"])
    with pytest.raises(RecordError):
        emotion_match(["anger"], ["anger", "fear"])
    with pytest.raises(RecordError):
        emotion_match([], [])


@pytest.mark.parametrize(
    ("first", "second", "bits"),
    [
        ({"a": 1}, {"a": 5}, 0),
        ({"a": 1}, {"b": 1}, 1),
        ({"a": 1, "b": 1}, {"a": 1}, 0.311278124),  # by hand: (log2(.5/.75)/2 + 1/2 + log2(1/.75)) / 2
        ({"a": 1, "b": 0}, {"a": 1}, 0),
    ],
)
def test_divergence_of_known_distributions(first: dict[str, float], second: dict[str, float], bits: float) -> None:
    assert jensen_shannon(first, second) == pytest.approx(bits, abs=1e-9)
    assert jensen_shannon(second, first) == pytest.approx(bits, abs=1e-9)


@given(st.lists(st.sampled_from("abcd"), min_size=1), st.lists(st.sampled_from("abcd"), min_size=1))
@settings(max_examples=60, deadline=None)
def test_divergence_is_that_of_scipy(first: list[str], second: list[str]) -> None:
    distance = pytest.importorskip("scipy.spatial.distance")
    one, other = Counter(first), Counter(second)
    rows = np.array([[side[label] for label in "abcd"] for side in (one, other)], dtype=float)
    assert jensen_shannon(one, other) == pytest.approx(distance.jensenshannon(*rows, base=2) ** 2, abs=1e-9)


@pytest.mark.parametrize("counts", [{}, {"a": 0}, {"a": 2, "b": -1}])
def test_what_is_no_distribution_is_refused(counts: dict[str, float]) -> None:
    with pytest.raises(RecordError, match="no distribution"):
        jensen_shannon(counts, {"a": 1})


@pytest.mark.parametrize(
    ("answer", "expected", "value"),
    [
        ("我去钓鱼", "zh", 1),
        ("I went fishing", "zh", 0),
        ("I went fishing", "en", 1),
        ("我用iPhone拍的", "zh", 1),
        ("……", "zh", 1),
        ("42", "en", 1),
        ("  ", "zh", 0),
        ("anything", "", 1),
    ],
)
def test_the_language_of_an_answer_is_held_against_the_expected_one(answer: str, expected: str, value: float) -> None:
    assert language_match([answer], [expected]).value == value
    assert language_match([answer], expected).value == value


def test_a_language_that_cannot_be_told_is_refused() -> None:
    with pytest.raises(ConfigError, match="'fr'"):
        language_match(["oui"], "fr")
    with pytest.raises(RecordError, match="2 predictions and 1 items"):
        language_match(["a", "b"], ["en"])


def test_answers_that_speak_as_a_machine_are_counted_unless_the_question_says_so_first() -> None:
    answers = ["作为一个人工智能，我不需要睡觉。", "我在学人工智能。", "As an AI language model, I cannot.", "嗯。"]
    assert self_reference_rate(answers).values.tolist() == [1, 0, 1, 0]
    asked = ["请说：作为一个人工智能", "你学什么？", "Who are you?", "好吗？"]
    assert self_reference_rate(answers, asked).values.tolist() == [0, 0, 1, 0]
    assert self_reference_rate(answers).signature != self_reference_rate(answers, asked).signature


TRAINING = ["周末我喜欢去河边钓鱼，钓到了就给妹妹送去。", "车坏了三天，修车的老王又不在。", "好的。"]


@pytest.mark.parametrize(
    ("answer", "copied", "whole"),
    [
        ("周末我喜欢去河边钓鱼，钓到了就给妹妹送去。", 1, 1),
        ("喜欢去河边钓鱼！", 1, 1),  # a part of a training text
        ("周末我喜欢去河边钓鱼，钓到了就给姐姐送去", 0, 0),  # 9 of 14 sequences are left
        ("嗯周末我喜欢去河边钓鱼，钓到了就给妹妹送去", 1, 0),
        ("周末我喜欢去河边车坏了三天修车的老王", 0, 0),  # from two texts
        ("好的", 1, 1),
        ("钓鱼", 0, 0),  # short, and no whole training text
        ("", 0, 0),
        ("我没有去过那么远的地方。", 0, 0),
    ],
)
def test_copied_answers_are_found(answer: str, copied: float, whole: float) -> None:
    found = copy_rate([answer], TRAINING)
    assert (found.value, found.parts["whole"]) == (copied, whole)
    assert found.signature == "copy-rate|ngrams:5|share:0.8|version:1"


words = st.text("我你去钓鱼", max_size=12)


@given(st.lists(words, min_size=1, max_size=6), st.lists(words, max_size=6))
@settings(max_examples=60, deadline=None)
def test_the_copy_rate_is_that_of_comparing_each_with_each(answers: list[str], training: list[str]) -> None:
    def grams(text: str) -> set[str]:
        return {text[i : i + 5] for i in range(len(text) - 4)}

    def copied(answer: str) -> bool:
        mine = grams(answer)
        if not mine:
            return answer != "" and answer in training
        return any(len(mine & grams(text)) >= 0.8 * len(mine) for text in training)

    assert copy_rate(answers, training).values.tolist() == [float(copied(answer)) for answer in answers]


def test_a_share_of_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="share is 0"):
        copy_rate(["好"], ["好"], share=0)


ENGLISH = ["The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."]
REFERENCES: Sequence[Sequence[str]] = [
    ["The dog bit the man.", "The dog had bit the man."],
    ["It was not unexpected.", "No one was surprised."],
    ["The man bit him first.", "The man had bitten the dog."],
]


def test_bleu_and_chrf_are_those_that_sacrebleu_publishes() -> None:
    pytest.importorskip("sacrebleu")
    found = bleu(ENGLISH, REFERENCES, tokenize="13a")
    assert round(found.value * 100, 2) == 48.53
    assert found.signature.startswith("nrefs:2|")
    assert "tok:13a" in found.signature
    assert found.interval is not None
    assert found.interval[0] < found.interval[1]
    assert found.floor is not None
    assert found.floor < found.value
    assert round(chrf(ENGLISH, REFERENCES).value * 100, 2) == 59.73


def test_bleu_takes_chinese_and_ragged_references() -> None:
    pytest.importorskip("sacrebleu")
    found = bleu(["我周末喜欢去河边钓鱼", "不知道"], [["我周末喜欢去河边钓鱼", "钓鱼"], "不知道"])
    assert found.value == pytest.approx(1)
    assert "tok:zh" in found.signature
    alone = chrf(["好的"], ["好的"])
    assert (alone.value, alone.floor) == (pytest.approx(1), None)
    with pytest.raises(ConfigError, match="no tokenizer 'bpe'"):
        bleu(["a"], ["a"], tokenize="bpe")
