"""Simulated raters, and a small study of invented people for them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from roleinstruct.evaluation.answers import Answers
from roleinstruct.evaluation.human.dimensions import DIMENSIONS
from roleinstruct.evaluation.human.page import PAGE_FORMAT
from roleinstruct.evaluation.human.study import Study, draw
from roleinstruct.evaluation.items import Item
from roleinstruct.records import CharacterProfile

__all__ = ["NAMES", "PROFILES", "answers_of", "items_of", "page_file", "simulated", "study_of"]

NAMES = [dimension.name for dimension in DIMENSIONS]

PROFILES = {
    "何素云": CharacterProfile(
        "何素云",
        "zh",
        {"年龄": "五十二", "爱好": "养花、下棋"},
        ("细心", "嘴硬"),
        "在渡口边开了二十年的修船铺，说话直，心里热。",
    ),
    "Tom Reeve": CharacterProfile(
        "Tom Reeve", "en", {"age": "34"}, ("calm",), "Drives the night bus and knows every stop."
    ),
}


def items_of(number: int) -> list[Item]:
    """So many items, of two characters and two tasks in turn."""
    who = list(PROFILES)
    return [
        Item(f"{'cus' if n % 4 < 2 else 'spe'}-{n}", who[n % 2], "cus" if n % 4 < 2 else "spe", f"第{n}问？", ("好。",))
        for n in range(number)
    ]


def answers_of(systems: Sequence[str], items: Sequence[Item]) -> list[Answers]:
    """A text of its own for each system and item, which does not tell whose it is."""
    return [
        Answers(system, {item.id: f"船修好了，{n * 7 + k * 3} 号码头见。" for n, item in enumerate(items)})
        for k, system in enumerate(systems)
    ]


def study_of(systems: Sequence[str], number: int) -> Study:
    items = items_of(number)
    return draw(items, answers_of(systems, items), PROFILES, number=number)


def simulated(
    study: Study, planted: Mapping[str, Mapping[str, float]], raters: Sequence[str], seed: int, *, missing: float = 0.0
) -> dict[str, dict[str, dict[str, int | None]]]:
    """Scores by rater, answer and dimension, of people who see an answer's worth through some noise.

    An answer's worth is the planted mean of its system, and how good this one is; people round it, and are a little
    severe or kind. The noise is small enough that 1 and 5 cut off next to nothing.
    """
    rng = np.random.default_rng(seed)
    worth = {
        (answer.id, name): planted[study.systems[answer.id][0]][name] + rng.normal(0, 0.6)
        for question in study.questions
        for answer in question.answers
        for name in NAMES
    }
    found: dict[str, dict[str, dict[str, int | None]]] = {}
    for rater in raters:
        kind = rng.normal(0, 0.15)
        found[rater] = {
            answer.id: {
                name: None
                if rng.random() < missing
                else int(np.clip(round(worth[answer.id, name] + kind + rng.normal(0, 0.5)), 1, 5))
                for name in NAMES
            }
            for question in study.questions
            for answer in question.answers
        }
    return found


def page_file(
    study: Study, rater: str, scores: Mapping[str, Mapping[str, int | None]], folder: Path, name: str = ""
) -> Path:
    """What the page of a rater saves."""
    texts = {answer.id: answer.text for question in study.questions for answer in question.answers}
    ratings = [{"answer": key, "text": texts[key], **given, "note": ""} for key, given in scores.items()]
    path = folder / (name or f"{rater}.ratings.json")
    path.write_text(json.dumps({"format": PAGE_FORMAT, "sheet": rater, "ratings": ratings}), encoding="utf-8")
    return path
