"""What was mixed: the examples, how each came in, and the account of it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roleinstruct.emotions import Emotion
from roleinstruct.records import Example

__all__ = ["MIXTURE", "Mixed", "Mixture"]

MIXTURE = "mixture.parquet"
"""The record of what was mixed, row by row, in an adapter folder."""


@dataclass(frozen=True, slots=True)
class Mixed:
    """An example, and how it came into a mixture.

    Attributes:
        example: What is trained on.
        time: How often the same row was taken before, 0 for its first use.
        phrasing: Of the system prompt, see `persona`; 0 where there is none.
        emotion: That the prompt asks for; None where it asks for none.
        prompt_tokens: Of the texts of the prompt, without what a chat template adds.
        completion_tokens: Likewise, of the answer.
    """

    example: Example
    time: int
    phrasing: int
    emotion: Emotion | None
    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Mixture:
    """Rows to train on.

    Attributes:
        split: Of the data set folder.
        config: How it was mixed, as plain values.
        mixed: In the order of the mixture, which says nothing: it is by digest.
        personas: The system prompt by which each character of the folder is to be asked, also those held out: what a
            model that was trained on this is asked with.
        left_out: By kind, how many rows were left out for which reason; see `Pool` and `mix`.
        digest: SHA-256 of the examples, in order.
    """

    split: str
    config: Mapping[str, Any]
    mixed: tuple[Mixed, ...]
    personas: Mapping[str, str]
    left_out: Mapping[str, Mapping[str, int]]
    digest: str

    @property
    def examples(self) -> tuple[Example, ...]:
        """What is trained on."""
        return tuple(one.example for one in self.mixed)

    def rows(self) -> Iterator[dict[str, Any]]:
        """A record of each row, JSON-able and without its text: where it is from, and what was made of it."""
        for one in self.mixed:
            yield {
                "id": one.example.id,
                "character": one.example.character,
                "kind": one.example.kind,
                "source": one.example.source,
                "time": one.time,
                "phrasing": one.phrasing,
                "emotion": one.emotion,
                "prompt_tokens": one.prompt_tokens,
                "completion_tokens": one.completion_tokens,
            }

    def write(self, file: Path) -> None:
        """Write the record of each row as Parquet."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.Table.from_pylist(list(self.rows())), file)

    def report(self) -> dict[str, Any]:
        """The account for the card, JSON-able.

        Returns:
            "rows" in all, by "kinds" and by "characters" and kind; "sources", the number of different rows; "repeats",
            how many of these were used how often; "tokens" of prompts and completions; "emotions" that were asked for,
            "" for none; "left_out"; and "split", "config" and "digest".
        """
        characters: dict[str, Counter[str]] = {}
        for one in self.mixed:
            characters.setdefault(one.example.character, Counter())[one.example.kind] += 1
        uses = Counter(one.example.source for one in self.mixed)
        return {
            "split": self.split,
            "digest": self.digest,
            "rows": len(self.mixed),
            "kinds": self._counts(lambda one: one.example.kind),
            "characters": {name: _sorted(counts) for name, counts in sorted(characters.items())},
            "sources": len(uses),
            "repeats": {str(times): count for times, count in sorted(Counter(uses.values()).items())},
            "tokens": {
                "prompt": sum(one.prompt_tokens for one in self.mixed),
                "completion": sum(one.completion_tokens for one in self.mixed),
            },
            "emotions": self._counts(lambda one: one.emotion or ""),
            "left_out": {kind: _sorted(reasons) for kind, reasons in sorted(self.left_out.items())},
            "config": dict(self.config),
        }

    def _counts(self, name: Callable[[Mixed], str]) -> dict[str, int]:
        return _sorted(Counter(str(name(one)) for one in self.mixed))


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items()))
