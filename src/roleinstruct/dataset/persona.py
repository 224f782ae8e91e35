"""The system prompt that says who speaks, made of a profile: in training, in the benchmark and in a chat."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from roleinstruct.errors import ConfigError
from roleinstruct.profile_fields import INFERRED, is_told, label
from roleinstruct.prompting import Prompt, read_prompt
from roleinstruct.records import CharacterProfile

__all__ = ["PERSONAS", "PHRASINGS", "persona", "read_personas", "write_personas"]

PERSONAS = "personas.json"
"""The file of an adapter's folder that holds the system prompts that it was trained with, shortened as they were."""

PHRASINGS = 4
"""How many ways of saying it there are in `prompts/persona.*.md`; the first is the one that everybody is asked by."""


def persona(profile: CharacterProfile, *, phrasing: int = 0, fits: Callable[[str], bool] = lambda prompt: True) -> str:
    """Say who speaks: the profile's text as it is, or else its fields.

    A prompt that does not fit is shortened. Where the fields hold at least half of the text, they are taken in its
    place, the most important first (see `_IMPORTANT`: traits, background, what the profile has beyond the template,
    relationships, family and so on to favourite films), as long as they fit, and said in the profile's order. The first
    that does not fit, or else the text, is cut at the end of a sentence, never within one. A profile of which nothing
    fits leaves the bare sentence with the name.

    Args:
        profile: Of the character; its language chooses that of the prompt, Chinese where it is not known.
        phrasing: Which way of saying it, 0 to `PHRASINGS` - 1.
        fits: Whether a prompt is short enough.
    """
    language = "en" if profile.language == "en" else "zh"

    def said(about: str) -> str:
        # A phrasing that points at what is told of the person says nothing where nothing is.
        prompt = _phrasings(language)[phrasing if about else 0]
        return prompt.user(character=profile.character, about=about).strip()

    fields = {key: value for key, value in profile.fields.items() if is_told(key)}
    whole = profile.text or _listed(fields, language)
    if fits(said(whole)):
        return said(whole)
    if 2 * sum(map(len, fields.values())) >= len(profile.text):
        return said(_fewer(fields, language, lambda about: fits(said(about))))
    return said(_cut(whole, lambda about: fits(said(about))))


def write_personas(file: Path, personas: Mapping[str, str]) -> None:
    """Keep the system prompt of each character, so that a model is asked with the very words of its training."""
    file.write_text(json.dumps(dict(personas), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def read_personas(file: Path) -> dict[str, str]:
    """Read what `write_personas` wrote.

    Raises:
        ConfigError: The file is not there, or holds something else.
    """
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{file} cannot be read as the system prompts of a training ({error}): check it.") from error
    if not (isinstance(found, dict) and all(isinstance(text, str) for text in found.values())):
        raise ConfigError(f"{file} holds no system prompts; expected a JSON object with one text for each character.")
    return found


_IMPORTANT = (
    "traits", "background", "", "relationships", "family", "age", "dream", "hobbies", "specialties", "dislikes",
    "favourite_foods", "birthday", "zodiac", "height", "weight", "favourite_sports", "favourite_colour",
    "favourite_series", "favourite_films", "name",
)  # fmt: skip
"""Fields, the most important first; "" stands for those that are not in the template. The name is said anyway."""

_RANK = {key: rank for rank, key in enumerate(_IMPORTANT)}

_END = re.compile(r"[。！？!?；;\n]+[”’」』\"）)]*|\.(?=\s|\Z)")


def _phrasings(language: str) -> list[Prompt]:
    found = read_prompt("roleinstruct.dataset", "persona", language)
    return [Prompt("", text.strip()) for text in (found.system, *found.template.split("\n---\n"))]


def _listed(fields: dict[str, str], language: str) -> str:
    if language == "en":
        return " ".join(f"{label(key, language)}: {value.removesuffix('.')}." for key, value in fields.items())
    return "；".join(f"{label(key, language)}：{value.removesuffix('。')}" for key, value in fields.items())


def _fewer(fields: dict[str, str], language: str, fits: Callable[[str], bool]) -> str:
    kept: dict[str, str] = {}

    def listed(more: dict[str, str]) -> str:
        return _listed({key: (kept | more)[key] for key in fields if key in kept or key in more}, language)

    for key in sorted(fields, key=lambda key: _RANK.get(key.removeprefix(INFERRED), _RANK[""])):
        if not fits(listed({key: fields[key]})):
            part = _cut(fields[key], lambda value, key=key: fits(listed({key: value})))  # type: ignore[misc]
            return listed({key: part} if part else {})
        kept[key] = fields[key]
    return listed({})


def _cut(text: str, fits: Callable[[str], bool]) -> str:
    """The longest beginning of whole sentences that fits, or ""."""
    ends = [found.end() for found in _END.finditer(text)]
    parts = (text[:end].rstrip(" ；;\n") for end in reversed(ends))
    return next((part for part in parts if fits(part)), "")
