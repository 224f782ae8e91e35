"""Fit an emotion classifier on labelled dialogues, and measure it on dialogues held out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from roleinstruct.emotions import Emotion
from roleinstruct.errors import ConfigError, RecordError, needs_extra
from roleinstruct.generate.classifier import EmotionClassifier
from roleinstruct.generate.emotions import label
from roleinstruct.generate.groups import CHARACTERS, deal, group
from roleinstruct.generate.lessons import Lesson, check, study
from roleinstruct.generate.signals import Signals
from roleinstruct.generate.softmax import calibrate, prefer, train
from roleinstruct.metrics.agreement import accuracy, cohen_kappa, macro_f1
from roleinstruct.metrics.calibration import Bin, expected_calibration_error, reliability_bins
from roleinstruct.records import Dialogue, Utterance

__all__ = ["Figures", "FitReport", "evaluate", "fit"]

_INNER = 3
_LABELS = tuple(Emotion)
_INDEX = {emotion: number for number, emotion in enumerate(_LABELS)}


@dataclass(frozen=True, slots=True)
class Figures:
    """Agreement with the labels that were there.

    Attributes:
        n: Turns.
        accuracy: Share of them labelled alike, 0 to 1.
        macro_f1: Mean F1 over the labels that either side uses, 0 to 1.
        kappa: Cohen's, -1 to 1: agreement beyond chance.
    """

    n: int
    accuracy: float
    macro_f1: float
    kappa: float


@dataclass(frozen=True, slots=True)
class FitReport:
    """Out-of-fold figures: each turn was labelled by a classifier that saw no turn of its group.

    Attributes:
        n: Labelled turns.
        groups: Groups that were held out: characters, or dialogues where there are fewer than three characters.
        folds: In how many lots.
        by: "character" or "dialogue".
        accuracy: Of `EmotionClassifier.choose`, as are the next two.
        macro_f1: See `Figures`.
        kappa: See `Figures`.
        majority: The accuracy that naming the most frequent label every time would reach.
        ece: Expected calibration error of the confidences, 0 to 1; less is better.
        reliability: Ten ranges of confidence.
        confusion: Counts; rows are the labels that were there, columns those that were given, in the label order.
        by_group: Figures of each group of characters, or of each fold where dialogues were held out.
        lexicon: Figures of `generate.emotions.label` on the same turns.
        lexicon_by_group: The same of each group.
    """

    n: int
    groups: int
    folds: int
    by: str
    accuracy: float
    macro_f1: float
    kappa: float
    majority: float
    ece: float
    reliability: tuple[Bin, ...]
    confusion: tuple[tuple[int, ...], ...]
    by_group: Mapping[str, Figures]
    lexicon: Figures
    lexicon_by_group: Mapping[str, Figures]

    def as_json(self) -> dict[str, object]:
        """Everything as JSON-able values, with the names of the labels."""
        return {"labels": [str(emotion) for emotion in Emotion], **asdict(self)}


def fit(dialogues: Iterable[Dialogue], *, seed: int = 0) -> EmotionClassifier:
    """Fit a classifier on every label that is not a guess of this package.

    The weights are those of one training on everything; how sure it may be, and how far the frequent labels give way,
    is read off three trainings that each leave a third of the characters (or dialogues) out.

    Args:
        dialogues: Labels by people, the source or a model; those of annotator "extractive" and "fitted" are left out,
            and dialogues without others too.
        seed: Decides which groups of equal size are left out together.

    Raises:
        RecordError: Fewer than `lessons.FEWEST` labelled turns, in one dialogue only, or with one label only.
        MissingExtraError: scikit-learn is not installed.
    """
    needs_extra("fit", "sklearn")
    return _fit(study(dialogues), seed)


def evaluate(dialogues: Iterable[Dialogue], *, folds: int = 5, seed: int = 0) -> FitReport:
    """Measure what `fit` would make, by fitting on all folds but one and labelling that one, in turn.

    Whole characters are held out where there are at least three, together with characters that share their lines;
    else whole dialogues. Everything that `fit` chooses is chosen without the fold that is tested.

    Args:
        dialogues: As for `fit`.
        folds: 2 or more; fewer where there are fewer groups.
        seed: Decides what is held out together.

    Raises:
        RecordError: As `fit`, also of what a fold leaves to learn from; or all dialogues are one group.
        ConfigError: `folds` is below 2.
        MissingExtraError: scikit-learn is not installed.
    """
    needs_extra("fit", "sklearn")
    if folds < 2:
        raise ConfigError(f"{folds} folds leave nothing to test on; give 2 or more.")
    studied = study(dialogues)
    groups = group([text.dialogue for text in studied])
    if len(set(groups)) < 2:
        raise RecordError(f"all dialogues belong to {groups[0]}, by name or by shared lines: there is nobody to test.")
    fold_of = deal(groups, [text.n for text in studied], folds, seed)
    found: list[NDArray[np.float32]] = [np.empty(0, np.float32)] * len(studied)
    chosen: list[NDArray[np.intp]] = [np.empty(0, np.intp)] * len(studied)
    for fold in range(max(fold_of) + 1):
        fitted = _fit([text for text, place in zip(studied, fold_of, strict=True) if place != fold], seed)
        for position in (position for position, place in enumerate(fold_of) if place == fold):
            found[position] = fitted.judge(studied[position].signals)
            chosen[position] = fitted.choose(found[position])
    return _report(studied, groups, fold_of, found, chosen)


def _fit(studied: Sequence[Lesson], seed: int) -> EmotionClassifier:
    check(studied)
    groups = group([text.dialogue for text in studied])
    if len(set(groups)) < 2:
        groups = [f"{number}" for number in range(len(studied))]
    fold_of = np.array(deal(groups, [text.n for text in studied], _INNER, seed))
    labels = np.concatenate([text.labels for text in studied])
    inner = np.repeat(fold_of, [text.signals.turns for text in studied])
    signals = [text.signals for text in studied]
    scores = np.zeros((len(labels), len(_LABELS)))
    for fold in range(fold_of.max() + 1):
        part = train(signals, np.where(inner == fold, -1, labels))
        scores[inner == fold] = np.log(
            _judge_all(part, [s for s, f in zip(signals, fold_of, strict=True) if f == fold])
        )
    taught = labels >= 0
    whole = train(signals, labels)
    calibrated, probabilities = calibrate(whole, scores[taught], labels[taught])
    about = {
        "turns": int(taught.sum()),
        "dialogues": len(studied),
        "characters": sorted({text.dialogue.character for text in studied}),
        "seed": seed,
    }
    return replace(calibrated, favour=prefer(probabilities, labels[taught]), about=about)


def _judge_all(fitted: EmotionClassifier, signals: Sequence[Signals]) -> NDArray[np.float32]:
    found: NDArray[np.float32] = np.maximum(np.concatenate([fitted.judge(one) for one in signals]), 1e-12)
    return found


def _report(
    studied: Sequence[Lesson],
    groups: Sequence[str],
    fold_of: Sequence[int],
    found: Sequence[NDArray[np.float32]],
    chosen: Sequence[NDArray[np.intp]],
) -> FitReport:
    by_character = len({text.dialogue.character for text in studied}) >= CHARACTERS
    names = groups if by_character else [f"fold {fold + 1}" for fold in fold_of]
    masks = [text.labels >= 0 for text in studied]
    gold = np.concatenate([text.labels[mask] for text, mask in zip(studied, masks, strict=True)])
    given = np.concatenate([labels[mask] for labels, mask in zip(chosen, masks, strict=True)])
    shares = np.concatenate([rows[mask] for rows, mask in zip(found, masks, strict=True)])
    lexicon = np.concatenate([_by_lexicon(text)[mask] for text, mask in zip(studied, masks, strict=True)])
    owner = np.repeat(np.array(names), [text.n for text in studied])
    sure = [min(1.0, float(share)) for share in shares[np.arange(len(given)), given]]
    right = [bool(same) for same in gold == given]
    confusion = np.zeros((len(_LABELS), len(_LABELS)), int)
    np.add.at(confusion, (gold, given), 1)
    ours = _measure(_named(gold), _named(given))
    each = {str(name): owner == name for name in sorted(set(names))}
    return FitReport(
        n=ours.n,
        groups=len(set(groups)),
        folds=max(fold_of) + 1,
        by="character" if by_character else "dialogue",
        accuracy=ours.accuracy,
        macro_f1=ours.macro_f1,
        kappa=ours.kappa,
        majority=float(np.bincount(gold).max() / len(gold)),
        ece=expected_calibration_error(sure, right),
        reliability=tuple(reliability_bins(sure, right)),
        confusion=tuple(tuple(int(count) for count in row) for row in confusion),
        by_group={name: _measure(_named(gold[mask]), _named(given[mask])) for name, mask in each.items()},
        lexicon=_measure(_named(gold), _named(lexicon)),
        lexicon_by_group={name: _measure(_named(gold[mask]), _named(lexicon[mask])) for name, mask in each.items()},
    )


def _by_lexicon(text: Lesson) -> NDArray[np.intp]:
    """The lexicon's labels of a dialogue, from the text alone."""
    bare = [Utterance(turn.speaker, turn.text) for turn in text.dialogue.utterances]
    return np.array([_INDEX[emotion] for emotion in label(bare)], np.intp)


def _named(numbers: NDArray[np.intp]) -> list[Emotion]:
    return [_LABELS[number] for number in numbers]


def _measure(gold: Sequence[Emotion], given: Sequence[Emotion]) -> Figures:
    """The figures of labels against those that were there, at least one."""
    return Figures(len(gold), accuracy(gold, given), macro_f1(gold, given), cohen_kappa(gold, given))
