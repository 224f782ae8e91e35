"""What is learned of the people of a source while it is read."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from roleinstruct.pipeline.listener import Listener
from roleinstruct.records import CharacterProfile

__all__ = ["Cast"]


@dataclass(slots=True)
class Cast:
    """What is learned of the characters while a source is read; "" stands for files outside any character's folder.

    Attributes:
        lines: By folder, how many lines each speaker has.
        profiles: Profile texts by the folder or the character that they name.
        folders: The characters' folders, in order.
        leads: By character, the speakers that were taken for it.
        files: What each file was taken for, for the report.
        notices: What was worth saying, likewise.
    """

    lines: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    profiles: dict[str, list[CharacterProfile]] = field(default_factory=lambda: defaultdict(list))
    folders: list[str] = field(default_factory=list)
    leads: dict[str, tuple[str, ...]] = field(default_factory=dict)
    files: list[dict[str, Any]] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def notice(self, message: str, listener: Listener) -> None:
        """Say something worth knowing, and keep it for the report."""
        self.notices.append(message)
        listener.say(message)
