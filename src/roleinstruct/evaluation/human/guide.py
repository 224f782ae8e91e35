"""The instructions for raters as Markdown, with the profiles: for those who fill the CSV and see no page."""

from collections.abc import Mapping
from typing import Literal

from roleinstruct.evaluation.human.dimensions import DIMENSIONS, RULES, Wording
from roleinstruct.profile_fields import is_told
from roleinstruct.records import CharacterProfile

__all__ = ["Language", "fields_for_people", "guide", "languages_of"]

Language = Literal["zh", "en", "both"]
"""What raters read."""

_TITLES = {"zh": "# 给回答打分", "en": "# Rate the answers"}
_COLUMNS = {
    "zh": "表格里一行是一个回答。分数填在下面三列里，想说的话写在 `note`；其他格子请不要动。",
    "en": "A row of the table is one answer. Scores go into the three columns below, remarks into `note`; "
    "please leave the other cells as they are.",
}
_PROFILES = {"zh": "# 人物资料", "en": "# Profiles"}


def languages_of(language: Language) -> tuple[str, ...]:
    """The languages of a choice, Chinese first."""
    return ("zh", "en") if language == "both" else (language,)


def guide(language: Language, profiles: Mapping[str, CharacterProfile]) -> str:
    """Rules, definitions and profiles.

    Args:
        language: "zh", "en", or "both", one after the other.
        profiles: By character.
    """
    wanted = languages_of(language)
    parts = [_rules(one) for one in wanted]
    parts.append(" / ".join(_PROFILES[one].removeprefix("# ") for one in wanted).join(("# ", "")))
    for character, profile in profiles.items():
        fields = [f"- {name}: {value}" for name, value in fields_for_people(profile)]
        parts.append("\n".join((f"## {character}", "", *fields, *(("",) if fields else ()), profile.text)).rstrip())
    return "\n\n".join(parts) + "\n"


def fields_for_people(profile: CharacterProfile) -> list[tuple[str, str]]:
    """The fields that a rater reads, by name: none beside a text, and none of what was only counted in the source."""
    if profile.text.strip():
        return []
    return [(name.replace("_", " "), value) for name, value in profile.fields.items() if value and is_told(name)]


def _rules(language: str) -> str:
    lines = [_TITLES[language], "", *(f"- {rule}" for rule in RULES[language]), "", _COLUMNS[language], ""]
    for dimension in DIMENSIONS:
        words: Wording = getattr(dimension, language)
        lines.append(f"- `{dimension.name}` **{words.name}**: {words.asks} 1 = {words.low}; 5 = {words.high}")
    return "\n".join(lines)
