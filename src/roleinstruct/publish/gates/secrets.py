"""Keys, tokens and passwords in a text: by the shapes that their issuers give them, and by words in front of them."""

import math
import re
from collections import Counter
from collections.abc import Iterator

from roleinstruct.cleaning.privacy.spans import Span

__all__ = ["find_secrets"]


def find_secrets(text: str) -> Iterator[Span]:
    """Find secrets.

    Returns:
        Spans in order, each of a kind such as "hugging-face-token" or "password"; none overlaps another.

    Examples:
        >>> [span.kind for span in find_secrets("api_key = 9fK2mQx7Lr4TzW8bVn3c")]
        ['api_key']
        >>> list(find_secrets("the password is the name of my cat"))
        []
    """
    found = [Span(kind, *match.span()) for kind, shape in _SHAPES for match in shape.finditer(text)]
    if _CUE_WORD.search(text):
        found += _after_cues(text)
    end = 0
    for span in sorted(found, key=lambda s: (s.start, -s.end)):
        if span.start >= end:
            yield span
            end = span.end


def _after_cues(text: str) -> Iterator[Span]:
    for match in _NAMED.finditer(text):
        value = match["value"]
        if _is_random(value) and not _PLACEHOLDER.search(value) and not _DIGEST.search(match["cue_tail"]):
            kind = re.sub(r"[\s_-]+", "_", match["cue"].lower())
            yield Span(kind if kind.isascii() else "password", *match.span("value"))


def _is_random(value: str) -> bool:
    """Whether a word looks drawn and not thought of: long, of several kinds of signs, with hardly any repeated."""
    kinds = sum(bool(re.search(signs, value)) for signs in ("[a-z]", "[A-Z]", "[0-9]", "[^a-zA-Z0-9]"))
    if len(value) < _SHORT or kinds < 2:
        return False
    return (len(value) < _LONG and kinds >= 3) or (len(value) >= _LONG and _entropy(value) >= _DRAWN)


def _entropy(value: str) -> float:
    """Shannon's entropy of the signs, in bits a sign."""
    counts = Counter(value)
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts.values())


_SHORT, _LONG = 8, 16
_DRAWN = 3.2
"""Bits a sign: names and paths of 16 signs and more lie mostly below, drawn ones above."""

_EDGE = r"(?<![A-Za-z0-9_])"
_SHAPES = tuple(
    (kind, re.compile(shape))
    for kind, shape in (
        ("private-key", r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
        ("hugging-face-token", _EDGE + r"(?:hf_|api_org_)[A-Za-z0-9]{30,}"),
        ("openai-key", _EDGE + r"sk-(?:proj-|svcacct-|ant-[a-z0-9]+-|or-v1-)?[A-Za-z0-9_-]{20,}"),
        ("aws-key", _EDGE + r"(?:AKIA|ASIA)[0-9A-Z]{16}(?![0-9A-Za-z])"),
        ("aliyun-key", _EDGE + r"LTAI[0-9A-Za-z]{12,24}(?![0-9A-Za-z])"),
        ("tencent-key", _EDGE + r"AKID[0-9A-Za-z]{13,40}(?![0-9A-Za-z])"),
        ("volcengine-key", _EDGE + r"AKLT[0-9A-Za-z]{20,60}"),
        ("baidu-key", _EDGE + r"bce-v3/ALTAK-[0-9A-Za-z]{10,}/[0-9a-f]{20,}"),
        ("zhipu-key", _EDGE + r"[0-9a-f]{32}\.[A-Za-z0-9]{16}(?![0-9A-Za-z])"),
        ("google-key", _EDGE + r"AIza[0-9A-Za-z_-]{35}"),
        ("google-token", _EDGE + r"ya29\.[0-9A-Za-z_-]{20,}"),
        ("github-token", _EDGE + r"(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})"),
        ("gitlab-token", _EDGE + r"glpat-[A-Za-z0-9_-]{20,}"),
        ("slack-token", _EDGE + r"xox[abeoprs]-[A-Za-z0-9-]{10,}"),
        ("slack-webhook", r"hooks\.slack\.com/services/T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]{16,}"),
        ("stripe-key", _EDGE + r"[rs]k_(?:live|test)_[A-Za-z0-9]{16,}"),
        ("sendgrid-key", _EDGE + r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
        ("npm-token", _EDGE + r"npm_[A-Za-z0-9]{36}"),
        ("pypi-token", _EDGE + r"pypi-[A-Za-z0-9_-]{40,}"),
        ("replicate-token", _EDGE + r"r8_[A-Za-z0-9]{30,}"),
        ("groq-key", _EDGE + r"gsk_[A-Za-z0-9]{40,}"),
        ("json-web-token", _EDGE + r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"),
        ("password-in-address", r"(?<=://)[^\s/:@\"'<>]+:[^\s/@\"'<>{}$]{3,}(?=@[\w.-])"),
        ("bearer-token", r"(?i:\bauthorization\b\W{1,5}bearer\s+|\bbearer\s+)(?-i:[A-Za-z0-9._~+/-]{24,}=*)"),
    )
)
"""What the issuers' own documents say of their keys."""

_CUES = (
    r"api[\s_-]?key|secret[\s_-]?(?:access[\s_-]?)?key|access[\s_-]?(?:key|token)|auth[\s_-]?token|client[\s_-]?secret"
    r"|secret|token|passw(?:or)?d|passphrase|pwd|credentials?|密钥|秘钥|口令|密码|令牌"
)
_CUE_WORD = re.compile(_CUES, re.IGNORECASE)
_NAMED = re.compile(
    rf"(?P<cue>{_CUES})(?P<cue_tail>[\w.-]{{0,12}})[\"'`*]*\s*(?:[:=：＝]|是|为|\bis\b|=>)+\s*[\"'`*]*"
    r"(?P<value>[A-Za-z0-9_+/=.~!@#$%^&*-]{8,200})",
    re.IGNORECASE,
)
_DIGEST = re.compile(r"(?i)digest|sha|hash|_id|count|s$")
_PLACEHOLDER = re.compile(
    r"(?i)^(?:your|my|the|example|none|null|true|false|todo|xxx+|changeme|sha256|os\.|env|self\.)|[<>{}$]|\*{3}|\.\.\.|x{6}"
)
