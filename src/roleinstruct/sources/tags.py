"""Emotion tags at the front of a line, as annotation files have them, damage included."""

import re

from roleinstruct.emotions import Emotion
from roleinstruct.sources.labels import Labels

__all__ = ["split_tag"]


def split_tag(text: str, labels: Labels, *, bare: bool) -> tuple[Emotion | None, str]:
    """Take the emotion tag off the front of a line.

    A tag is an emotion word in brackets of any kind, one of them perhaps doubled or missing at the end, with spaces, a
    colon or a comma behind it; of several closed ones in a row the first counts. Brackets around anything else are a
    stage direction and stay. Words that only `labels` knows need whole brackets.

    Args:
        text: The line.
        labels: What the emotion words mean.
        bare: Also take a tag that lost its brackets: a Chinese name of the ten, or an English one directly before a
            Chinese character. Such a word may be part of the sentence, so say this only of files whose lines carry
            tags throughout.

    Returns:
        The emotion and the text behind the tag ("" where there is none), or None and the text as it was.

    Examples:
        >>> split_tag("(中立) 我知道了", Labels(), bare=False)[1]
        '我知道了'
        >>> split_tag("（笑）你好", Labels(), bare=False)
        (None, '（笑）你好')
    """
    for pattern in (_CLOSED, _OPEN, _CLOSING, _BARE) if bare else (_CLOSED, _OPEN, _CLOSING):
        match = pattern.match(text)
        if match and (emotion := labels.find(match["word"])):
            end = match.end()
            while (more := _CLOSED.match(text, end)) and labels.find(more["word"]):
                end = more.end()
            return emotion, text[end:]
    return None, text


_LEFT, _RIGHT = r"[(（\[［【〔〈《「『{<＜]", r"[)）\]］】〕〉》」』}>＞]"
_NOT_OPENED = r"[^(（\[［【〔〈《「『{)）\]］】〕〉》」』}]*"
_BEHIND = r"[\s:：,，、]*"
# The English words that real files show: the ten names and two that the release adds.
_WORDS = "|".join((*(emotion.zh for emotion in Emotion), *Emotion, "grateful", "frustrated"))
_NAME = rf"(?P<word>(?:{_WORDS})(?![A-Za-z]))"
_MARKS = r"()（）\[\]［］【】{}"

_CLOSED = re.compile(
    rf"\s*(?:{_LEFT}\s*){{1,2}}(?P<word>[^\s{_MARKS}][^\n{_MARKS}]{{0,39}}?)\s*(?:{_RIGHT}\s*){{1,2}}{_BEHIND}"
)
# Half a bracket proves a name only: in "(其他人都走了)" it is closed later and is none of ours.
_OPEN = re.compile(rf"\s*(?:{_LEFT}\s*){{1,2}}{_NAME}(?!{_NOT_OPENED}{_RIGHT})[\s:：,，;；.。]*", re.IGNORECASE)
_CLOSING = re.compile(rf"\s*{_NAME}\s*(?:{_RIGHT}\s*){{1,2}}{_BEHIND}", re.IGNORECASE)
_BARE = re.compile(rf"\s*{_NAME}(?:(?<![A-Za-z])|(?=\s*[:：]?\s*[\u3400-\u9fff])){_BEHIND}", re.IGNORECASE)
