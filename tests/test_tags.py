"""Emotion tags at the front of a line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleinstruct.emotions import Emotion
from roleinstruct.sources.labels import Labels
from roleinstruct.sources.tags import split_tag


@pytest.mark.parametrize(
    ("text", "emotion", "rest"),
    [
        ("(中立)好的", Emotion.NEUTRAL, "好的"),
        ("(快乐) 多美的景色啊", Emotion.HAPPINESS, "多美的景色啊"),
        ("（其他）", Emotion.OTHER, ""),
        ("((其他))嗯", Emotion.OTHER, "嗯"),
        ("((其他)嗯", Emotion.OTHER, "嗯"),
        ("(其他))嗯", Emotion.OTHER, "嗯"),
        ("(其他我知道", Emotion.OTHER, "我知道"),
        ("(沮丧，我知道", Emotion.FRUSTRATION, "我知道"),
        ("(其他我(笑)知道", Emotion.OTHER, "我(笑)知道"),
        ("其他)我知道", Emotion.OTHER, "我知道"),
        ("【愤怒】：滚", Emotion.ANGER, "滚"),
        ("[angry] Get out", Emotion.ANGER, "Get out"),
        ("(Sadness)", Emotion.SADNESS, ""),
        ("（憤怒）走開", Emotion.ANGER, "走開"),
        ("(激动)太好了", Emotion.EXCITEMENT, "太好了"),
        ("(生气)哼", Emotion.ANGER, "哼"),
        ("( 中立 ) 好", Emotion.NEUTRAL, "好"),
        ("<中立>好", Emotion.NEUTRAL, "好"),
        ("(中立) ，我会打电话", Emotion.NEUTRAL, "我会打电话"),
        ("(中立)(其他)都可以", Emotion.NEUTRAL, "都可以"),
        ("(快乐)(微笑)你好", Emotion.HAPPINESS, "(微笑)你好"),
    ],
)
@pytest.mark.parametrize("bare", [False, True])
def test_a_tag_in_brackets_is_taken_off(text: str, emotion: Emotion, rest: str, bare: bool) -> None:
    assert split_tag(text, Labels(), bare=bare) == (emotion, rest)


@pytest.mark.parametrize(
    ("text", "emotion", "rest"),
    [
        ("沮丧你知道吗", Emotion.FRUSTRATION, "你知道吗"),
        ("grateful谢谢", Emotion.OTHER, "谢谢"),
        ("sadness 刘星", Emotion.SADNESS, "刘星"),
        ("中立", Emotion.NEUTRAL, ""),
    ],
)
def test_a_tag_without_brackets_is_taken_off_where_it_is_asked_for(text: str, emotion: Emotion, rest: str) -> None:
    assert split_tag(text, Labels(), bare=True) == (emotion, rest)
    assert split_tag(text, Labels(), bare=False) == (None, text)


@pytest.mark.parametrize(
    "text",
    [
        "(笑)你好",
        "(其他人都走了)好安静",
        "（悲伤地）走吧",
        "Happiness is a warm gun",
        "sadness",
        "(",
        "",
        "你(中立)好",
        "【第一场】",
    ],
)
@pytest.mark.parametrize("bare", [False, True])
def test_what_is_no_tag_stays(text: str, bare: bool) -> None:
    assert split_tag(text, Labels(), bare=bare) == (None, text)


@given(st.text(alphabet="()（）[]中立其他sad:： a", max_size=20), st.booleans())
def test_what_is_left_is_the_end_of_the_text(text: str, bare: bool) -> None:
    emotion, rest = split_tag(text, Labels(), bare=bare)
    assert text.endswith(rest)
    assert emotion is not None or rest == text


@given(st.sampled_from(list(Emotion)), st.text(st.characters(categories=["Lo", "Ll"]), max_size=10))
def test_every_label_is_read_in_both_languages(emotion: Emotion, rest: str) -> None:
    assert split_tag(f"({emotion.zh}){rest}", Labels(), bare=False) == (emotion, rest)
    assert split_tag(f"[{emotion}] {rest}", Labels(), bare=False) == (emotion, rest)


def test_the_words_of_the_user_are_tags_too_and_come_first() -> None:
    labels = Labels({"annoyed": "anger", "very happy": "excitement", "angry": "frustration"})
    assert split_tag("(annoyed) No", labels, bare=False) == (Emotion.ANGER, "No")
    assert split_tag("[Very Happy]: Yes", labels, bare=False) == (Emotion.EXCITEMENT, "Yes")
    assert split_tag("(angry)(annoyed) No", labels, bare=False) == (Emotion.FRUSTRATION, "No")
    assert split_tag("(sad) No", labels, bare=False) == (Emotion.SADNESS, "No")
    assert split_tag("(sad) No", Labels(labels.table, only_table=True), bare=False) == (None, "(sad) No")
