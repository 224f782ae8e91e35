"""Stage 2: two-party dialogues out of utterances, and instructions without duplicates."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from roleinstruct.cleaning.duplicates import DuplicatePair, find_duplicates
from roleinstruct.cleaning.segments import SegmentOptions
from roleinstruct.cleaning.two_party import TwoPartyOptions, two_party
from roleinstruct.dataset.features import features
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import dialogue_of, dialogue_row, general_row, specific_row
from roleinstruct.dataset.tables import ByCharacter, TableWriter
from roleinstruct.errors import SourceError
from roleinstruct.grams import normalise
from roleinstruct.pipeline.data_blocks import CleaningConfig
from roleinstruct.pipeline.imported import imported_events, imported_instructions
from roleinstruct.pipeline.ledger import Ledger, open_ledger
from roleinstruct.pipeline.listener import Listener
from roleinstruct.records import Boundary, Dialogue, Instruction, Place, Rejected, Utterance

__all__ = ["dialogue_text", "likeness", "run_clean"]


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
        _clean_instructions(folder, config, ledger, explained)
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
            explained.extend(_explanations("turn", character, doubled, doubled))
            explained.extend(_explanations("dialogue", character, found.recorded, found.pairs))
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
        yield outcome.id, dialogue_text(outcome)


def dialogue_text(dialogue: Dialogue) -> str:
    """A dialogue as one text, a turn a line, for comparison."""
    return "\n".join(f"{u.speaker}: {u.text}" for u in dialogue.utterances)


def likeness(pair: DuplicatePair) -> dict[str, Any]:
    """What a row that was left out for another says of it in its payload: the other's id, and how alike they are."""
    return {"kept": pair.kept_id, "similarity": round(pair.similarity, 4)}


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


def _clean_instructions(folder: DataFolder, config: CleaningConfig, ledger: Ledger, explained: list[Any]) -> None:
    given = folder.by_character("imported/instructions")
    neutral = _neutral_answers(given, ledger)
    used: set[str] = set()
    with (
        folder.writer("cleaned/specific", features("specific").arrow_schema) as specific,
        folder.writer("cleaned/general", features("general").arrow_schema) as general,
    ):
        for character in given.names:
            rows = [row for row in imported_instructions(given.rows(character)) if row.responses]
            if not character:
                for row in rows:
                    _reject_instruction(row, "no_character", ledger, {})
                continue
            questions = [row for row in rows if row.kind == "specific"]
            for item in _distinct(questions, character, config, ledger, explained):
                specific.write(specific_row(item))
            merged = list(_merge_samples([row for row in rows if row.kind == "general"], ledger))
            found = find_duplicates(((item.id, item.instruction) for item in merged), config.instruction_similarity)
            explained.extend(_explanations("instruction", character, found.recorded, ()))
            for item in merged:
                key = normalise(item.instruction)
                used.add(key)
                plain = neutral.get(key)
                general.write(general_row(replace(item, raw_response=plain.raw_response) if plain else item))
    for key, row in neutral.items():
        if key in used:
            ledger.merged("general")
        else:
            payload = {"instruction": row.instruction, "raw_response": row.raw_response}
            ledger.reject(Rejected("general", "no_answer_in_character", "clean", _place(row), payload))


def _neutral_answers(given: ByCharacter, ledger: Ledger) -> dict[str, Instruction]:
    """The rows that bring a neutral answer and none in character, by the instruction's normal form."""
    neutral: dict[str, Instruction] = {}
    for character in given.names:
        for row in imported_instructions(given.rows(character)):
            if not row.responses and neutral.setdefault(normalise(row.instruction), row) is not row:
                payload = {"instruction": row.instruction, "raw_response": row.raw_response}
                ledger.reject(Rejected("general", "duplicate_instruction", "clean", _place(row), payload))
    return neutral


def _distinct(
    rows: list[Instruction], character: str, config: CleaningConfig, ledger: Ledger, explained: list[Any]
) -> Iterator[Instruction]:
    """The questions of one character without exact and near repetitions, the first one kept."""
    named = [replace(row, id=f"{character}-specific-{n:05d}") for n, row in enumerate(rows, 1)]
    found = find_duplicates(((row.id, row.instruction) for row in named), config.instruction_similarity)
    explained.extend(_explanations("instruction", character, found.recorded, found.pairs))
    dropped = {pair.dropped_id: pair for pair in found.pairs}
    for row in named:
        pair = dropped.get(row.id)
        if pair is None:
            yield replace(row, evidence=(str(row.place),))
            continue
        reason = "duplicate_instruction" if pair.exact else "near_duplicate_instruction"
        _reject_instruction(row, reason, ledger, likeness(pair))


def _merge_samples(rows: list[Instruction], ledger: Ledger) -> Iterator[Instruction]:
    """One row an instruction, in its first wording, with all the answers sampled for it; equal answers are one."""
    grouped: dict[str, list[Instruction]] = {}
    for row in rows:
        grouped.setdefault(normalise(row.instruction), []).append(row)
    for number, samples in enumerate(grouped.values(), 1):
        answers = [answer for row in samples for answer in row.responses]
        distinct = tuple(dict.fromkeys(answers))
        ledger.merged("general", len(samples) - 1)
        ledger.merged("answer", len(answers) - len(distinct))
        yield replace(
            samples[0],
            id=f"{samples[0].character}-general-{number:05d}",
            instruction=samples[0].instruction.strip(),
            responses=distinct,
            raw_response=next((row.raw_response for row in samples if row.raw_response is not None), None),
            evidence=tuple(str(row.place) for row in samples),
        )


def _reject_instruction(row: Instruction, reason: str, ledger: Ledger, more: dict[str, Any]) -> None:
    payload = {"instruction": row.instruction, "responses": list(row.responses), **more}
    ledger.reject(Rejected(row.kind, reason, "clean", _place(row), payload, character=row.character))
    if row.kind == "general":
        ledger.count_rejected("answer", reason, len(row.responses))


def _place(row: Instruction) -> Place:
    return row.place or Place("", 0, 0)


def _explanations(
    level: str, character: str, pairs: Collection[DuplicatePair], dropped: Collection[DuplicatePair]
) -> Iterator[dict[str, Any]]:
    """The pairs as rows of the report; `dropped` are those whose later item was left out for the earlier."""
    reasons = frozenset(dropped)
    for pair in pairs:
        yield {
            "level": level,
            "character": character,
            "earlier": pair.kept_id,
            "later": pair.dropped_id,
            "similarity": round(pair.similarity, 4),
            "exact": pair.exact,
            "shared": list(pair.shared),
            "dropped": pair in reasons,
        }
