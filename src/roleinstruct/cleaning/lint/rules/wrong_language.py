"""An answer or an instruction in another language than the character's."""

import re
from collections import Counter
from collections.abc import Iterator

from roleinstruct.cleaning.lint.material import Asked, Person
from roleinstruct.cleaning.lint.rule import Finding, Rule
from roleinstruct.cleaning.lint.texts import Text, by_cause
from roleinstruct.language import language_of

__all__ = ["RULE"]


def _find(person: Person) -> Iterator[Finding]:
    own = _language(person)
    if own not in _OTHER:
        return
    other = "en" if own == "zh" else "zh"
    foreign = {asked.item.instruction for asked in person.asked if _is_in(asked.item.instruction, other)}
    asked_so = ((_text(person, a), a.item.instruction) for a in person.asked if a.item.instruction in foreign)
    for _, text, n in by_cause(asked_so):
        yield text.finding(f"the instruction is in {_NAMES[other]}, but the character speaks {_NAMES[own]}", n)
    for asked, answer in person.answers():
        instruction = asked.item.instruction
        if _is_in(answer, other) and instruction not in foreign and not _wants(instruction, other):
            message = f"the answer is in {_NAMES[other]}, but the character speaks {_NAMES[own]}"
            yield Text(person.name, "answer", answer, asked).finding(message)


def _text(person: Person, asked: Asked) -> Text:
    return Text(person.name, "instruction", asked.item.instruction, asked)


def _language(person: Person) -> str:
    """The language of the profile, else that of three texts of four, else ""."""
    if person.profile is not None and person.profile.language:
        return person.profile.language
    texts = [answer for _, answer in person.answers()] or [u.text for _, u in person.utterances()]
    spoken = Counter(language for text in texts[:_ENOUGH] if (language := language_of(text)))
    [(first, n)] = spoken.most_common(1) or [("", 0)]
    return first if 4 * n >= 3 * spoken.total() >= 3 * _FEW else ""


def _is_in(text: str, language: str) -> bool:
    """Whether a text is in a language, is long enough to tell, and neither code nor all names."""
    if not _OTHER[language].search(text) or language_of(text) != language:
        return False
    if language == "zh":
        return True
    return not _CODE.search(text) and bool(_FUNCTION_WORD.search(text))


def _wants(instruction: str, language: str) -> bool:
    """Whether an instruction asks for another language, holds some of it, or asks for code."""
    return bool(_ASKS[language].search(instruction) or _OTHER[language].search(instruction))


_ENOUGH, _FEW = 2_000, 5
_NAMES = {"zh": "Chinese", "en": "English"}

# Five words or six characters on end: less may be a name, a title or a saying.
_OTHER = {
    "en": re.compile(r"[A-Za-z]+(?:['’,]?[ -]['\"“‘]?[A-Za-z]+(?:['’][a-z]+)?){4}"),
    "zh": re.compile(r"[\u3400-\u9fff][\u3400-\u9fff，。！？、；：“”]{5}"),
}
_CODE = re.compile(r"```|\bdef |\bprint\(|\breturn\b|\bimport |[{};]\s*$|\w\(\w*\)|[=<>]=|\bSELECT ", re.MULTILINE)
_FUNCTION_WORD = re.compile(
    r"\b(?:the|a|an|is|are|was|were|i|you|he|she|it|we|they|to|of|and|in|for|my|your|not|have|has|do)\b", re.IGNORECASE
)
_ASKS = {
    "en": re.compile(
        r"英|外语|双语|法语|德语|西班牙|意大利|译|语言|字母|单词|拼写|代码|程序|函数|编写|脚本|命令|查询|句子|English|SQL|HTML|Python|Java"
        r"|歌词|拉丁|语法",
        re.IGNORECASE,
    ),
    "zh": re.compile(r"Chinese|Mandarin|Cantonese|translat|languages?\b|pinyin|汉|中文", re.IGNORECASE),
}


RULE = Rule(
    id="wrong-language",
    severity="warning",
    summary="An answer or an instruction is not in the language of the character.",
    why="A character that changes language without being asked to is out of character, and scores measure the change.",
    example='{"instruction": "你周末做什么？", "generated": "I usually go hiking with my sister."}',
    mend="Ask again and name the language, or leave the row out.",
    person=_find,
)
