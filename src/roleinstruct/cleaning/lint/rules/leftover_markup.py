"""Stage directions, tags and speakers' names that are not part of what was said."""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace

from roleinstruct.cleaning.lint.material import Person
from roleinstruct.cleaning.lint.rule import Finding, Rule
from roleinstruct.cleaning.lint.texts import Text, by_cause, search
from roleinstruct.records import Utterance

__all__ = ["RULE"]


def _find(person: Person) -> Iterator[Finding]:
    for (part, kind), text, n in by_cause(_hits(person)):
        yield text.finding(f"the {part} {kind}", n)


def _hits(person: Person) -> Iterator[tuple[Text, tuple[str, str]]]:
    for text, _ in search(person, ("utterance", "answer"), _HINT.search):
        for kind in _kinds(text, person):
            yield text, (text.part, kind)


def _kinds(text: Text, person: Person) -> Iterator[str]:
    """What stands in a text that was not said, in words."""
    names = {person.name, *person.speaks_as} if text.part == "answer" else {getattr(text.holder, "speaker", "")}
    wants_lines = bool(_ASKS_FOR_LINES.search(text.instruction)) or _LINES.search(text.text) is not None
    if _without_name(text.text, names) != text.text and not wants_lines:
        yield "begins with the speaker's own name"
    if _URL.fullmatch(text.text):
        yield "is a web address and nothing else"
    if _ABOUT_CODE.search(text.instruction) or _ABOUT_CODE.search(text.text):
        return
    if _TAG.search(text.text):
        yield "holds HTML tags"
    if text.part == "answer" and _MARKDOWN.search(text.text) and not _ASKS_FOR_MARKS.search(text.instruction):
        yield "is formatted with Markdown"
    if not _ASKS_FOR_LINES.search(text.instruction) and _without_directions(text.text) != text.text:
        yield "has a stage direction at an end"


def _mend(turn: Utterance) -> Utterance:
    """Take the speaker's name, HTML tags and stage directions off, as long as something is left to say."""
    text = turn.text
    while True:
        shorter = _without_name(text, {turn.speaker})
        if not _ABOUT_CODE.search(shorter):
            shorter = _without_directions(_without_tags(shorter))
        if shorter == text:
            return replace(turn, text=text)
        text = shorter


def _without_name(text: str, names: Collection[str]) -> str:
    for name in names:
        if name and text.startswith(name):
            rest = text[len(name) :].lstrip()
            if rest[:1] in (":", "：") and (said := rest[1:].lstrip()):
                return said
    return text


def _without_tags(text: str) -> str:
    if "<" not in text:
        return text
    said = _TAG.sub("", _BREAK.sub("\n", text)).strip()
    return said or text


def _without_directions(text: str) -> str:
    """The text without what is done at its two ends, unless nothing else is there."""
    said = _LAST.sub("", _FIRST.sub("", text)).strip() if _EDGE.search(text) else ""
    return said if any(c.isalnum() for c in said) else text


_HINT = re.compile(r"[<(（\[【*#:：]|https?:")
_URL = re.compile(r"\s*(?:https?://|www\.)\S+\s*")
_BREAK = re.compile(r"\s*<br\s*/?>\s*", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:br|b|i|u|s|p|em|strong|span|div|font|ul|ol|li|h[1-6]|a|img|table|tr|td|hr|sup|sub)(?:\s[^<>\n]{0,200})?/?>",
    re.IGNORECASE,
)
_MARKDOWN = re.compile(r"^#{1,6} \S|\*\*(?=\S)[^*\n]+(?<=\S)\*\*|^\|.*\|\n\|[ :|-]+\|", re.MULTILINE)

# Inside brackets a word of doing, or between asterisks: what a person does while speaking.
_DOING = (
    r"(?:微笑|苦笑|冷笑|大笑|偷笑|笑着|笑了?笑|(?<=[(（\[【])[笑哭叹](?=[)）\]】])|哭着?|叹气|叹了口气|叹息|点点?头|摇摇?头|挥挥?手|摆摆?手|拍拍|握手|转身|起身|低头|抬头|皱眉|挠头|耸肩"
    r"|沉默|停顿|看着|望着|指着|拿着|拿出|走过|走向|走进|离开|坐下|站起|小声|大声|轻声|低声|喊道|咳嗽|鞠躬|眨眼|拥抱|抱住|跑|哽咽|过了一会|几分钟后"
    r"|smil|laugh|sigh|nod|shak(?:es|ing)|shrug|paus|whisper|grin|chuckl|cough|wav(?:es|ing)|lean|frown|giggl|wink|crying|sob)"
)
_SIDE = (
    rf"[(（\[【](?=[^()（）\[\]【】\n]{{0,12}}{_DOING})[^()（）\[\]【】\n]{{1,24}}[)）\]】]"
    rf"|\*(?=[^*\n]{{0,16}}{_DOING})[^*\n]{{1,40}}\*"
)
_FIRST = re.compile(rf"^\s*(?:(?:{_SIDE})\s*)+", re.IGNORECASE)
_LAST = re.compile(rf"(?:\s*(?:{_SIDE}))+\s*$", re.IGNORECASE)
_EDGE = re.compile(r"^\s*[(（\[【*]|[)）\]】*]\s*$")

_ASKS_FOR_LINES = re.compile(
    r"对话|剧本|台词|场景|短剧|话剧|小品|dialog|script|scene|play\b|conversation", re.IGNORECASE
)
_ASKS_FOR_MARKS = re.compile(
    r"\*\*|^#|黑体|加粗|粗体|强调|突出|标出|标记|标注|下划线|划线|表格|bold|highlight|underlin|table|heading",
    re.IGNORECASE,
)
_LINES = re.compile(r"\n[^\n:：]{1,12}[:：]")
_ABOUT_CODE = re.compile(r"HTML|XML|代码|网页|标签|Markdown|```|markup|\bdef \w+\(|\bprint\(", re.IGNORECASE)


RULE = Rule(
    id="leftover-markup",
    severity="warning",
    summary="A text holds a stage direction, HTML, Markdown or the speaker's name, which nobody said.",
    why="A model learns to say it, and every measure of length and likeness counts it.",
    example='{"role": "小林", "content": "小林：（笑）你来啦"}',
    mend="Take it off; names, HTML tags and directions at the ends of utterances are taken off on request.",
    person=_find,
    mend_turn=_mend,
)
