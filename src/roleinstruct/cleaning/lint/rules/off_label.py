"""An emotion tag that is not exactly one of the ten names."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from roleinstruct.cleaning.lint.material import Person
from roleinstruct.cleaning.lint.rule import Finding, Rule
from roleinstruct.cleaning.lint.texts import Text, by_cause
from roleinstruct.emotions import Emotion
from roleinstruct.errors import LabelError
from roleinstruct.records import Utterance

__all__ = ["RULE"]


def _find(person: Person) -> Iterator[Finding]:
    tags = Counter(utterance.tag for _, utterance in person.utterances())
    known = {tag: n for tag, n in tags.items() if tag}
    bracketed = 2 * sum(n for tag, n in known.items() if _has_bracket(tag)) > sum(known.values())
    damaged = {tag: what for tag in known if (what := _damage(tag, bracketed))}
    if damaged:
        for (tag, emotion), text, n in by_cause(_tagged(person, damaged)):
            read = f"read as {emotion.value} ({emotion.zh})" if emotion else "read as no emotion"
            yield text.finding(f"the tag {tag!r} {damaged[tag]}; it is {read}", n)
    tagged = 2 * sum(known.values()) > sum(tags.values())
    for word, text, n in by_cause(_left_behind(person, tagged)):
        emotion = _parse(word)
        what = f"means {emotion.value}" if emotion else "is no known emotion and stands where other lines have a tag"
        yield text.finding(f"the text still begins with {word!r} in brackets, which {what}", n)


def _mend(turn: Utterance) -> Utterance:
    """Take a tag off the front of the text, and write a damaged one as it should be."""
    text, emotion = turn.text, turn.emotion
    while (front := _FRONT.match(text)) and (meant := _parse(front["word"])):
        text, emotion = text[front.end() :], emotion or meant
    annotator = "source" if emotion and not turn.emotion else turn.annotator
    tag = turn.tag
    if tag and emotion and _damage(tag, bracketed=False):
        name = emotion.zh if _HAN.search(tag) else emotion.value
        tag = f"({name})" if _has_bracket(tag) else name
    return replace(turn, text=text, emotion=emotion, annotator=annotator, tag=tag)


def _tagged(person: Person, damaged: dict[str, str]) -> Iterator[tuple[Text, tuple[str, Emotion | None]]]:
    for scene, turn in person.utterances():
        if turn.tag in damaged:
            yield Text(person.name, "utterance", turn.text, turn, scene), (turn.tag, turn.emotion)


def _left_behind(person: Person, tagged: bool) -> Iterator[tuple[Text, str]]:
    for scene, turn in person.utterances():
        if turn.text[:1] in _LEFT and (front := _FRONT.match(turn.text)):
            where_a_tag_is_due = tagged and not turn.tag and turn.emotion is None and _is_word(front["word"])
            if _parse(front["word"]) or where_a_tag_is_due:
                yield Text(person.name, "utterance", turn.text, turn, scene), front["word"]


def _damage(tag: str, bracketed: bool) -> str:
    """What is wrong with a tag, "" if nothing is; `bracketed` where most tags have brackets."""
    whole = _WHOLE.fullmatch(tag)
    if (whole and whole["word"] in _NAMES) or (tag in _NAMES and not bracketed):
        return ""
    word = tag.strip(_AROUND)
    if word in _NAMES:
        return (
            "lacks the brackets that most tags here have" if word == tag else "has damaged brackets or marks around it"
        )
    if word.casefold() in _NAMES:
        return "is written in another case"
    if (words := re.split(rf"[{re.escape(_AROUND)}]+", word)) and len(words) > 1 and all(map(_parse, words)):
        return "holds several emotions"
    return "is none of the ten names"


@cache
def _parse(word: str) -> Emotion | None:
    try:
        return Emotion.parse(word)
    except LabelError:
        return None


def _is_word(word: str) -> bool:
    return bool(re.fullmatch(r"[\u3400-\u9fff]{1,4}|[A-Za-z]{3,14}", word))


def _has_bracket(tag: str) -> bool:
    return any(c in _BRACKETS for c in tag)


_LEFT, _RIGHT = "(（[［【〔{", ")）]］】〕}"
_BRACKETS = frozenset(_LEFT + _RIGHT)
_AROUND = _LEFT + _RIGHT + " \t\r\n:：,，、;；.。"
_NAMES = frozenset(name for emotion in Emotion for name in (emotion.value, emotion.zh))
_WHOLE = re.compile(r"[(（\[［【〔{]\s*(?P<word>\w+)\s*[)）\]］】〕}]\s*[:：]?")
_HAN = re.compile(r"[\u3400-\u9fff]")
# Nothing is a tag that leaves no text behind it.
_FRONT = re.compile(
    r"\s*(?:[(（\[［【〔{]\s*){1,2}(?P<word>[^\s()（）\[\]［］【】〔〕{}]{1,20})\s*(?:[)）\]］】〕}]\s*){1,2}"
    r"[\s:：,，、]*(?=.*\w)",
    re.DOTALL,
)


RULE = Rule(
    id="off-label",
    severity="warning",
    summary="An emotion tag is not exactly one of the ten names, or was left in the text.",
    why="Readers differ in what they take it for, and a tag in the text is spoken aloud by whoever learns from it.",
    example='{"role": "小林", "content": "(激动)我考上了！"}',
    mend="Write one of the ten names in whole brackets, or give the builder a label table; take a tag off the text.",
    person=_find,
    mend_turn=_mend,
)
