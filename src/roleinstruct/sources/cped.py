"""The CPED corpus: CSV with a speaker, their gender, age and Big Five, an emotion and a dialogue id on each row."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from roleinstruct.errors import SourceError
from roleinstruct.records import Boundary, CharacterProfile, Event, Place, Rejected, Utterance
from roleinstruct.sources.delimited import Row, header_of, records
from roleinstruct.sources.labels import Labels
from roleinstruct.sources.reading import Head, ReadOptions
from roleinstruct.sources.text import lines

__all__ = ["EMOTIONS", "fits", "read"]

EMOTIONS: Mapping[str, str] = {
    "happy": "happiness",
    "happiness": "happiness",
    "grateful": "other",
    "relaxed": "other",
    "positive-other": "other",
    "neutral": "neutral",
    "anger": "anger",
    "sadness": "sadness",
    "fear": "fear",
    "depress": "frustration",
    "disgust": "disgust",
    "astonished": "surprise",
    "worried": "fear",
    "negative-other": "other",
}
"""CPED's 13 emotions (one in two spellings) to the ten, as the RoleCraft-GLM release maps the lines that it took."""


def fits(head: Head) -> str | None:
    """The first row names CPED's columns."""
    return "CPED's columns" if set(header_of(head, ",")) >= _NEEDED else None


def read(head: Head, options: ReadOptions) -> Iterator[Event]:
    """Yield a boundary before each dialogue, the utterances, and at the end a profile for each speaker.

    A profile holds what the rows say of the speaker; where they disagree, what most of them say.

    Args:
        head: The file.
        options: `labels` replaces `EMOTIONS`.

    Raises:
        SourceError: The file lacks CPED's columns, or has no row beneath them.
    """
    header = header_of(head, ",")
    if not set(header) >= _NEEDED:
        missing = ", ".join(sorted(_NEEDED - set(header)))
        raise SourceError(f"{head.name} lacks CPED's column {missing}: choose the format table and give a column map.")
    labels = Labels(options.labels or EMOTIONS, only_table=True)
    people: dict[str, _Person] = {}
    dialogue: str | None = None
    found = records(lines(head), ",")
    next(found)
    for row in found:
        place = Place(head.name, row.first, row.last)
        cells = dict(zip(header, row.cells, strict=False))
        event = _utterance(row, cells, len(header), place)
        if isinstance(event, Rejected):
            yield event
            continue
        if cells["Dialogue_ID"] != dialogue:
            dialogue = cells["Dialogue_ID"]
            yield Boundary("id", dialogue, place)
        emotion, notice = labels.read(cells["Emotion"], place)
        if notice:
            yield notice
        yield Utterance(event.speaker, event.text, emotion, place, tag=cells["Emotion"])
        people.setdefault(event.speaker, _Person(place)).note(cells)
    if dialogue is None:
        raise SourceError(f"{head.name} has CPED's columns and not one utterance: check that the file is complete.")
    for speaker, person in people.items():
        yield CharacterProfile(speaker, "zh", person.fields(), place=person.place)


_NEEDED = {"Dialogue_ID", "Speaker", "Emotion", "Utterance"}
_TRAITS = (
    "Gender", "Age", "Neuroticism", "Extraversion", "Openness", "Agreeableness", "Conscientiousness",
)  # fmt: skip


class _Person:
    """What the rows say of a speaker: each value with the number of rows that have it."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._values: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def note(self, cells: Mapping[str, str]) -> None:
        """Count a row's values; "unknown" is none."""
        for trait in _TRAITS:
            value = cells.get(trait, "").strip()
            if value and value.casefold() != "unknown":
                self._values[trait.casefold()][value] += 1

    def fields(self) -> dict[str, str]:
        """The most frequent value of each."""
        return {trait: counts.most_common(1)[0][0] for trait, counts in self._values.items()}


def _utterance(row: Row, cells: Mapping[str, str], width: int, place: Place) -> Utterance | Rejected:
    if row.problem:
        return Rejected("utterance", "broken_row", "import", place, {"text": row.text, "why": row.problem})
    if len(row.cells) != width:
        reason = "short_row" if len(row.cells) < width else "long_row"
        return Rejected("utterance", reason, "import", place, {"cells": row.cells})
    speaker, text = cells["Speaker"].strip(), cells["Utterance"].strip()
    if not speaker or not text:
        reason = "empty_text" if speaker else "missing_speaker"
        return Rejected("utterance", reason, "import", place, dict(cells), character=speaker)
    return Utterance(speaker, text, place=place)
