"""Character profiles: fields and traits out of profile text, and what the script shows of the character."""

import re
from collections.abc import Iterable
from dataclasses import replace

from roleinstruct.generate.observations import Observations
from roleinstruct.generate.traits import find_traits
from roleinstruct.language import language_of
from roleinstruct.profile_fields import field_named
from roleinstruct.records import CharacterProfile, Dialogue

__all__ = ["enrich", "parse_profile"]


def parse_profile(profile: CharacterProfile) -> CharacterProfile:
    """Read the fields that stand in the profile text as "label: value".

    Separators may be any of "；;，,。." and line ends, mixed; a value may hold them too. A label of the template (see
    `profile_fields`) opens a field after any of them. An unknown label opens one only after a strong separator (line
    end, semicolon, full stop) or with a capital, and becomes a field of that name. Text that stands under no label
    becomes the field "description". Nothing is lost: all that the fields leave out is labels, separators and blanks.

    Args:
        profile: Its `text` is read. Fields, traits and a language that it has already stay, and come first.

    Returns:
        The profile with fields, the traits that its traits field lists, the language of its text, and the place of
        the text as evidence.
    """
    fields = dict(profile.fields)
    for key, value in _segments(profile.text):
        fields[key] = _joined(fields.get(key, ""), value, language_of(profile.text))
    traits = (*profile.traits, *find_traits(fields.get("traits", ""), profile.character))
    place = [str(profile.place)] if profile.place is not None and str(profile.place) not in profile.evidence else []
    return replace(
        profile,
        language=profile.language or language_of(profile.text),
        fields=fields,
        traits=tuple(dict.fromkeys(traits)),
        evidence=(*profile.evidence, *place),
    )


def enrich(profile: CharacterProfile, dialogues: Iterable[Dialogue]) -> CharacterProfile:
    """Add what the script shows: partners, emotions, favourite phrases, length of a turn.

    One pass, in memory that does not grow with the number of dialogues. Without profile text the profile is made of
    this alone; a character with no dialogue is returned as it came.

    Args:
        profile: Whom it is about; dialogues of other characters are passed over.
        dialogues: In any order; emotions are counted where they are known.

    Returns:
        The profile with fields "observed_partners", "observed_emotions", "observed_phrases", "observed_turn_length",
        each as far as there is anything to say, and with evidence in the form "observed_phrases 哎呀妈呀: id, id, id",
        three dialogues at most, added to the evidence that is there.
    """
    seen = Observations(profile.character)
    for dialogue in dialogues:
        seen.add(dialogue)
    if not seen.dialogues:
        return profile
    language = profile.language or seen.language
    return replace(
        profile,
        language=language,
        fields={**profile.fields, **seen.fields(language)},
        evidence=tuple(dict.fromkeys((*profile.evidence, *seen.evidence()))),
    )


_LABEL = re.compile(
    r"(?:^|(?P<strong>[；;\n\r]|(?<=[。!！]))|(?P<weak>[，,、|]|(?<=\.)))"
    r"[\s*#>·•【\[「-]{0,40}(?P<label>[^\W\d](?:[^\W]|[ /'’-]){0,24}?)[\s*】\]」]{0,8}(?:：|:(?!//))[\s*]{0,40}"
)
_UNKNOWN_AT_MOST = {"zh": 8, "en": 24}
_SPEECH = ("说", "道", "问", "答", "喊", "叫", "says", "said")
_EDGES = " \t\r\n；;，,、|*"


def _segments(text: str) -> Iterable[tuple[str, str]]:
    """Key and value of each stretch of the text, in order."""
    openings = [found for found in _LABEL.finditer(text) if _opens(found)]
    starts = [found.start() for found in openings]
    lead = _trimmed(text[: starts[0]] if starts else text)
    if lead:
        yield _FREE, lead
    for found, end in zip(openings, [*starts[1:], len(text)], strict=False):
        label = found["label"].strip()
        value = _trimmed(text[found.end() : end])
        key = field_named(label)
        if value:
            yield key or label, value
        elif key is None:
            yield _FREE, label


_FREE = "description"


def _opens(found: re.Match[str]) -> bool:
    label = found["label"].strip()
    if field_named(label) is not None:
        return True
    language = language_of(label)
    if (found["weak"] is not None and not (language == "en" and label[0].isupper())) or label.casefold().endswith(
        _SPEECH
    ):
        return False
    return len(label) <= _UNKNOWN_AT_MOST.get(language, 0) and (language == "zh" or len(label.split()) <= _WORDS)


_WORDS = 3


def _trimmed(value: str) -> str:
    """Without separators at the edges; a full stop ends a sentence, but not a list of words."""
    value = value.strip(_EDGES)
    bare = value.rstrip("。." + _EDGES)
    return value if re.search(r"[。！？!?]|\. ", bare) else bare


def _joined(before: str, value: str, language: str) -> str:
    if not before or before == value:
        return value
    return f"{before}{'；' if language == 'zh' else '; '}{value}"
