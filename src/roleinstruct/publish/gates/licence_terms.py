"""What licences ask of those who publish what they made of a work, and which go together."""

import re
from dataclasses import dataclass
from unicodedata import normalize

from roleinstruct.publish.card_words import LICENCES

__all__ = ["Terms", "normal", "terms_of", "why_not"]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a licence asks.

    Attributes:
        may_be_changed: Whether what was made of the work may be published at all.
        is_free: It asks nothing, not even to be named.
        is_noncommercial: It is not for commerce, or for research alone.
        kept: The licences under which alone what was made of the work may be published; none for any that fits.
    """

    may_be_changed: bool = True
    is_free: bool = False
    is_noncommercial: bool = False
    kept: frozenset[str] = frozenset()


def why_not(ours: str, theirs: str) -> str:
    """Why what was made of a work cannot be published under a licence, as in "… is under gpl-3.0, which …".

    Args:
        ours: The licence of what is published.
        theirs: The licence of the work.

    Returns:
        "" where it can be.

    Examples:
        >>> why_not("mit", "CC BY-SA 4.0")
        'has to be kept for what is made of it'
        >>> why_not("cc-by-nc-sa-4.0", "cc-by-nc-sa-3.0")
        ''
    """
    ours, theirs = normal(ours), normal(theirs)
    asked, given = terms_of(theirs), terms_of(ours) or Terms()
    if asked is None:
        return "" if ours == theirs else "nobody here knows"
    if not asked.may_be_changed:
        return "lets nobody publish what was made of it"
    if asked.is_noncommercial and not given.is_noncommercial:
        return "is not for commerce"
    if asked.kept and ours not in asked.kept:
        return "has to be kept for what is made of it"
    if given.is_free and not asked.is_free:
        return "has to be named with what is made of it"
    return ""


def terms_of(licence: str) -> Terms | None:
    """What a licence asks, by the Hub's name of it or by its words; None where that is not known.

    Args:
        licence: As `normal` writes it.
    """
    if _RESERVED.search(licence):
        return Terms(may_be_changed=False)
    if common := _CREATIVE.fullmatch(licence):
        return _creative(common["parts"] or "", common["version"])
    if licence in LICENCES and licence not in _UNSAID:
        if licence in _FREE or licence in _NAMED:
            return Terms(is_free=licence in _FREE)
        kept = frozenset({licence, *_ALSO.get(licence, "").split()})
        return Terms(is_noncommercial=bool(_NOT_FOR_COMMERCE.search(licence)), kept=kept)
    return Terms(is_noncommercial=True) if _NOT_FOR_COMMERCE.search(licence) else None


def normal(licence: str) -> str:
    """The name that the Hub has for a licence, or else what is written, small and with dashes for blanks.

    Examples:
        >>> normal("CC BY-NC 4.0"), normal("GPLv3"), normal("https://creativecommons.org/licenses/by-sa/3.0/")
        ('cc-by-nc-4.0', 'gpl-3.0', 'cc-by-sa-3.0')
    """
    found = normalize("NFKC", licence).casefold().strip()
    for shape, name in _SPELLINGS:
        found = shape.sub(name, found)
    return found.strip("-")


def _creative(parts: str, version: str | None) -> Terms:
    """A licence of Creative Commons; what is kept is so under its later versions too (its section on adaptations)."""
    kept: set[str] = set()
    if parts.endswith("-sa"):
        kept = {f"cc-by{parts}-{later}" for later in _VERSIONS if later >= (version or "")}
        kept |= {"gpl-3.0"} if parts == "-sa" and version == "4.0" else set()  # as their stewards agreed in 2015
    return Terms(not parts.endswith("-nd"), is_noncommercial="-nc" in parts, kept=frozenset(kept))


_VERSIONS = ("2.0", "2.5", "3.0", "4.0")
_CREATIVE = re.compile(r"cc-by(?P<parts>(?:-nc)?(?:-sa|-nd)?)(?:-(?P<version>\d\.\d))?(?:-[a-z]{2,4})?")

_FREE = frozenset("cc0-1.0 pddl unlicense wtfpl".split())
_NAMED = frozenset(
    """
    mit apache-2.0 afl-3.0 artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear cdla-permissive-1.0
    cdla-permissive-2.0 ecl-2.0 etalab-2.0 isc apple-ascl odc-by openmdw-1.0 postgresql ncsa zlib
    """.split()
)
"""These ask to be named, and no more; every other one that the Hub knows goes on with what is made of the work."""

_ALSO = {
    "gpl": "gpl-2.0 gpl-3.0",
    "lgpl": "lgpl-2.1 lgpl-3.0 gpl gpl-2.0 gpl-3.0",
    "lgpl-2.1": "gpl-2.0 gpl-3.0",
    "lgpl-3.0": "gpl-3.0",
    "mpl-2.0": "gpl-2.0 gpl-3.0 lgpl-2.1 lgpl-3.0 agpl-3.0",
}
"""The licences that one names as its likes; nothing goes back from them."""

_UNSAID = frozenset({"cc", "other", "unknown"})
_RESERVED = re.compile(
    r"^(?:none|no|nil|n/?a|closed|private|copyright(?:ed)?|©.*|无|没有)$|all-rights-reserved|proprietary|unlicensed"
    r"|no-(?:licen[cs]e|permission)|not-licensed|未.{0,2}授权|未.{0,2}许可|无授权|无许可|保留.{0,4}权利|版权所有|禁止(?:转载|演绎)"
)
_NOT_FOR_COMMERCE = re.compile(
    r"(?:^|-)nc(?:-|$)|non-?commercial|not-for-commerc|no-commercial|research|academic|education|deepfloyd|apple-amlr"
    r"|非商|(?:不得|不可|不能|禁止|不允许).{0,6}商|学术|研究|教学|科研"
)
_SPELLINGS = tuple(
    (re.compile(shape), name)
    for shape, name in (
        (r"^(?:spdx:\s*)?<?(?:https?://)?(?:www\.)?creativecommons\.org/licenses/([a-z-]+)/(\d\.\d).*$", r"cc-\1-\2"),
        (
            r"^<?(?:https?://)?(?:www\.)?creativecommons\.org/publicdomain/zero.*$|^cc-?0$|^public domain$|^公有领域$",
            "cc0-1.0",
        ),
        (r"creative commons|知识共享", "cc"),
        (r"attribution|署名", "by"),
        (r"non-?commercial(?=.*(?:alike|deriv|\d\.\d))|非商业性使用", "nc"),
        (r"share-?alike|相同方式共享", "sa"),
        (r"no[- ]?deriv(?:ative)?s?|禁止演绎", "nd"),
        (r"[\s_,–—-]+", "-"),
        (r"^the-|-(?:international|unported|generic|public)(?=-|$)|-?licen[cs]e(?=-v|-\d|$)|-version(?=-\d)", ""),
        (r"^(?:gnu-)?(a?gpl|lgpl)-?v?(\d)(?:\.(\d))?(?:-only|-or-later|\+)?$", r"\1-\2.\3"),
        (r"(?<=gpl-\d\.)$", "0"),
        (r"^apache-?v?2(?:\.0)?$", "apache-2.0"),
        (r"^(llama)-?(\d(?:\.\d)?)(?:-community)?$", r"\1\2"),
        (r"^cc-?(?=by)", "cc-"),
        (r"(?<=-)v(?=\d\.\d$)", ""),
    )
)
"""In this order: addresses, words, blanks, and what stands around a name."""
