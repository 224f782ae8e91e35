"""A cascade: the local classifier labels what it is sure of, a model is asked for the rest."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from roleinstruct.emotions import Emotion
from roleinstruct.errors import RecordError
from roleinstruct.generate.annotating import Annotated, AnnotateOptions, annotate_by_model
from roleinstruct.generate.classifier import EmotionClassifier
from roleinstruct.generate.lessons import is_taught
from roleinstruct.llm.asking import Asker
from roleinstruct.metrics.agreement import accuracy, cohen_kappa
from roleinstruct.records import Dialogue

__all__ = ["Cascade", "Point", "Taken", "annotate_by_cascade", "choose_threshold", "curve"]


@dataclass(frozen=True, slots=True)
class Taken:
    """What the local classifier has done.

    Attributes:
        dialogue: With its labels where it is sure.
        rest: Positions of the turns that a model is to be asked about, ascending.
    """

    dialogue: Dialogue
    rest: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cascade:
    """Takes the turns that a local classifier is sure of.

    Attributes:
        classifier: Fitted; see `generate.fitting.fit`.
        threshold: The least confidence at which its label is taken, 0 to 1; see `choose_threshold`.
    """

    classifier: EmotionClassifier
    threshold: float

    def take(self, dialogue: Dialogue) -> Taken:
        """Label the turns that it is sure of, among those that `annotate_by_model` would ask about.

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
        return Taken(replace(dialogue, utterances=tuple(turns)), tuple(rest))


async def annotate_by_cascade(
    dialogue: Dialogue, cascade: Cascade, asker: Asker, options: AnnotateOptions
) -> Annotated:
    """Label what the classifier is sure of, and ask a model for the rest, which sees the other lines as context.

    Raises:
        EndpointError: As `annotate_by_model`.
        BudgetError: Likewise.
        JournalError: Likewise.
    """
    taken = cascade.take(dialogue)
    return await annotate_by_model(taken.dialogue, asker, options, taken.rest)


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
