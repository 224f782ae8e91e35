"""Stage 6: the splits, the rows that are trained on, and the benchmark."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack

from roleinstruct.dataset.derived import benchmark_rows, chat_rows
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.persona import persona
from roleinstruct.dataset.rows import general_row, instruction_of, profile_of, specific_row
from roleinstruct.dataset.splits import UNSEEN, Splits, held_out, instruction_key
from roleinstruct.dataset.tables import TableWriter
from roleinstruct.pipeline.answering import ANSWERED
from roleinstruct.pipeline.data_blocks import SplitsConfig
from roleinstruct.pipeline.ledger import Ledger, answers_in, open_ledger, place_of
from roleinstruct.records import Instruction, Rejected

__all__ = ["MIXED", "run_mix", "write_mixed"]

MIXED = ("cleaned/specific", "asked/specific", "cleaned/general", ANSWERED)
"""The working tables that are mixed, in this order."""


def run_mix(folder: DataFolder, config: SplitsConfig) -> None:
    """Write `specific`, `general`, `chat` and `benchmark` of what was cleaned and asked.

    An instruction text is in one split only, whoever answers it, and so is everything that was taken from one dialogue.
    A held-out character's own questions make the split "unseen" of `specific` and `chat`. What that character shares
    with others, answers to general instructions above all, is left out of `chat`.
    """
    splits = Splits(config.validation, config.test, _hidden(folder, config.held_out_characters))
    with open_ledger(folder, "mix") as ledger:
        write_mixed(folder, _split_rows(folder, splits, ledger), config, splits.unseen)


def write_mixed(
    folder: DataFolder, items: Iterable[tuple[Instruction, str]], config: SplitsConfig, unseen: frozenset[str]
) -> None:
    """Write the tables of instructions that have their splits, and the report "mixture.json".

    Args:
        folder: With its profiles.
        items: The instructions with their splits, the specific ones first.
        config: By which they were split.
        unseen: The characters that are held out whole.
    """
    personas = {row["character"]: persona(profile_of(row)) for row in folder.rows("profiles")}
    withheld: Counter[str] = Counter()
    with ExitStack() as stack:
        out = {c: stack.enter_context(folder.writer(c)) for c in ("specific", "general", "chat", "benchmark")}
        for item, split in items:
            row = specific_row(item) if item.kind == "specific" else general_row(item)
            out[item.kind].write(row, split)
            if item.character in unseen and split != UNSEEN:
                withheld[item.character] += len(item.responses)
            else:
                _write_chat(item, split, personas[item.character], out["chat"])
            if split in ("test", UNSEEN):
                for question in benchmark_rows(item):
                    out["benchmark"].write(question, "test")
    folder.write_json(
        "reports/mixture.json",
        {
            "validation": config.validation,
            "test": config.test,
            "held_out_characters": sorted(unseen),
            "answers_withheld_from_chat": dict(sorted(withheld.items())),
        },
    )


def _hidden(folder: DataFolder, count: int) -> frozenset[str]:
    """The characters to hold out, of those who have questions of their own; none where there are fewer than three."""
    names = [*folder.by_character("cleaned/specific").names, *folder.by_character("asked/specific").names]
    return held_out(names, count if len(set(names)) > 2 else 0)


def _write_chat(item: Instruction, split: str, system: str, writer: TableWriter) -> None:
    for row in chat_rows(item, system):
        writer.write(row, split)


def _split_rows(folder: DataFolder, splits: Splits, ledger: Ledger) -> Iterator[tuple[Instruction, str]]:
    """Every instruction with its split.

    One whose text has gone to another split by its dialogue is rejected, and so is one that joins dialogues of several.
    """
    said = _said(folder)
    seen = set(_seen(folder, splits.unseen))
    taken: dict[str, str] = {}
    for item in _items(folder):
        key = instruction_key(item.instruction)
        dialogues = [line.removeprefix("dialogue: ") for line in item.evidence if line.startswith("dialogue: ")]
        found = {splits.of(instruction_key(item.instruction, said.get(dialogue, ""))) for dialogue in dialogues or [""]}
        split = min(found)
        if item.kind == "specific" and item.character in splits.unseen and key not in seen:
            split = UNSEEN
        if (len(found) == 1 or split == UNSEEN) and taken.setdefault(key, split) == split:
            yield item, split
        else:
            _reject(item, ledger)


def _seen(folder: DataFolder, hidden: frozenset[str]) -> Iterator[str]:
    """The keys of what those are asked who are not held out."""
    for table in MIXED:
        if hidden and folder.has(table):
            for row in folder.rows(table, columns=["character", "instruction"]):
                if row["character"] not in hidden:
                    yield instruction_key(row["instruction"])


def _items(folder: DataFolder) -> Iterator[Instruction]:
    for table in MIXED:
        if folder.has(table):
            yield from (instruction_of(row) for row in folder.rows(table))


def _said(folder: DataFolder) -> dict[str, str]:
    """What identifies each dialogue, whatever its number: a digest of what is said in it."""
    if not (folder.has("asked/specific") and folder.has("dialogues")):
        return {}
    return {
        row["dialogue_id"]: hashlib.sha256("\n".join(turn["text"] for turn in row["turns"]).encode()).hexdigest()
        for row in folder.rows("dialogues", columns=["dialogue_id", "turns"])
    }


def _reject(item: Instruction, ledger: Ledger) -> None:
    payload = {"instruction": item.instruction, "responses": list(item.responses), "evidence": list(item.evidence)}
    place = place_of(item.evidence)
    if item.kind == "general" and item.provenance != "source":  # no row of a source, but answers of a model
        ledger.reject(Rejected("answer", _ELSEWHERE, "mix", place, payload, answers_in(item), item.character))
        return
    unit = item.kind if item.provenance == "source" else "question"
    ledger.reject(Rejected(unit, _ELSEWHERE, "mix", place, payload, character=item.character))
    if item.kind == "general":
        ledger.count_rejected("answer", _ELSEWHERE, answers_in(item))


_ELSEWHERE = "in_another_split"
