"""Passwords and keys without a shape of their own: signs that look drawn, or stand where a password stands."""

import re
from collections.abc import Iterator

from roleinstruct.cleaning.privacy.spans import Span

__all__ = ["find_worded", "is_cue"]


def find_worded(text: str) -> Iterator[Span]:
    """Find what follows a word such as "password", and what looks drawn around one.

    Right behind the word, or one that leads to it ("is", ":", "改成"), letters with digits are a password, and so are
    digits alone. Of a key, and of a password a few words away, only what nobody would think of is one.

    Returns:
        Spans of the kind "password" or "key"; they may overlap.

    Examples:
        >>> [span.kind for span in find_worded("密码我改成 Summer2024 了")]
        ['password']
        >>> list(find_worded("the password is the name of my cat"))
        []
    """
    cues = list(_CUE.finditer(text))
    if cues:
        yield from _find_set(text)
    for cue in cues:
        kind = "password" if cue["password"] else "key"
        before, behind = max(0, cue.start() - _BEFORE), text[cue.end() : cue.end() + _BEHIND]
        if match := _LINKED.match(text, cue.end()):
            value = _trimmed(match["value"])
            if not _is_spared(text, cue.end(), match.start("value"), value) and _is_one(value, kind):
                yield Span(kind, match.start("value"), match.start("value") + len(value))
        line_end = _BREAK.search(behind)
        for start, end in ((before, cue.start()), (cue.end(), cue.end() + (line_end.start() if line_end else _BEHIND))):
            for match in _VALUE.finditer(text, start, min(len(text), end + _LONGEST)):
                if match.start() >= end or (end <= cue.start() < match.end()):
                    break
                value = _trimmed(match.group())
                if not _is_spared(text, cue.end(), match.start(), value) and _is_drawn(value, _STRICT):
                    yield Span(kind, match.start(), match.start() + len(value))


def is_cue(name: str) -> bool:
    """Whether a name, such as that of a column, says that a secret stands under it."""
    return _CUE.search(f"{name}:") is not None


def _find_set(text: str) -> Iterator[Span]:
    """A password of words alone where nothing but a password stands: in settings, and as a line by itself."""
    for shape in (_ASSIGNED, _ALONE, _CHINESE):
        for match in shape.finditer(text):
            if not _PLACEHOLDER.search(match["value"]) and not _NO_PASSWORD.search(match["value"]):
                yield Span("password", *match.span("value"))


def _is_one(value: str, kind: str) -> bool:
    """Whether what stands where a secret stands can be one."""
    if kind == "password":
        has_digit, is_bare = bool(re.search(r"\d", value)), value.isdecimal()
        return (has_digit and not is_bare and len(value) >= 6) or (is_bare and 4 <= len(value) <= 12)
    return _is_drawn(value, _LONGEST_UNIT)


def _is_drawn(value: str, short: float) -> bool:
    """Whether a piece of a value changes between small, large, digit and sign as words, names and dates do not."""
    for piece in _JOINT.split(value):
        units = len(_UNIT.findall(piece))
        if len(piece) < _LEAST or piece.isdecimal():
            continue
        if len(piece) < (_LONGEST_UNIT if len(piece) >= _LONG else short) * units or _HEXADECIMAL.fullmatch(piece):
            return True
    return False


def _is_spared(text: str, cue_end: int, start: int, value: str) -> bool:
    """Whether a value is a place to fill in, the name of a variable, or a digest that is told beside the word."""
    return bool(_PLACEHOLDER.search(value) or _DIGEST.search(text[min(cue_end, start) : max(cue_end, start)]))


def _trimmed(value: str) -> str:
    return value.rstrip(".!?,#*")


_BEFORE, _BEHIND, _LONGEST = 20, 40, 120
"""Signs in front of a word and behind it in which a secret is looked for, and the most that are read of it."""

_LEAST, _LONG = 8, 12
"""Signs of the piece that looks drawn, and of one that does not come about by chance."""

_LONGEST_UNIT = 2.6
"""Signs that a run of one sort has on the average in what is drawn: 1.4 of mixed letters and digits, 2.1 of hexadecimal
digits; 3 and more in names such as Llama3Instruct."""

_STRICT = 1.7
"""The same of a short piece that is only near: iPhone5s has 2."""

_CUE = re.compile(
    r"(?P<password>(?:passw(?:or)?ds?|passphrase|pass[\s_-]?code|pwd|(?<![a-z])pw|(?<![a-z])pass(?=[\"'\s]*[:=])"
    r"|(?<![a-z])pin(?:[\s_-]?code)?(?=\s*(?:[:=]|is|number|code)))(?![a-z])|密码|口令)"
    r"|(?:(?:api|secret|access|auth|private|account|subscription|master)[\s_-]?){1,3}(?:keys?|tokens?|id)(?![a-z])"
    r"|app[\s_-]?secret|secrets?(?![a-z])|token(?![a-z])|credentials?|密钥|秘钥|令牌"
    r"|(?<![a-z])key(?=[\"']?\s*=[^=]|\s*(?:is\b|是))",
    re.IGNORECASE,
)
_VALUE = re.compile(r"[A-Za-z0-9_+/!@#$%^&][A-Za-z0-9_+/=.~!@#$%^&*?-]{7,120}")
_LEADS = (
    r"[:=：＝]+>?|是|为|叫|成|到|填|用|写|改|换|设|还是|就是|(?<![a-z])(?:is|was|are|to|into|as|use|reads?|says?|called|named)"
    r"(?![a-z])"
)
_LINKED = re.compile(
    rf"(?:[^\n。！？；.!?;]{{0,40}}?(?:{_LEADS}))?(?:了|：|:)?[\s\"'`*“‘「『（(,，:：|]{{0,4}}"
    r"(?P<value>[A-Za-z0-9_+/=.~!@#$%^&*?-]{4,120})",
    re.IGNORECASE,
)
_NAME = r"(?:password|passwd|passphrase|pwd|(?<![a-z])pass|密码|口令)"
_ASSIGNED = re.compile(
    rf"{_NAME}(?:[\"']?\]?\s{{0,2}}=|[\"']\s{{0,2}}:)\s{{0,2}}(?P<quote>[\"'])(?P<value>[^\s\"'<>{{}}$]{{6,64}})(?P=quote)",
    re.IGNORECASE,
)
_ALONE = re.compile(
    rf"^\W{{0,8}}[\w.-]{{0,40}}?{_NAME}(?:[:：][ \t]{{0,4}}|=)(?P<value>[!-~]{{8,64}})[ \t]{{0,8}}$",
    re.IGNORECASE | re.MULTILINE,
)
_CHINESE = re.compile(
    r"(?:密码|口令)[是为]?[:：]\s?[“「\"']?(?P<value>[\u4e00-\u9fff]{1,12}\d{4,12})(?=[\s。！，,；;”」\"']|$)"
)
_NO_PASSWORD = re.compile(
    r"(?i)^(?:required|optional|string|boolean|varchar|hidden|redacted|removed|masked|encrypted|unchanged|forgotten"
    r"|(?:passw|secret)\w*|\W+)$|^[a-z_]+(?:\.[a-z_]+)+$|[()\[\]<>{}$\"',;]"
)
"""What stands there in programs and in what is told about them."""

_BREAK = re.compile(r"\n|[。！？]|[.!?;](?=\s)")
_HEXADECIMAL = re.compile(r"(?=.*[a-f])(?=.*\d)[0-9a-f]{24,}|(?=.*[A-F])(?=.*\d)[0-9A-F]{24,}")
_JOINT = re.compile(r"[-_./:=]+")
_UNIT = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|.")
_DIGEST = re.compile(r"(?i)digest|sha\d|hash|checksum|commit|revision|count|max|pad|eos|bos|unk|vocab")
_PLACEHOLDER = re.compile(
    r"(?i)^(?:(?:ctrl|shift|alt|cmd|option|meta)\+|your|example|none|null|true|false|todo|changeme|os\.|env|self\.|https?:|sha256)|[<>{}]|^\$|\*{3}|\.\.\."
    r"|x{4}|_(?:key|token|secret|password|env|name)$"
)
