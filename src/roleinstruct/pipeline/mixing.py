"""Stage 6: the splits, the rows that are trained on, and the benchmark."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.mixture import (
    UNSEEN,
    Splits,
    benchmark_rows,
    chat_rows,
    held_out,
    instruction_key,
    persona,
)
from roleinstruct.dataset.rows import general_row, instruction_of, profile_of, specific_row
from roleinstruct.dataset.tables import TableWriter
from roleinstruct.pipeline.config import SplitsConfig
from roleinstruct.pipeline.ledger import Ledger, open_ledger
from roleinstruct.records import Instruction, Place, Rejected

__all__ = ["run_mix"]


def run_mix(folder: DataFolder, config: SplitsConfig) -> None:
    """Write `specific`, `general`, `chat` and `benchmark` of what was cleaned and asked.

    An instruction text is in one split only, whoever answers it, and so is everything that was taken from one dialogue.
    A held-out character's own questions make the split "unseen" of `chat`; its answers to general instructions, which
    others answer too, are left out of `chat`.
    """
    personas = {row["character"]: persona(profile_of(row)) for row in folder.rows("profiles")}
    count = config.held_out_characters if len(personas) > 2 else 0
    splits = Splits(config.validation, config.test, held_out(personas, count))
    withheld: Counter[str] = Counter()
    with open_ledger(folder, "mix") as ledger, ExitStack() as stack:
        out = {c: stack.enter_context(folder.writer(c)) for c in ("specific", "general", "chat", "benchmark")}
        for item, split in _split_rows(folder, splits, ledger):
            row = specific_row(item) if item.kind == "specific" else general_row(item)
            out[item.kind].write(row, split)
            _write_views(item, split, splits, personas[item.character], out, withheld)
    folder.write_json(
        "reports/mixture.json",
        {
            "validation": config.validation,
            "test": config.test,
            "held_out_characters": sorted(splits.unseen),
            "general_answers_withheld_from_chat": dict(sorted(withheld.items())),
        },
    )


def _write_views(
    item: Instruction, split: str, splits: Splits, system: str, out: dict[str, TableWriter], withheld: Counter[str]
) -> None:
    hidden = item.character in splits.unseen
    if hidden and item.kind == "general":
        withheld[item.character] += len(item.responses)
    else:
        for row in chat_rows(item, system):
            out["chat"].write(row, UNSEEN if hidden else split)
    if split == "test" or (hidden and item.kind == "specific"):
        for row in benchmark_rows(item):
            out["benchmark"].write(row, "test")


def _split_rows(folder: DataFolder, splits: Splits, ledger: Ledger) -> Iterator[tuple[Instruction, str]]:
    """Every instruction with its split; one whose text has gone to another split by its dialogue is rejected."""
    taken: dict[str, str] = {}
    for table in ("cleaned/specific", "asked/specific", "cleaned/general"):
        if not folder.has(table):
            continue
        for row in folder.rows(table):
            item = instruction_of(row)
            dialogue = next((e.removeprefix("dialogue: ") for e in item.evidence if e.startswith("dialogue: ")), "")
            split = splits.of(instruction_key(item, dialogue))
            if taken.setdefault(instruction_key(item), split) == split:
                yield item, split
            else:
                _reject(item, ledger)


def _reject(item: Instruction, ledger: Ledger) -> None:
    payload = {"instruction": item.instruction, "responses": list(item.responses), "evidence": list(item.evidence)}
    place = next((Place.parse(e) for e in item.evidence if not e.startswith("dialogue: ")), Place("", 0, 0))
    rejected = Rejected(item.kind, "in_another_split", "mix", place, payload, character=item.character)
    made_here = item.provenance != "source"
    ledger.reject(rejected, "question" if made_here else item.kind)
    if item.kind == "general":
        ledger.count_rejected("answer", "in_another_split", len(item.responses))
