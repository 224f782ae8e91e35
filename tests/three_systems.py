"""Three systems on the sample corpus, a judge with a known weakness and raters of whom one guesses, as files."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.evaluation.answers import AnswerFile
from roleinstruct.evaluation.human.dimensions import DIMENSIONS
from roleinstruct.evaluation.items import Item, digest_of, read_items
from roleinstruct.evaluation.orders import orders_of
from roleinstruct.evaluation.rubric import digest_of_rubric
from roleinstruct.evaluation.verdicts import Judge, Verdict, write_verdicts
from roleinstruct.pipeline.build import build
from roleinstruct.pipeline.config import BuildConfig

__all__ = ["HOSTILE", "MERIT", "Files", "three_systems", "write_answers"]

MERIT = {"near": 1.2, "小声": 0.2, "generic": -1.0}
"""What the judge and the raters think of each, in log odds and in points."""

HOSTILE = "</script><img src=x onerror='window.harmed=1'>|`*_[x](javascript:1)\u202e\n# @@DATA@@ {{ 7 }} &amp; \"'>"
"""A name or an answer that would do harm as markup of some kind."""


@dataclass(frozen=True, slots=True)
class Files:
    """A data set folder and what was made of it."""

    data: Path
    answers: tuple[Path, ...]
    verdicts: Path
    ratings: Path


def three_systems(folder: Path) -> Files:
    """Build the sample, and write the files."""
    data = folder / "people"
    build(BuildConfig.load("builders/sample.yaml"), data)
    items = read_items(DataFolder(data))
    answers = (
        write_answers(folder / "near.jsonl", "near", items, _near),
        write_answers(folder / "小声.jsonl", "小声", items, lambda item: item.references[0][:3] + "，嗯。"),
        write_answers(folder / "generic.jsonl", "generic", items, lambda item: "这要看情况，慢慢来。"),
    )
    rng = np.random.default_rng(3)
    _write_verdicts(folder / "verdicts.jsonl", items[::2], rng)
    _write_ratings(folder / "ratings.jsonl", items[:12], rng)
    return Files(data, answers, folder / "verdicts.jsonl", folder / "ratings.jsonl")


def write_answers(path: Path, system: str, items: Sequence[Item], answer: Callable[[Item], str]) -> Path:
    settings = {"model": f"{system}-9b", "sampling": {"temperature": 0.95, "seed": 0}}
    with AnswerFile(path, system, settings, digest_of(items)) as file:
        for item in items:
            file.add(item.id, answer(item))
    return path


def _near(item: Item) -> str:
    text = item.references[0]
    return text[: max(4, len(text) * 2 // 3)]


def _write_verdicts(path: Path, items: Sequence[Item], rng: np.random.Generator) -> None:
    rows = []
    for item in items:
        for order in orders_of(item.id, list(MERIT), "2"):
            for sample in range(2):
                liked = {name: MERIT[name] - 0.3 * where + rng.gumbel() for where, name in enumerate(order)}
                best = sorted(order, key=lambda name: -liked[name])
                lengths = {name: int(5 + rng.integers(30)) for name in order}
                if rng.random() < 0.03:
                    rows.append(Verdict(item.id, item.character, sample, order, lengths, unscored="unreadable_reply"))
                    continue
                points = {name: int(np.clip(round(3 + liked[name]), 1, 5)) for name in order}
                scores = {name: {"style": points[name], "memory": points[name]} for name in order}
                ranks = {name: float(best.index(name) + 1) for name in order}
                rows.append(Verdict(item.id, item.character, sample, order, lengths, ranks, scores))
    judge = Judge(
        "strict", "judge-large", digest_of_rubric(), "2026-11-21T08:00:00Z", dict.fromkeys(sorted(MERIT), ""), (),
        digest_of(items), "2", 2, {"temperature": 0}, ("judge-large-2026",), len(rows), 81_000, 9_500, 0.1234,
    )  # fmt: skip
    write_verdicts(path, judge, rows)


def _write_ratings(path: Path, items: Sequence[Item], rng: np.random.Generator) -> None:
    rows = [
        {"item": item.id, "system": system, "dimension": dimension.name, "rater": rater, "score": score}
        for item in items
        for system in MERIT
        for rater in ("anna", "ben", "cho", "赌徒")
        for dimension in DIMENSIONS
        for score in [_score(rater, MERIT[system], rng)]
    ]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def _score(rater: str, merit: float, rng: np.random.Generator) -> int:
    if rater == "赌徒":
        return int(rng.integers(1, 6))
    return int(np.clip(round(3 + merit + 0.6 * rng.normal()), 1, 5))
