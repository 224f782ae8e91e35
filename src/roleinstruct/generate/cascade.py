"""A cascade: the local classifier labels what it is sure of, a model is asked for the rest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import compress

from roleinstruct.emotions import Emotion
from roleinstruct.errors import RecordError
from roleinstruct.generate.classifier import EmotionClassifier
from roleinstruct.generate.fitting import fit
from roleinstruct.generate.groups import deal, group
from roleinstruct.generate.lessons import is_taught
from roleinstruct.generate.windows import Task
from roleinstruct.metrics.agreement import accuracy, cohen_kappa
from roleinstruct.records import Dialogue

__all__ = ["Calibrated", "Cascade", "Guess", "Point", "choose_threshold", "curve", "fit_cascade", "hold_out"]


@dataclass(frozen=True, slots=True)
class Cascade:
    """Takes the turns that a local classifier is sure of.

    Attributes:
        classifier: Fitted; see `generate.fitting.fit`.
        threshold: The least confidence at which its label is taken, 0 to 1; see `choose_threshold`.
    """

    classifier: EmotionClassifier
    threshold: float

    def take(self, dialogue: Dialogue) -> Task:
        """Label the turns that it is sure of, among those that a model would be asked about; the rest is left to it.

        Taken turns bear the annotator "fitted" and the confidence; all others stay as they were.
        """
        guessed = {turn.annotator for turn in dialogue.utterances if turn.annotator and not is_taught(turn)}
        local = self.classifier.label(dialogue, overwrite=guessed).utterances
        turns, rest = list(dialogue.utterances), list[int]()
        for position, (turn, labelled) in enumerate(zip(dialogue.utterances, local, strict=True)):
            if is_taught(turn):
                continue
            if (labelled.confidence or 0.0) >= self.threshold:
                turns[position] = labelled
            else:
                rest.append(position)
        return Task(replace(dialogue, utterances=tuple(turns)), tuple(rest))


@dataclass(frozen=True, slots=True)
class Guess:
    """What a classifier says of a line that it was not fitted on.

    Attributes:
        dialogue: The id of the line's dialogue.
        position: Where it stands there, from 0.
        confidence: Of the classifier, 0 to 1.
        local: Its label.
        given: The label that the line has.
    """

    dialogue: str
    position: int
    confidence: float
    local: Emotion
    given: Emotion


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A cascade, and what it was seen to do on lines that its classifier was not fitted on.

    Attributes:
        cascade: Fitted on everything; None where nothing can be taken at the agreement that was wished for.
        expected: Cohen's kappa of the labels in the end with those of the model; 1 where nothing is taken.
        share: Lines that it would take, of all, 0 to 1.
        lines: Of how many lines all this is known.
    """

    cascade: Cascade | None
    expected: float
    share: float
    lines: int


def fit_cascade(dialogues: Sequence[Dialogue], agreement: float, *, seed: int = 0) -> Calibrated:
    """Fit a classifier on labelled dialogues, and choose the threshold that keeps to an agreement.

    Args:
        dialogues: Labelled as the model labels, or by it.
        agreement: See `choose_threshold`.
        seed: Decides which groups are held out together.

    Raises:
        RecordError: There are too few labels; see `fit`.
        MissingExtraError: scikit-learn is not installed.
    """
    guesses = list(hold_out(dialogues, seed=seed))
    columns = [g.confidence for g in guesses], [g.local for g in guesses], [g.given for g in guesses]
    threshold = choose_threshold(*columns, agreement)
    if threshold is None:
        return Calibrated(None, 1.0, 0.0, len(guesses))
    point = next(point for point in curve(*columns) if point.threshold == threshold)
    return Calibrated(Cascade(fit(dialogues, seed=seed), threshold), point.kappa, point.share, len(guesses))


def hold_out(dialogues: Sequence[Dialogue], *, folds: int = 5, seed: int = 0) -> Iterator[Guess]:
    """Guess each labelled line by a classifier that saw no line of its group: of its character, if there are three.

    Args:
        dialogues: As for `fit`.
        folds: 2 or more; fewer where there are fewer groups.
        seed: As for `fit`.

    Raises:
        RecordError: As `fit`, of what a fold leaves to learn from.
        MissingExtraError: scikit-learn is not installed.
    """
    taught = [sum(map(is_taught, dialogue.utterances)) for dialogue in dialogues]
    groups = group(dialogues)
    if len(set(groups)) < 2:  # everybody shares lines with everybody
        groups = [f"{number}" for number in range(len(dialogues))]
    fold_of = deal(groups, taught, folds, seed)
    for fold in range(max(fold_of, default=0) + 1):
        fitted = fit(compress(dialogues, (place != fold for place in fold_of)), seed=seed)
        for dialogue in compress(dialogues, (place == fold for place in fold_of)):
            bare = (replace(turn, emotion=None, annotator=None) for turn in dialogue.utterances)
            local = fitted.label(replace(dialogue, utterances=tuple(bare))).utterances
            for position, (turn, guess) in enumerate(zip(dialogue.utterances, local, strict=True)):
                if turn.emotion and is_taught(turn) and guess.emotion:
                    yield Guess(dialogue.id, position, guess.confidence or 0.0, guess.emotion, turn.emotion)


@dataclass(frozen=True, slots=True)
class Point:
    """What one threshold would do on a labelled sample.

    Attributes:
        threshold: The least confidence that is taken, 0 to 1.
        share: Lines taken locally, of all, above 0 to 1.
        accuracy: Of the taken, how many the model labels alike, 0 to 1.
        kappa: Cohen's, of the labels that the cascade ends with against the model's on all lines, -1 to 1. What a
            model is asked for agrees with itself.
    """

    threshold: float
    share: float
    accuracy: float
    kappa: float


def curve(confidences: Sequence[float], local: Sequence[Emotion], model: Sequence[Emotion]) -> list[Point]:
    """What the thresholds 0.00, 0.01, … 1.00 would do, those at which nothing is taken left out.

    Args:
        confidences: Of the local classifier, 0 to 1, on lines that it was not fitted on.
        local: Its labels, in the same order.
        model: The model's labels, likewise.

    Raises:
        RecordError: The three differ in length, or there is no line.
    """
    if not len(confidences) == len(local) == len(model):
        raise RecordError(
            f"{len(confidences)} confidences, {len(local)} local labels and {len(model)} of the model: "
            "give one of each a line."
        )
    points = []
    for threshold in (percent / 100 for percent in range(101)):
        taken = [confidence >= threshold for confidence in confidences]
        final = [mine if sure else theirs for sure, mine, theirs in zip(taken, local, model, strict=True)]
        mine = [label for label, sure in zip(final, taken, strict=True) if sure]
        theirs = [label for label, sure in zip(model, taken, strict=True) if sure]
        if mine or not threshold:  # at 0 everything is taken; if even that is nothing, `accuracy` says so
            right = accuracy(theirs, mine)
            points.append(Point(threshold, len(mine) / len(final), right, cohen_kappa(model, final)))
    return points


def choose_threshold(
    confidences: Sequence[float], local: Sequence[Emotion], model: Sequence[Emotion], agreement: float
) -> float | None:
    """The lowest threshold from which upwards the cascade agrees with the model as well as is wished.

    Agreement is the kappa of the whole: the labels that the cascade ends with against the model's on every line, which
    is 1 where nothing is taken. It says how far the data set would depart from one that the model alone had labelled;
    the accuracy among the taken lines would not say how many those are.

    Args:
        confidences: As for `curve`; the sample must not be what the classifier was fitted on.
        local: Likewise.
        model: Likewise.
        agreement: The least kappa, such as 0.98.

    Returns:
        In steps of 0.01; None where no line can be taken at that agreement.

    Raises:
        RecordError: As `curve`.
    """
    chosen = None
    for point in reversed(curve(confidences, local, model)):
        if point.kappa < agreement:
            break
        chosen = point.threshold
    return chosen
