"""The published rows that are made of an instruction: what is trained on, and what the benchmark asks."""

from collections.abc import Iterator

from roleinstruct.dataset.features import TASKS
from roleinstruct.dataset.rows import Row
from roleinstruct.records import Instruction

__all__ = ["benchmark_rows", "chat_rows"]


def chat_rows(item: Instruction, system: str) -> Iterator[Row]:
    """TRL prompt-completion rows of an instruction, one for each answer.

    Args:
        item: The instruction with its answers.
        system: The system prompt, see `persona`.
    """
    for number, response in enumerate(item.responses, 1):
        yield {
            "id": item.id if len(item.responses) == 1 else f"{item.id}-{number}",
            "character": item.character,
            "kind": item.kind,
            "prompt": [{"role": "system", "content": system}, {"role": "user", "content": item.instruction}],
            "completion": [{"role": "assistant", "content": response}],
        }


def benchmark_rows(item: Instruction) -> Iterator[Row]:
    """The Rouge-L items of an instruction (RoleCraft-GLM, section 4.2).

    A specific one is SPE. A general one is CUS, with every answer in character as a reference, and also RAW where there
    is a neutral answer.
    """
    base = {"character": item.character, "instruction": item.instruction}
    if item.kind == "specific":
        yield {**base, "id": f"spe-{item.id}", "task": TASKS.index("spe"), "references": list(item.responses)}
        return
    if item.raw_response:
        yield {**base, "id": f"raw-{item.id}", "task": TASKS.index("raw"), "references": [item.raw_response]}
    yield {**base, "id": f"cus-{item.id}", "task": TASKS.index("cus"), "references": list(item.responses)}
