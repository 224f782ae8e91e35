"""Runs of one speaker to turns: subtitles break a sentence into lines, a conversation has turns."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import groupby, pairwise

from roleinstruct.emotions import Emotion
from roleinstruct.records import Place, Utterance

__all__ = ["join_texts", "merge_runs", "span"]


def merge_runs(utterances: Iterable[Utterance]) -> list[Utterance]:
    """Make one utterance of every run of one speaker.

    The texts are joined by `join_texts`, the lines are summed, the places are spanned. The emotion is the label of
    most of the run's lines, unlabelled lines having no vote; of equally frequent labels it is the last that is not
    neutral, because the paper's rule asks for the most prominent one. The annotator is that of the winning label.

    Args:
        utterances: The lines of one dialogue, in order.

    Returns:
        Turns; two neighbours never have one speaker. A run of one line is that line, unchanged.
    """
    return [_merge(list(run)) for _, run in groupby(utterances, key=lambda u: u.speaker)]


def join_texts(texts: Iterable[str]) -> str:
    """Put the lines of one turn together.

    Lines that touch without punctuation get a full-width comma where either is written in Chinese, Japanese or Korean
    characters, else a space. Punctuated lines follow each other directly in such scripts, else after a space. Empty
    lines add nothing.

    Examples:
        >>> join_texts(["妈新给配的中药", "以前的味儿不大"])
        '妈新给配的中药，以前的味儿不大'
        >>> join_texts(["是吗？", "我不信"])
        '是吗？我不信'
        >>> join_texts(["Wait.", "Where is it"])
        'Wait. Where is it'
    """
    lines = [stripped for text in texts if (stripped := text.strip())]
    return "".join([*lines[:1], *(_glue(left, right) + right for left, right in pairwise(lines))])


def span(places: Iterable[Place | None]) -> Place | None:
    """The range of source lines from the first known place on; None where none is known."""
    known = [place for place in places if place is not None]
    return reduce(Place.to, known) if known else None


def _merge(run: Sequence[Utterance]) -> Utterance:
    if len(run) == 1:
        return run[0]
    emotion = _prominent([(u.emotion, u.lines) for u in run])
    return Utterance(
        speaker=run[0].speaker,
        text=join_texts(u.text for u in run),
        emotion=emotion,
        place=span(u.place for u in run),
        lines=sum(u.lines for u in run),
        annotator=next((u.annotator for u in reversed(run) if u.emotion is emotion), None),
    )


def _glue(left: str, right: str) -> str:
    if not (_is_cjk(left) or _is_cjk(right)):
        return " "
    return "" if _is_punctuation(left[-1]) or _is_punctuation(right[0]) else "，"


def _prominent(labels: Sequence[tuple[Emotion | None, int]]) -> Emotion | None:
    votes: Counter[Emotion] = Counter()
    for emotion, lines in labels:
        if emotion is not None:
            votes[emotion] += lines
    if not votes:
        return None
    most = max(votes.values())
    leaders = [emotion for emotion, _ in labels if emotion is not None and votes[emotion] == most]
    return next((emotion for emotion in reversed(leaders) if emotion is not Emotion.NEUTRAL), leaders[-1])


def _is_cjk(text: str) -> bool:
    return any(
        "\u3040" <= c <= "\u30ff" or "\u3400" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7a3" or "\u3000" <= c <= "\u303f"
        for c in text
    )


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character).startswith("P")
