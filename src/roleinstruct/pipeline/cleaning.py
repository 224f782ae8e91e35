"""Stage 2: two-party dialogues out of utterances, and instructions without duplicates."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from roleinstruct.cleaning.duplicates import DuplicatePair, find_duplicates
from roleinstruct.cleaning.segments import SegmentOptions
from roleinstruct.cleaning.two_party import TwoPartyOptions, two_party
from roleinstruct.dataset.features import features
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import dialogue_of, dialogue_row
from roleinstruct.dataset.tables import TableWriter
from roleinstruct.errors import SourceError
from roleinstruct.pipeline.alike import explanations, likeness
from roleinstruct.pipeline.cleaning_instructions import clean_instructions
from roleinstruct.pipeline.data_blocks import CleaningConfig
from roleinstruct.pipeline.imported import imported_events
from roleinstruct.pipeline.ledger import Ledger, open_ledger
from roleinstruct.pipeline.listener import Listener
from roleinstruct.records import Boundary, Dialogue, Place, Rejected, Utterance

__all__ = ["run_clean"]


def run_clean(folder: DataFolder, config: CleaningConfig, listener: Listener) -> None:
    """Make `dialogues`, `cleaned/specific` and `cleaned/general` of what was imported.

    Dialogues and instructions are compared within one character: two characters who share a scene both keep it. General
    instructions are one, and find their neutral answer, where they differ in width, case, blanks and punctuation only.
    Near ones are recorded but never merged: many are one template with different inputs.

    The report "duplicates.json" holds every pair that is alike at all, with what was dropped for it, so that another
    threshold can be tried without reading the source again (see `Duplicates.recorded`).
    """
    explained: list[dict[str, Any]] = []
    with open_ledger(folder, "clean") as ledger:
        _clean_dialogues(folder, config, ledger, explained, listener)
        clean_instructions(folder, config, ledger, explained)
    folder.write_json(
        "reports/duplicates.json",
        {
            "dialogue_similarity": config.dialogue_similarity,
            "instruction_similarity": config.instruction_similarity,
            "pairs": explained,
        },
    )
    if not any(
        folder.has(table) for table in ("dialogues", "cleaned/specific", "cleaned/general", "imported/profiles")
    ):
        raise SourceError(_nothing_left(ledger))


def _nothing_left(ledger: Ledger) -> str:
    reasons = Counter[str]()
    for counts in ledger.summary().values():
        reasons.update(counts["rejected"])
    said = ", ".join(f"{n:,} {reason}" for reason, n in reasons.most_common())
    return (
        f"no dialogue is left after cleaning (lines left out: {said}); expected exchanges between the character and "
        "one partner: say with --character whom the data set is about, or see docs/dialogues.md for the reasons."
    )


def _clean_dialogues(
    folder: DataFolder, config: CleaningConfig, ledger: Ledger, explained: list[Any], listener: Listener
) -> None:
    said = folder.by_character("imported/utterances")
    with folder.writer("dialogues") as writer:
        for number, character in enumerate(said.names):
            listener.progress("cleaning", number, len(said.names))
            doubled: list[DuplicatePair] = []
            with folder.writer("cleaned/candidates", features("dialogues").arrow_schema) as candidates:
                events = imported_events(said.rows(character))
                texts = _candidates(events, character, config, candidates, ledger, doubled)
                found = find_duplicates(texts, config.dialogue_similarity)
            dropped = {pair.dropped_id: pair for pair in found.pairs}
            explained.extend(explanations("turn", character, doubled, doubled))
            explained.extend(explanations("dialogue", character, found.recorded, found.pairs))
            if not folder.has("cleaned/candidates"):
                continue
            for row in folder.rows("cleaned/candidates"):
                pair = dropped.get(row["dialogue_id"])
                if pair is None:
                    writer.write(row)
                else:
                    _reject_dialogue(dialogue_of(row), pair, ledger)
    folder.remove("cleaned/candidates")


def _candidates(
    events: Iterator[Utterance | Boundary],
    character: str,
    config: CleaningConfig,
    writer: TableWriter,
    ledger: Ledger,
    doubled: list[DuplicatePair],
) -> Iterator[tuple[str, str]]:
    """Write a character's dialogues aside, and yield each one's id and text."""
    if not character:
        for event in events:
            if isinstance(event, Utterance):
                ledger.reject(_utterance(event, "without_character", character))
        return
    options = TwoPartyOptions(
        max_interruption=config.max_interruption,
        min_turns=config.min_turns,
        segments=SegmentOptions(config.target_rounds, config.min_rounds, config.max_rounds),
    )
    for outcome in two_party(events, character, options, doubled.append):
        if isinstance(outcome, Rejected):
            ledger.reject(outcome)
            continue
        writer.write(dialogue_row(outcome))
        yield outcome.id, _text(outcome)


def _text(dialogue: Dialogue) -> str:
    """A dialogue as one text, a turn a line, for comparison."""
    return "\n".join(f"{u.speaker}: {u.text}" for u in dialogue.utterances)


def _reject_dialogue(dialogue: Dialogue, pair: DuplicatePair, ledger: Ledger) -> None:
    reason = "duplicate_dialogue" if pair.exact else "near_duplicate_dialogue"
    for utterance in dialogue.utterances:
        rejected = _utterance(utterance, reason, dialogue.character)
        payload = {**rejected.payload, "dialogue": dialogue.id, **likeness(pair)}
        ledger.reject(replace(rejected, payload=payload))


def _utterance(utterance: Utterance, reason: str, character: str) -> Rejected:
    payload = {
        "speaker": utterance.speaker,
        "text": utterance.text,
        "emotion": None if utterance.emotion is None else utterance.emotion.value,
    }
    place = utterance.place or Place("", 0, 0)
    return Rejected("utterance", reason, "clean", place, payload, lines=utterance.lines, character=character)
