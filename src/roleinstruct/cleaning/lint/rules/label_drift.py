"""A character whose emotions are distributed unlike the others'."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from roleinstruct.cleaning.lint.material import Corpus, Person
from roleinstruct.cleaning.lint.rule import Finding, Rule
from roleinstruct.emotions import Emotion

__all__ = ["RULE"]

_LEAST = 200
"""Labelled turns: with fewer, a distance such as `_FAR` can come by chance."""

_FAR = 0.35
"""Jensen-Shannon distance (base 2, 0 to 1) from the mean of the others.

It is as much as if about a third of the turns bore another label. By chance, `_LEAST` turns of the very same
distribution are 0.09 away on average, and were never 0.2 away in 20,000 draws.
"""

_ONE_LABEL = 0.95
_NEUTRAL = (0.05, 0.9)
_MISSED = 20
"""A label is missing where so many turns of it were to be expected by the others' median share, and not a tenth are."""

_ORDER = tuple(Emotion)


def _find(_: Corpus, gathered: Sequence[tuple[str, NDArray[np.float64]]]) -> Iterator[Finding]:
    counts = {name: found for name, found in gathered if found.sum() >= _LEAST}
    for name, count in counts.items():
        share = count / count.sum()
        what = [*_alone(share), *_beside_others(name, counts)]
        if what:
            message = f"{name or 'nobody in particular'}, {int(count.sum())} labelled turns: {'; '.join(what)}"
            yield Finding(message, character=name)


def _gather(person: Person, _: Corpus) -> tuple[str, NDArray[np.float64]]:
    found = Counter(utterance.emotion for _, utterance in person.utterances())
    return person.name, np.array([found[emotion] for emotion in _ORDER], np.float64)


def _alone(share: NDArray[np.float64]) -> Iterator[str]:
    most = int(share.argmax())
    neutral = share[_ORDER.index(Emotion.NEUTRAL)]
    if share[most] > _ONE_LABEL:
        yield f"{share[most]:.0%} bear one label, {_ORDER[most]}"
    elif not _NEUTRAL[0] <= neutral <= _NEUTRAL[1]:
        yield f"{neutral:.0%} are neutral, where people are in about half of what they say"


def _beside_others(name: str, counts: Mapping[str, NDArray[np.float64]]) -> Iterator[str]:
    others = [count / count.sum() for other, count in counts.items() if other != name]
    if not others:
        return
    share, usual = counts[name] / counts[name].sum(), np.mean(others, axis=0)
    distance = _distance(share, usual)
    if distance >= _FAR:
        widest = sorted(range(len(_ORDER)), key=lambda n: -abs(share[n] - usual[n]))[:3]
        labels = ", ".join(f"{share[n]:.0%} {_ORDER[n]} (others {usual[n]:.0%})" for n in widest)
        yield f"the labels are distributed unlike the others' (Jensen-Shannon distance {distance:.2f}): {labels}"
    expected = np.median(others, axis=0) * counts[name].sum()
    gone = [n for n in range(len(_ORDER)) if expected[n] >= _MISSED and counts[name][n] < expected[n] / 10]
    if gone:
        labels = ", ".join(f"{int(counts[name][n])} {_ORDER[n]} (expected {expected[n]:.0f})" for n in gone)
        yield f"some labels are all but missing: {labels}"


def _distance(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """The Jensen-Shannon distance of two distributions, base 2 (Endres and Schindelin 2003)."""
    middle = (one + other) / 2
    divergences = [float((p[p > 0] * np.log2(p[p > 0] / middle[p > 0])).sum()) for p in (one, other)]
    return math.sqrt(max(0.0, sum(divergences) / 2))


RULE = Rule(
    id="label-drift",
    severity="warning",
    summary="The emotions of one character are distributed unlike the others', or lack labels that the others have.",
    why="It is more often another annotator or another set of labels than another temper, and a model learns both.",
    example="sadness in 1 of 2,859 turns of one character, and in 6 % of the others'",
    mend="Find out who set the labels and by which table they were renamed; label anew with one annotator if unsure.",
    gather=_gather,
    corpus=_find,
)
