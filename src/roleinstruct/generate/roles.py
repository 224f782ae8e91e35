"""Who answers: a character's persona, and how the character talks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from roleinstruct.generate.describing import spoken
from roleinstruct.generate.examples import EXAMPLES, Example, telling
from roleinstruct.records import CharacterProfile, Dialogue

__all__ = ["Role"]


@dataclass(frozen=True, slots=True)
class Role:
    """Who answers.

    Attributes:
        character: Name.
        language: "zh" or "en": that of the prompt.
        persona: Who the character is, in words.
        examples: How the character talks; see `examples.telling` and `repertoire`.
    """

    character: str
    language: str
    persona: str
    examples: tuple[Example, ...]

    @classmethod
    def of(cls, profile: CharacterProfile, persona: str, dialogues: Sequence[Dialogue]) -> "Role":
        """Make a role of a profile, its persona in words, and the dialogues, of which only the character's count."""
        mine = [dialogue for dialogue in dialogues if dialogue.character == profile.character]
        return cls(profile.character, spoken(profile, mine), persona.strip(), telling(profile.character, mine))

    def showing(self, nearest: Sequence[Example]) -> "Role":
        """The same role with examples for one instruction, filled up with those that it has."""
        return replace(self, examples=(*nearest, *self.examples)[:EXAMPLES])

    @property
    def samples(self) -> str:
        """The examples as a prompt has them."""
        partner, colon, nothing = _WORDS[self.language]
        lines = (f"{partner}{colon}{one.said}\n{self.character}{colon}{one.answer}" for one in self.examples)
        return "\n\n".join(lines) or nothing


_WORDS = {
    "zh": ("对方", "：", "（没有留下，按介绍来说）"),
    "en": ("Other", ": ", "(There are none; go by the description.)"),
}
