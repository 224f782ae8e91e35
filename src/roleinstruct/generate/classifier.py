"""A fitted emotion classifier: plain arrays, prediction with numpy alone, one file.

One linear softmax over the n-grams of a turn, of the turn before and of the turn after, and over the numbers of
`generate.signals`; its calibration is folded into its weights. `generate.fitting` makes one from labelled dialogues.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from roleinstruct.emotions import Emotion
from roleinstruct.generate.signals import Floats, Signals, read_signals
from roleinstruct.generate.weights import read_arrays, write_arrays
from roleinstruct.records import Dialogue, Utterance

__all__ = ["ANNOTATOR", "EmotionClassifier", "find", "weigh"]

ANNOTATOR = "fitted"
"""Who labelled what a fitted classifier labelled."""


@dataclass(frozen=True, slots=True, eq=False)
class EmotionClassifier:
    """What was learned from labelled dialogues.

    Attributes:
        grams: The numbers of the n-grams that it knows, ascending; shape (grams,).
        rarity: The weight of each, more for a rarer one; shape (grams,).
        gram_weights: Shape (grams, 30): what each says for the ten labels of its own turn, of the turn after it, and
            of the turn before it, in this order.
        number_weights: Shape (NUMBERS, 10).
        bias: Shape (10,); far below zero for a label that was never seen.
        favour: Shape (10,): what is added to the logarithm of a probability before the label is chosen.
        about: What it was fitted on, JSON-able.
    """

    grams: NDArray[np.uint64]
    rarity: Floats
    gram_weights: Floats
    number_weights: Floats
    bias: Floats
    favour: Floats
    about: dict[str, object]

    def probabilities(self, turns: Sequence[Utterance]) -> Floats:
        """How probable each emotion is, calibrated: of turns given 0.7, about seven in ten carry that label.

        Args:
            turns: Of one dialogue, in the order in which they were said; their labels are not looked at.

        Returns:
            Shape (turns, 10), columns in the order of `Emotion`; each row sums to 1.
        """
        if not turns:
            return np.empty((0, len(_LABELS)), np.float32)
        return self.judge(read_signals(turns))

    def judge(self, signals: Signals) -> Floats:
        """`probabilities` of the turns of one dialogue that has been read already."""
        scores = signals.numbers @ self.number_weights + self.bias
        own, after, before = np.split(self._said(signals), 3, axis=1)
        scores += own
        scores[1:] += after[:-1]
        scores[:-1] += before[1:]
        scores -= scores.max(axis=1, keepdims=True)
        found = np.exp(scores)
        shares: Floats = (found / found.sum(axis=1, keepdims=True)).astype(np.float32)
        return shares

    def choose(self, probabilities: Floats) -> NDArray[np.intp]:
        """The number of the label of each turn, 0 to 9.

        It is the most probable emotion after the frequent labels, which would else win almost always, have given up
        some of their lead: by as much as agreed best with people on dialogues held out of the fit (`favour`).

        Args:
            probabilities: Shape (turns, 10), from `probabilities`.
        """
        chosen: NDArray[np.intp] = np.argmax(np.log(np.maximum(probabilities, 1e-30)) + self.favour, axis=1)
        return chosen

    def label(self, dialogue: Dialogue, *, overwrite: Collection[str] = ()) -> Dialogue:
        """Label the turns that have no emotion, or one that somebody less trusted gave; other labels stay.

        Args:
            dialogue: Turns in order.
            overwrite: Annotators whose labels are replaced, such as "extractive".

        Returns:
            The same dialogue. The emotion of a new label is the one that `choose` takes, its annotator is "fitted",
            and its confidence the calibrated probability of that emotion, 0 to 1.
        """
        probabilities = self.probabilities(dialogue.utterances)
        turns = []
        for turn, shares, chosen in zip(dialogue.utterances, probabilities, self.choose(probabilities), strict=True):
            if turn.emotion is None or turn.annotator in overwrite:
                sure = min(1.0, float(shares[chosen]))
                turn = replace(turn, emotion=_LABELS[chosen], annotator=ANNOTATOR, confidence=sure, tag="")
            turns.append(turn)
        return replace(dialogue, utterances=tuple(turns))

    def save(self, path: Path) -> None:
        """Write it as one `.npz` file of plain arrays; the same classifier always gives the same bytes."""
        write_arrays(path, self.about, {name: getattr(self, name) for name in _ARRAYS})

    @classmethod
    def load(cls, path: Path) -> "EmotionClassifier":
        """Read what `save` wrote.

        Raises:
            SourceError: The file is missing, damaged, no classifier, or one of another version.
        """
        about, arrays = read_arrays(path, _ARRAYS)
        return cls(about=about, **arrays)

    def _said(self, signals: Signals) -> Floats:
        """What the n-grams of each turn say, shape (turns, 30)."""
        known, place = find(self.grams, signals.gram)
        turn = signals.turn[known]
        weight = weigh(turn, signals.count[known], self.rarity[place], signals.turns)
        said = np.zeros((signals.turns, self.gram_weights.shape[1]), np.float32)
        if len(turn):
            # Turns stand in order, so that each is one stretch; one without a known n-gram has none.
            first = np.flatnonzero(np.diff(turn, prepend=-1))
            said[turn[first]] = np.add.reduceat(weight[:, None] * self.gram_weights[place], first, axis=0)
        return said


def find(grams: NDArray[np.uint64], wanted: NDArray[np.uint64]) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Which of the wanted n-grams are known, and where those stand among the known.

    Args:
        grams: The known, ascending.
        wanted: In any order.
    """
    if not len(grams):
        return np.zeros(len(wanted), bool), np.empty(0, np.intp)
    place = np.minimum(np.searchsorted(grams, wanted), len(grams) - 1)
    known = grams[place] == wanted
    return known, place[known]


def weigh(turn: NDArray[np.int64], count: Floats, rarity: Floats, turns: int) -> Floats:
    """The weight of each n-gram in its turn: (1 + log count) times rarity, scaled so that squares of a turn sum to 1.

    Args:
        turn: In which turn each stands.
        count: How often.
        rarity: Weight of each over the whole corpus.
        turns: Turns in all.
    """
    raw = (1 + np.log(count)) * rarity
    length = np.sqrt(np.bincount(turn, raw * raw, minlength=turns))
    return np.asarray(raw / length[turn], np.float32)


_ARRAYS = ("grams", "rarity", "gram_weights", "number_weights", "bias", "favour")
_LABELS = tuple(Emotion)
