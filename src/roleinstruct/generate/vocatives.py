"""Whom a question calls: the one who answers, or somebody else who is there too."""

import re
from collections.abc import Iterable

from roleinstruct.generate.wording import common
from roleinstruct.language import language_of

__all__ = ["calls_another", "names_of", "parts_of_name"]


def parts_of_name(name: str) -> set[str]:
    """What somebody of that name may be called: the name, a word of it, a Chinese given name; "MAGGIE" as "Maggie"."""
    found = {name, *name.split(), name[-2:] if language_of(name) == "zh" and len(name) == 3 else name} - {""}
    return found | {part.title() for part in found if part.isupper()}


def names_of(speakers: Iterable[str]) -> frozenset[str]:
    """What the speakers of a script may be called by name, and not for what they are ("妈妈", "师傅", "Nurse")."""
    parts = (part for name in set(speakers) for part in parts_of_name(name))
    return frozenset(part for part in parts if len(part) > 1 and not _is_title(part))


def calls_another(question: str, character: str, names: frozenset[str]) -> bool:
    """Whether a name that is not the character's is called before or after a question.

    In English, what is called after it need not be one of the names: "How long have you been a nurse, Old Tom?". It is
    then told from the rest of a place by the word before: "Did you grow up in Leeds, Yorkshire?".

    Args:
        question: Put by somebody who may speak to several.
        character: Who answers.
        names: Of all who speak in the script, see `names_of`.
    """
    own = parts_of_name(character)
    for call in _CALLS:
        if found := call.search(question):
            called = {found["name"], *found["name"].split()}
            if own.isdisjoint(called) and not names.isdisjoint(called):
                return True
    unknown = _UNKNOWN.search(question)
    words = unknown["name"].split() if unknown else []
    return own.isdisjoint(words) and not all(map(_is_title, words))


def _is_title(word: str) -> bool:
    return bool(common().expressions["title"].fullmatch(word))


_CHINESE = r"(?P<name>[\u3400-\u9fff·]{2,8}?)"
_ENGLISH = r"(?P<name>[A-Z][\w'’-]*\.?(?: [A-Z][\w'’-]*){0,2})"
_END = r"[?？!！。.\s]*$"
_CALLS = tuple(
    re.compile(call)
    for call in (
        rf"^{_CHINESE}(?:[啊呀哎]?[，,!！\s]|(?=[你您]))",
        rf"[，,\s]{_CHINESE}[啊呀]?{_END}",
        rf"^{_ENGLISH}[,!]\s",
        rf",\s*{_ENGLISH}{_END}",
    )
)
_UNKNOWN = re.compile(rf"(?<![\w'’-])[a-z0-9][\w'’-]*,\s*{_ENGLISH}{_END}")
