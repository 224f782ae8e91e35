"""What is asked: the items of a data set's benchmark, or the questions of another of its parts, made in the same way.

Answers to the benchmark are for scores and for nothing else. Who wants answers to learn from, as for preferences, asks
the questions of the training part, or those of the validation part to see whether it was learnt.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from roleinstruct.dataset.derived import benchmark_rows
from roleinstruct.dataset.features import TASKS
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.leaks import held_of
from roleinstruct.dataset.pool import items_of
from roleinstruct.dataset.rows import Row
from roleinstruct.emotions import Emotion
from roleinstruct.errors import ConfigError, FolderError

__all__ = ["Item", "Questions", "digest_of", "read_items"]

Questions = Literal["benchmark", "train", "validation"]
"""Whose questions: the benchmark's, or those of a split of `specific` and `general`."""


@dataclass(frozen=True, slots=True)
class Item:
    """One question.

    Attributes:
        id: Its name in the benchmark, such as "spe-郝建国-qa-00012".
        character: Whom it is put to.
        task: One of `TASKS`: "raw", "cus" or "spe".
        instruction: What is asked.
        references: Good answers, 1 or more.
        emotion: Of the reference, where the data set says it (specific questions); else None.
    """

    id: str
    character: str
    task: str
    instruction: str
    references: tuple[str, ...]
    emotion: Emotion | None = None


def read_items(
    folder: DataFolder,
    *,
    tasks: Collection[str] = TASKS,
    characters: Collection[str] | None = None,
    limit: int | None = None,
    questions: Questions = "benchmark",
) -> list[Item]:
    """Read the benchmark of a data set folder, or another of its parts as if it were one.

    Args:
        folder: The data set folder.
        tasks: Which of `TASKS`.
        characters: Whose; None for everybody's.
        limit: At most so many of each character and task, the first in the order of their digests, so that a greater
            limit only adds to a smaller one.
        questions: Of which part. What the benchmark asks too, of anybody, is in no other, nor is anything that is put
            to a character who was held out.

    Raises:
        FolderError: There is no such part, or nothing of it is wanted.
        ConfigError: There is no such task or character.
    """
    if unknown := [task for task in tasks if task not in TASKS]:
        raise ConfigError(f"there is no task {unknown[0]!r}; there are {', '.join(TASKS)}.")
    emotions = _emotions(folder)
    items = [
        Item(
            row["id"],
            row["character"],
            TASKS[row["task"]],
            row["instruction"],
            tuple(row["references"]),
            emotions.get(row["id"].removeprefix("spe-")),
        )
        for row in (_benchmark(folder) if questions == "benchmark" else _others(folder, questions))
    ]
    known = {item.character for item in items}
    part = "benchmark" if questions == "benchmark" else f"{questions} part"
    if missing := [name for name in characters or () if name not in known]:
        raise ConfigError(f"{missing[0]!r} is not in the {part}; there are {', '.join(sorted(known))}.")
    chosen = [i for i in items if i.task in tasks and (characters is None or i.character in characters)]
    if not chosen:
        raise FolderError(
            f"the {part} of {folder.root} has no item of {', '.join(tasks)}: build a larger "
            f"{'test' if questions == 'benchmark' else questions} split."
        )
    return chosen if limit is None else _limited(chosen, limit)


def digest_of(items: Sequence[Item]) -> str:
    """SHA-256 of the items, in whatever order they stand: what a score was measured on."""
    rows = sorted(json.dumps([i.id, i.character, i.task, i.instruction, i.references]) for i in items)
    return hashlib.sha256("\n".join(rows).encode("utf-8", "surrogatepass")).hexdigest()


def _benchmark(folder: DataFolder) -> Iterator[Row]:
    if not folder.has("benchmark"):
        folder.expect_there()
        raise FolderError(f"{folder.root} has no benchmark: build it with questions and a test split first.")
    return folder.rows("benchmark")


def _others(folder: DataFolder, split: str) -> Iterator[Row]:
    """The rows that a benchmark of a split would have, without what is held out."""
    every = list(items_of(folder))
    held = held_of(folder, every)
    for item, found in every:
        if found == split and item.character not in held.characters and not held.is_asked(item.instruction):
            yield from benchmark_rows(item)


def _emotions(folder: DataFolder) -> dict[str, Emotion]:
    """The emotion of the answer, by the id of a specific question."""
    if not folder.has("specific"):
        return {}
    labels = list(Emotion)
    rows = folder.rows("specific", columns=["id", "emotion"])
    return {row["id"]: labels[row["emotion"]] for row in rows if row["emotion"] is not None}


def _limited(items: Sequence[Item], limit: int) -> list[Item]:
    """So many of each character and task, in the order of the benchmark."""
    groups: dict[tuple[str, str], list[Item]] = {}
    for item in items:
        groups.setdefault((item.character, item.task), []).append(item)
    kept: set[str] = set()
    for group in groups.values():
        ranked = sorted(group, key=lambda item: hashlib.blake2b(item.id.encode(), digest_size=8).digest())
        kept.update(item.id for item in ranked[:limit])
    return [item for item in items if item.id in kept]
