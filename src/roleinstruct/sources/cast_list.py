"""The list of its people that a script may begin with: a heading such as 人物表 or CHARACTERS, and who they are below.

Its lines look like speech ("赵淑兰：五十八岁，退休女工"), but are told from it by where they stand: the list ends at a
blank line behind a line of it, at a scene, a stage direction or the script's own data, and at the latest where a name
comes again, for a list names everybody once.
"""

import re
from dataclasses import dataclass, field

from roleinstruct.profile_fields import field_named
from roleinstruct.records import CharacterProfile, Place
from roleinstruct.sources.headings import heading_title, is_transition
from roleinstruct.sources.phrases import is_direction
from roleinstruct.sources.speakers import Cue, is_label, is_narrator, split_speaker, tidy_name

__all__ = ["CastList", "listed_person"]


@dataclass(slots=True)
class CastList:
    """Follows a script line by line and tells which lines list its people.

    Attributes:
        spaced: Blank lines stand between every two lines and mean nothing, so they end no list either.
    """

    spaced: bool
    _open: bool = False
    _begun: bool = False
    _names: set[str] = field(default_factory=set)

    def holds(self, line: str) -> bool:
        """Whether the next line of the script, blank ones included, is the heading of such a list or stands in one."""
        if _HEADING.fullmatch(line.strip(_MARKS)):
            self._open, self._begun, self._names = True, False, set()
            return True
        if self._open and line.strip():
            self._open = self._goes_on(line)
            self._begun = True
        elif self._open:
            self._open = self.spaced or not self._begun
            return False
        return self._open

    def _goes_on(self, line: str) -> bool:
        if heading_title(line) is not None or is_label(line) or is_transition(line) or is_direction(line):
            return False
        cue = split_speaker(line)
        if cue is None and self.spaced:
            return False
        names = {cue.name} if cue else {tidy_name(part) for part in _BETWEEN.split(line) if part}
        known = not names.isdisjoint(self._names)
        self._names |= names
        return not (cue and known and field_named(cue.name) is None)


def listed_person(line: str, place: Place) -> CharacterProfile | None:
    """What a line of such a list says of somebody, "Name：what they are"; None for a line of another kind."""
    cue = split_speaker(line)
    if cue is None or not cue.text or field_named(cue.name) or is_narrator(cue.name):
        return None
    return CharacterProfile(cue.name, text=_told(cue), place=place)


_MARKS = " \t\u3000#*_【】[]［］《》:：—=-"
_HEADING = re.compile(
    r"(?:(?:主要|出场|登场|剧中|全剧|本集|出場|登場|劇中)?(?:人物|角色)"
    r"(?:表|介绍|简介|小传|列表|一览|设定|说明|介紹|簡介|小傳|設定|說明)?|演员表|演职员表|演員表|剧中人|劇中人"
    r"|(?:(?:the|main|list of|cast of) )*(?:cast|characters|cast list|character list|dramatis personae)"
    r"|persons (?:of|in) the (?:play|drama))"
    r"(?:\s*[(（][^()（）]*[)）]| in order of [a-z]+)?",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"[、，,;；/&\s]+")


def _told(cue: Cue) -> str:
    """What stands behind a name, an age in brackets too."""
    aside = cue.aside.strip("()（）[]【】 ")
    return (", " if cue.text.isascii() else "，").join(filter(None, (aside, cue.text)))
