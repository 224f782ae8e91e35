"""An answer that breaks off."""

import re
from collections.abc import Iterator

from roleinstruct.cleaning.lint.material import Person
from roleinstruct.cleaning.lint.rule import Finding, Rule
from roleinstruct.cleaning.lint.texts import Text

__all__ = ["RULE"]


def _find(person: Person) -> Iterator[Finding]:
    long = [_is_open_ended(answer) for _, answer in person.answers() if len(answer) > _LONG]
    finishes = 10 * sum(long) <= 2 * len(long)
    for asked, answer in person.answers():
        end = _end(answer, asked.item.instruction)
        if not end and finishes and len(answer) > _LONG and _is_open_ended(answer):
            end = "without the full stop that most answers of this character have"
        if end:
            yield Text(person.name, "answer", answer, asked).finding(
                f"the answer ends {end}: …{answer.rstrip()[-16:]!r}"
            )


def _end(answer: str, instruction: str) -> str:
    """How an answer breaks off, or ""."""
    text = answer.rstrip()
    if not text:
        return ""
    if text[-1] in ",，、":
        return "with a comma"
    if text.count("```") % 2:
        return "inside a block of code"
    if text[-1].isalnum() and (mark := _left_open(text)):
        return f"inside {mark!r}"
    if _ITEM.search(text):
        return "with an empty item of a list"
    if text.endswith(_CONJUNCTIONS) and (match := _CONJUNCTION.search(text[-24:])) and match["word"] not in instruction:
        return f"with {match['word']!r}"
    return ""


def _left_open(text: str) -> str:
    """The last bracket or quotation mark that is opened and not closed, or ""."""
    if "```" in text:
        return ""
    for left, right in _MARKS:
        last = max(text.rfind(mark) for mark in left)
        if last >= 0 and last > max(text.rfind(mark) for mark in right) and text[last - 1 : last] not in _EYES:
            return text[last]
    return ""


def _is_open_ended(answer: str) -> bool:
    """Whether the last line is long prose, the last sentence of which has no stop."""
    if len(answer) <= _LONG or not answer.rstrip()[-1:].isalpha() or "`" in answer:
        return False
    line = answer.rstrip().rpartition("\n")[2]
    return len(line) > _LONG and bool(_OPEN_SENTENCE.search(line))


_LONG = 40
"""Characters: a shorter answer may be a word or a heading, which needs no full stop."""

_MARKS = (("（(", "）)"), ("“", "”"), ("「", "」"), ("『", "』"), ("《", "》"), ("【", "】"))
_EYES = frozenset({":", ";", "=", "-"})
# Behind the last stop a name, a laugh or a face is no sentence, "输入：…" is a value and a particle ends one by itself.
_OPEN_SENTENCE = re.compile(
    r"(?:[。！？!?]|\.\s)[^。！？!?.:：]*?[\w，,、 ]{5,}(?<![哈嘿嘻呵哦啦哟吧呢呀啊吗嘛噢喔哇呗ﾉ])$"
)
_ITEM = re.compile(r"\n\s*(?:\d{1,2}[.、．]|[-*•])$")
_CONJUNCTIONS = (
    *(
        "因为",
        "但是",
        "而且",
        "并且",
        "虽然",
        "以及",
        "由于",
        "例如",
        "比如",
        "譬如",
        "所以",
        "如果",
        "或者说",
        "只要",
        "尽管",
        "无论",
    ),
    *("and", "or", "but", "because", "the", "an", "although", "such as", "my", "your", "their", "if"),
)
# Behind a few words: an answer that is the word alone may be meant so.
_CONJUNCTION = re.compile(rf"(?:[^\x00-\x7f]{{3}}(?<![其之])|(?:\w+\W+){{3}})(?P<word>{'|'.join(_CONJUNCTIONS)})$")


RULE = Rule(
    id="truncated-answer",
    severity="warning",
    summary="An answer breaks off in the middle of a sentence.",
    why="The model learns to stop anywhere; most such answers ran into a limit of length.",
    example='{"instruction": "你为什么搬家？", "generated": "我搬家是因为房租涨了，而且"}',
    mend="Ask again with room for a longer answer, or cut it at its last full stop.",
    person=_find,
)
