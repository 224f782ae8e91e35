"""What a name is made of: surname and given name, a title or a prefix around them; and what is no name at all."""

import re
from dataclasses import dataclass

from roleinstruct.cleaning.privacy.wordlists import any_of, names, words

__all__ = ["Name", "read_name"]


@dataclass(frozen=True, slots=True)
class Name:
    """A name taken apart; `before`, `surname`, `given` and `after` (English: given before surname) make the whole.

    Attributes:
        chinese: It is written in Chinese characters.
        surname: Such as "郝", "欧阳" or "Doyle"; "" where only a given name or a nickname is known.
        given: Such as "建国" or "Maggie"; several are parted by blanks, as in "玛丽 史密斯" for 玛丽·史密斯; "" where
            only the surname is known.
        before: What precedes and stays: "老", "阿", "Mrs. ".
        after: What follows and stays: "师傅".
    """

    chinese: bool
    surname: str
    given: str
    before: str = ""
    after: str = ""


def read_name(text: str) -> Name | None:
    """Take a name apart; None for a role, a word of kinship, or what is no name.

    Examples:
        >>> read_name("欧阳倩")
        Name(chinese=True, surname='欧阳', given='倩', before='', after='')
        >>> read_name("路人甲") is None
        True
    """
    text = text.strip()
    if not text or "的" in text or _POSSESSIVE.search(text) or _is_role(text):
        return None
    if _FOREIGN.fullmatch(text):
        return Name(True, "", _DOT.sub(" ", text))
    if _HAN.fullmatch(text):
        return _read_chinese(text)
    return _read_english(text)


def _is_role(text: str) -> bool:
    bare = _COUNTED.sub("", text).strip().casefold()
    return not bare or bare in words("roles")


def _read_chinese(text: str) -> Name | None:
    titled = _TITLED.fullmatch(text)
    if titled and (surname := _surname(titled["name"])):
        return Name(True, surname, titled["name"].removeprefix(surname), after=titled["title"])
    if titled and len(titled["title"]) > 1:
        return None  # "隔壁大爷"
    prefixed = _PREFIXED.fullmatch(text)
    if prefixed and text not in words("words"):
        rest = prefixed["name"]
        if prefixed["prefix"] != "阿" and _surname(rest) == rest:
            return Name(True, rest, "", before=prefixed["prefix"])
        if len(rest) == 1:
            return Name(True, "", rest, before=prefixed["prefix"])
    surname = _surname(text)
    if len(text) == 1 and not surname:
        return None
    if len(text) == 2 and text[0] == text[1]:
        surname = ""  # 妙妙
    if len(text) == 4 and not surname[1:]:
        surname = text[:2]  # 关谷神奇
    return Name(True, surname, text.removeprefix(surname)) if len(text) <= 4 else Name(True, "", text)


def _surname(text: str) -> str:
    if text[:2] in names("chinese", "double_surnames"):
        return text[:2]
    return text[:1] if text[:1] in names("chinese", "surnames") else ""


def _read_english(text: str) -> Name | None:
    titled = _ENGLISH_TITLE.match(text)
    before, parts = (titled.group(), text[titled.end() :].split()) if titled else ("", text.split())
    if not parts or not all(_TOKEN.fullmatch(part) for part in parts):
        return None
    if len(parts) > 1:
        return Name(False, parts[-1], " ".join(parts[:-1]), before)
    known = any(parts[0].title() in names("english", pool) for pool in ("male", "female", "pool_male", "pool_female"))
    return Name(False, "", parts[0]) if known and not before else Name(False, parts[0], "", before)


_DOT = re.compile(r"[·•・‧]")
_FOREIGN = re.compile(r"[\u3400-\u9fff]{2,}(?:[·•・‧][\u3400-\u9fff]{2,})+")
_HAN = re.compile(r"[\u3400-\u9fff]+")
_POSSESSIVE = re.compile(r"['’]s\s")
_COUNTED = re.compile(r"(?:[\s#＃_\-]*(?:[0-9０-９]+|(?<![A-Za-z])[A-Za-z]|(?<=.)[甲乙丙丁戊])|\s*[(（][^)）]*[)）])$")
_KIN = ("母亲", "父亲", "儿子", "女儿", "老公", "老婆", "媳妇", "丈夫", "妻子")
_TITLED = re.compile(rf"(?P<name>[\u3400-\u9fff]{{1,4}}?)(?P<title>{any_of((*words('titles'), *_KIN))})")
_PREFIXED = re.compile(r"(?P<prefix>[老小大阿])(?P<name>[\u3400-\u9fff]{1,2})")
_ENGLISH_TITLE = re.compile(r"(?:Mr|Mrs|Ms|Miss|Dr|Prof|Professor|Sir|Madam|Uncle|Aunt|Auntie)\b\.?\s+", re.IGNORECASE)
_TOKEN = re.compile(r"[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ'’.\-]*")
