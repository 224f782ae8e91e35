"""A profile with what a model stated of the character: what was known stays, what is guessed says so."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from roleinstruct.generate.describing import describe
from roleinstruct.generate.statements import TRAITS, Statement, united
from roleinstruct.generate.vocabulary import preferred
from roleinstruct.profile_fields import INFERRED
from roleinstruct.records import CharacterProfile

__all__ = ["completed"]

_SHOWN = 5
"""Dialogues that are named for a statement, at most."""


def completed(profile: CharacterProfile, statements: Sequence[Statement], language: str) -> CharacterProfile:
    """Add statements to a profile.

    Args:
        profile: Its fields and traits stay; one that lists traits is given no further ones.
        statements: By field, as `statements.united` sorts them. Where a field has several, they stand side by side.
        language: "zh" or "en".

    Returns:
        The profile with the new fields behind its own, those without evidence last and as "inferred_" and the name.
        Evidence is "age: id, id" or "traits 乐观: id, id", five dialogues at most. The text is the profile's own, or
        else its fields in words. Without statements it is the profile as it came.
    """
    named = [replace(one, value=preferred(one.value, language)) if one.key == TRAITS else one for one in statements]
    new = [one for one in united(named) if one.key not in profile.fields and not (one.key == TRAITS and profile.traits)]
    if not new:
        return profile
    shown = [one for one in new if one.dialogues]
    keys = {one.key for one in shown}
    guessed = [replace(one, key=INFERRED + one.key) for one in new if not one.dialogues and one.key not in keys]
    made = replace(
        profile,
        language=language,
        fields={**profile.fields, **_fields(shown, language), **_fields(guessed, language)},
        traits=profile.traits or tuple(one.value for one in shown if one.key == TRAITS),
        evidence=tuple(dict.fromkeys((*profile.evidence, *map(_evidence, shown)))),
    )
    return made if made.text.strip() else replace(made, text=describe(made, language))


def _fields(statements: Iterable[Statement], language: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for one in statements:
        comma = ("、" if language == "zh" else ", ") if one.key.endswith(TRAITS) else "；" if language == "zh" else "; "
        fields[one.key] = f"{fields[one.key]}{comma}{one.value}" if one.key in fields else one.value
    return fields


def _evidence(one: Statement) -> str:
    what = f"{TRAITS} {one.value}" if one.key == TRAITS else one.key
    return f"{what}: {', '.join(one.dialogues[:_SHOWN])}"
