"""Who can be a partner: one person, named, or unnamed where there is no other."""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from roleinstruct.records import Utterance

__all__ = ["Line", "tell_parties"]

_JOINT = re.compile(r"[、，,/／&＆+＋]|\band\b", re.IGNORECASE)
_EVERYBODY = frozenset(
    {"众人", "大家", "所有人", "全体", "全班", "旁白", "all", "everyone", "everybody", "both", "narrator"}
)
_NOBODY = frozenset({"", "其他", "其它", "其他人", "其它人", "others", "other"})


class Line(NamedTuple):
    """A line and who speaks it: the character (`leads`), a possible partner (its name), or neither."""

    utterance: Utterance
    leads: bool
    partner: str | None


def tell_parties(utterances: Iterable[Utterance], character: str, around: int) -> Iterator[Line]:
    """Tell for each line who speaks it, as far as two-party dialogues are concerned.

    Args:
        utterances: Lines in order.
        character: The lead.
        around: Lines on either side that an unnamed speaker ("其他") is the only other one in, if it is a partner.
    """
    stream = iter(utterances)
    ahead = deque(islice(stream, around + 1))
    behind: deque[Utterance] = deque(maxlen=around)
    while ahead:
        utterance = ahead[0]
        name = utterance.speaker
        if name == character:
            yield Line(utterance, True, None)
        elif _is_nobody(name):
            near = (u.speaker for side in (ahead, behind) for u in side)
            named = any(other != character and not _is_nobody(other) for other in near)
            yield Line(utterance, False, None if named else name)
        else:
            yield Line(utterance, False, None if _is_joint(name) else name)
        behind.append(ahead.popleft())
        ahead.extend(islice(stream, 1))


def _is_nobody(speaker: str) -> bool:
    return speaker.strip("()（）[]【】 ").casefold() in _NOBODY


def _is_joint(speaker: str) -> bool:
    return speaker.strip().casefold() in _EVERYBODY or _JOINT.search(speaker) is not None
