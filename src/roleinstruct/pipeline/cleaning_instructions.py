"""Instructions without duplicates, and all answers to a general one together."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from roleinstruct.cleaning.duplicates import find_duplicates
from roleinstruct.dataset.features import features
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import general_row, specific_row
from roleinstruct.dataset.tables import ByCharacter
from roleinstruct.grams import normalise
from roleinstruct.pipeline.alike import explanations, likeness
from roleinstruct.pipeline.data_blocks import CleaningConfig
from roleinstruct.pipeline.imported import imported_instructions
from roleinstruct.pipeline.ledger import Ledger
from roleinstruct.records import Instruction, Place, Rejected

__all__ = ["clean_instructions"]


def clean_instructions(folder: DataFolder, config: CleaningConfig, ledger: Ledger, explained: list[Any]) -> None:
    """Make `cleaned/specific` and `cleaned/general`.

    Args:
        folder: The data set folder, with what was imported.
        config: How alike two instructions may be.
        ledger: Where everything that is left out is accounted for.
        explained: Takes the pairs that are alike, as rows of the report.
    """
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
            explained.extend(explanations("instruction", character, found.recorded, ()))
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
    explained.extend(explanations("instruction", character, found.recorded, found.pairs))
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
