"""The training of the emotion classifier: one softmax regression, then how sure it may be, then what it prefers."""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roleinstruct.emotions import Emotion
from roleinstruct.generate.classifier import EmotionClassifier, find, weigh
from roleinstruct.generate.signals import Floats, Signals

__all__ = ["calibrate", "prefer", "train"]

_WIDTH = len(Emotion)
_RAREST = 4  # turns that an n-gram must stand in
_STRENGTH = 0.5  # of the fit against its penalty: scikit-learn's C
_ROUNDS = 60
_NEIGHBOUR = 0.5  # scale of the n-grams of the turns around
_UNSEEN = -30.0


def train(signals: Sequence[Signals], labels: NDArray[np.intp]) -> EmotionClassifier:
    """Fit the weights, uncalibrated and without preference.

    Each turn counts by one over the root of how frequent its label is: halfway between taking labels as frequent as
    they are here and taking all as equally frequent, since the next character's will be neither.

    Args:
        signals: Of dialogues.
        labels: One a turn, all dialogues after each other; -1 for a turn that is not to be learned from.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    taught = labels >= 0
    grams, rarity = _vocabulary(signals, taught)
    frequent = np.bincount(labels[taught], minlength=_WIDTH)
    weights = 1 / np.sqrt(frequent[labels[taught]])
    seen = np.flatnonzero(frequent)
    width = 3 * len(grams) + signals[0].numbers.shape[1]
    learned, bias = np.zeros((_WIDTH, width), np.float32), np.full(_WIDTH, _UNSEEN, np.float32)
    bias[seen] = 0
    if len(seen) > 1:
        model = LogisticRegression(C=_STRENGTH, max_iter=_ROUNDS, tol=1e-3)
        with warnings.catch_warnings():
            # The rounds are meant to end before the last digit is found: that is part of the penalty.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(_table(signals, grams, rarity)[taught], labels[taught], sample_weight=weights / weights.mean())
        # Of two labels scikit-learn keeps the second's weights alone.
        rows = seen if len(seen) > 2 else seen[1:]
        learned[rows], bias[rows] = model.coef_, model.intercept_
    said, numbers = learned[:, : 3 * len(grams)], learned[:, 3 * len(grams) :]
    own, after, before = np.split(said.T, 3)
    return EmotionClassifier(
        grams=grams,
        rarity=rarity,
        gram_weights=np.hstack([own, _NEIGHBOUR * after, _NEIGHBOUR * before], dtype=np.float32),
        number_weights=np.ascontiguousarray(numbers.T),
        bias=bias,
        favour=np.zeros(_WIDTH, np.float32),
        about={},
    )


def calibrate(
    fitted: EmotionClassifier, scores: NDArray[np.float64], labels: NDArray[np.intp]
) -> tuple[EmotionClassifier, Floats]:
    """Make probabilities mean what they say: a temperature, and how far to lean to the frequent labels.

    Both are those that give the labels of held-out turns the highest likelihood (temperature scaling, Guo et al.
    2017, with one more number because the training made labels more alike in frequency than they are). They are
    folded into the weights.

    Args:
        fitted: What `train` gave.
        scores: Shape (turns, 10): logarithms of the probabilities of turns that were held out.
        labels: Their labels.

    Returns:
        The calibrated classifier, and the calibrated probabilities of those turns.
    """
    from scipy.optimize import minimize

    prior = _log_prior(labels)

    def surprise(given: NDArray[np.float64]) -> float:
        found = _log_softmax(scores * np.exp(given[0]) + prior * given[1])
        return float(-found[np.arange(len(labels)), labels].mean())

    sharp, lean = minimize(surprise, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-3, "fatol": 1e-6}).x
    factor = np.float32(np.exp(sharp))
    calibrated = replace(
        fitted,
        gram_weights=fitted.gram_weights * factor,
        number_weights=fitted.number_weights * factor,
        bias=np.asarray(fitted.bias * factor + prior * lean, np.float32),
    )
    return calibrated, np.exp(_log_softmax(scores * factor + prior * lean)).astype(np.float32)


def prefer(probabilities: Floats, labels: NDArray[np.intp]) -> Floats:
    """How far frequent labels give way when one is chosen: the share of their lead that gives the highest kappa.

    Args:
        probabilities: Calibrated, of turns that were held out; shape (turns, 10).
        labels: Their labels.

    Returns:
        Shape (10,): what to add to the logarithms of probabilities.
    """
    prior, logs = _log_prior(labels), np.log(np.maximum(probabilities, 1e-30))
    shares = np.linspace(0, 1, 21)
    best = max(shares, key=lambda share: _kappa(labels, np.argmax(logs - share * prior, axis=1)))
    return np.asarray(-best * prior, np.float32)


def _vocabulary(signals: Sequence[Signals], taught: NDArray[np.bool_]) -> tuple[NDArray[np.uint64], Floats]:
    """The n-grams of taught turns, but for the rarest, ascending; and how rare each is: 1 + log(turns / its turns)."""
    starts = np.cumsum([0, *(one.turns for one in signals)])
    inside = [one.gram[taught[start + one.turn]] for start, one in zip(starts, signals, strict=False)]
    grams, turns = np.unique(np.concatenate(inside), return_counts=True)
    kept = turns >= _RAREST
    return grams[kept], np.asarray(1 + np.log(taught.sum() / turns[kept]), np.float32)


def _table(signals: Sequence[Signals], grams: NDArray[np.uint64], rarity: Floats) -> Any:  # noqa: ANN401 - scipy's
    """A sparse matrix with a row a turn: its n-grams, those of the turn before, of the turn after, and its numbers."""
    from scipy import sparse

    starts = np.cumsum([0, *(one.turns for one in signals)])
    row = np.concatenate([start + one.turn for start, one in zip(starts, signals, strict=False)])
    known, place = find(grams, np.concatenate([one.gram for one in signals]))
    row, count = row[known], np.concatenate([one.count for one in signals])[known]
    weight = weigh(row, count, rarity[place], int(starts[-1]))
    shape = (int(starts[-1]), len(grams))
    has_next = ~np.isin(row, starts[1:] - 1)
    has_last = ~np.isin(row, starts[:-1])
    before = (_NEIGHBOUR * weight[has_next], (row[has_next] + 1, place[has_next]))
    after = (_NEIGHBOUR * weight[has_last], (row[has_last] - 1, place[has_last]))
    blocks = [sparse.csr_matrix(part, shape=shape) for part in ((weight, (row, place)), before, after)]
    numbers = sparse.csr_matrix(np.concatenate([one.numbers for one in signals]))
    return sparse.hstack([*blocks, numbers], format="csr", dtype=np.float32)


def _log_prior(labels: NDArray[np.intp]) -> NDArray[np.float64]:
    """Logarithms of how frequent each label is; 0 for one that never came, which is held down by its bias alone."""
    frequent = np.bincount(labels, minlength=_WIDTH)
    return np.where(frequent, np.log(np.maximum(frequent, 1) / len(labels)), 0.0)


def _log_softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    scores = scores - scores.max(axis=1, keepdims=True)
    found: NDArray[np.float64] = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return found


def _kappa(gold: NDArray[np.intp], given: NDArray[np.intp]) -> float:
    """Cohen's kappa of label numbers; `metrics.agreement` has the definition, this the speed."""
    size = len(gold)
    chance = (np.bincount(gold, minlength=_WIDTH) @ np.bincount(given, minlength=_WIDTH)) / size**2
    return float(((gold == given).mean() - chance) / max(1 - chance, 1e-12))
