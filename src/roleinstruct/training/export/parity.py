"""The gate: what an export was held against, how close it came, and the sentence that refuses it."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from roleinstruct.errors import ExportError
from roleinstruct.training.encoding import prompt_ids
from roleinstruct.training.export.conversations import CONVERSATIONS, Conversation
from roleinstruct.training.export.opening import Adapter

__all__ = ["PARITY", "Parity", "compare_prompts"]

PARITY = "parity.json"
"""The record of the comparison, in the folder of an export that stood it."""


@dataclass(slots=True)
class Parity:
    """What an export was held against.

    Attributes:
        export: "merged", "vllm", "ollama" or "gguf".
        adapter: The folder of the adapter.
        base: The model under it.
        end: The token that ended the answers of the training.
        prompts: Each way in which prompts were made tokens again: how many conversations, how many tokens; all alike.
        weights: How close the exported weights come, see `closeness.Closeness`; None where the weights are the same.
        stop_ids: Tokens at which the export stops.
        notes: What a user should know of, each one sentence.
        not_compared: What could not be compared here, and why, each one sentence.
    """

    export: str
    adapter: str
    base: str
    end: str
    prompts: dict[str, dict[str, int]] = field(default_factory=dict)
    weights: dict[str, Any] | None = None
    stop_ids: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    not_compared: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, export: str, adapter: Adapter) -> "Parity":
        """The record of an export that is about to be compared."""
        made = cls(export, str(adapter.folder), adapter.base, adapter.end, stop_ids=adapter.stop_ids())
        if adapter.is_of_quantised:
            made.notes.append(
                "the adapter was trained on quantised weights, and this is made of those before quantisation, with "
                "which it may answer a little otherwise than it did in training."
            )
        return made

    def write(self, folder: Path) -> None:
        """Put it into the folder of the export."""
        words = {**asdict(self), "versions": {name: version(name) for name in ("torch", "transformers", "peft")}}
        text = json.dumps(words, ensure_ascii=False, indent=2) + "\n"
        (folder / PARITY).write_text(text, encoding="utf-8")

    def told(self) -> str:
        """In one sentence or a few."""
        said = [f"{by}: {n['conversations']} conversations, {n['tokens']:,} tokens" for by, n in self.prompts.items()]
        if self.weights:
            said.append(
                f"weights: {self.weights['tokens']:,} greedy tokens alike, logits differ by "
                f"{self.weights['difference']:.1e} of their range at most ({self.weights['dtype']})"
            )
        rest = [f"note: {note}" for note in self.notes] + [f"not compared: {note}" for note in self.not_compared]
        so_far = "in what was compared, the same as trained" if self.not_compared else "the same as trained"
        return "\n".join([f"{so_far}; {'; '.join(said)}", *rest])


def compare_prompts(
    adapter: Adapter,
    found: Callable[[Conversation], Sequence[int]],
    what: str,
    conversations: Iterable[Conversation] = CONVERSATIONS,
) -> dict[str, int]:
    """Hold the prompts of an export against those of the training, token by token.

    Args:
        adapter: What was trained.
        found: The tokens that the export makes of a conversation.
        what: Whose prompts they are, for the sentence.
        conversations: To be compared.

    Returns:
        How many "conversations" and "tokens" were compared.

    Raises:
        ExportError: One of them is another; the sentence says which, where, and what stands there.
    """
    counts = {"conversations": 0, "tokens": 0}
    for conversation in conversations:
        expected, given = prompt_ids(conversation.messages, adapter.tokenizer), tuple(found(conversation))
        if given != expected:
            raise ExportError(_difference(adapter, conversation, expected, given, what))
        counts["conversations"] += 1
        counts["tokens"] += len(expected)
    return counts


def _difference(
    adapter: Adapter, conversation: Conversation, expected: Sequence[int], given: Sequence[int], what: str
) -> str:
    same = next((i for i, (a, b) in enumerate(zip(expected, given, strict=False)) if a != b), None)
    place = min(len(expected), len(given)) if same is None else same
    trained, exported = (adapter.tokenizer.decode(ids[place : place + 8]) for ids in (expected, given))
    doubled = " (the beginning-of-text token comes twice)" if given[1:] == expected and given[:1] else ""
    doubled = doubled or (" (the beginning-of-text token is missing)" if given == expected[1:] else "")
    return (
        f"{what} would ask otherwise than was trained{doubled}: in {conversation.name!r}, token {place + 1} begins "
        f"{exported!r} where the training has {trained!r}; nothing was exported."
    )
