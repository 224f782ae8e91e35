"""What Rouge-L does not see of a system's answers: length, variety, language, slips, copies, emotion."""

from collections.abc import Callable, Sequence

import numpy as np

from roleinstruct.emotions import Emotion
from roleinstruct.evaluation.answers import Answers
from roleinstruct.evaluation.items import Item
from roleinstruct.language import language_of
from roleinstruct.metrics.copies import copy_rate
from roleinstruct.metrics.diversity import distinct_n
from roleinstruct.metrics.emotion_match import emotion_match
from roleinstruct.metrics.language_match import language_match
from roleinstruct.metrics.length import length_ratio
from roleinstruct.metrics.score import CorpusScore, Score, score_of
from roleinstruct.metrics.self_reference import self_reference_rate

__all__ = ["BESIDE", "EmotionOf", "beside"]

BESIDE = ("length_ratio", "distinct_2", "self_reference", "language_match", "copy_rate", "emotion_match", "empty")
"""The metrics, in the order of tables; 1 is as long as the references, and best of language and emotion, and of the
rates of slips, copies and empty answers 0 is."""

EmotionOf = Callable[[Item, str], Emotion]
"""Who labels an answer to an item with its emotion."""


def beside(
    items: Sequence[Item],
    systems: Sequence[Answers],
    training: Sequence[str],
    emotion_of: EmotionOf,
    annotator: str,
) -> dict[str, dict[str, Score | CorpusScore]]:
    """Measure what stands beside the table, of the items that are to be answered in character: all but RAW.

    Args:
        items: What was asked, every item answered by each system; where all are RAW, these count.
        systems: Their answers.
        training: The answers of the training part; where there is none, copies are left out.
        emotion_of: Labels an answer.
        annotator: Who that is, for the signature.

    Returns:
        By system, by the names of `BESIDE`; "emotion_match" only where an item has an emotion.
    """
    chosen = [item for item in items if item.task != "raw"] or list(items)
    found = {one.system: _of(chosen, one, emotion_of, annotator) for one in systems}
    if training:  # all systems at once: the index of the training part is most of the work
        answers = [one.texts[item.id] for one in systems for item in chosen]
        copies = copy_rate(answers, training)
        for one, values in zip(systems, np.split(copies.values, len(systems)), strict=True):
            found[one.system]["copy_rate"] = score_of(values, copies.signature)
    return {name: {metric: scores[metric] for metric in BESIDE if metric in scores} for name, scores in found.items()}


def _of(
    items: Sequence[Item], system: Answers, emotion_of: EmotionOf, annotator: str
) -> dict[str, Score | CorpusScore]:
    answers = [system.texts[item.id] for item in items]
    found: dict[str, Score | CorpusScore] = {
        "length_ratio": length_ratio(answers, [item.references for item in items]),
        "distinct_2": distinct_n(answers, n=2),
        "self_reference": self_reference_rate(answers, [item.instruction for item in items]),
        "language_match": language_match(answers, [language_of(item.references[0]) for item in items]),
        "empty": score_of(np.array([float(not answer.strip()) for answer in answers]), "empty|version:1"),
    }
    felt = [(item.emotion, emotion_of(item, system.texts[item.id])) for item in items if item.emotion is not None]
    if felt:
        expected, mine = zip(*felt, strict=True)
        found["emotion_match"] = emotion_match(mine, expected, annotator=annotator)
    return found
