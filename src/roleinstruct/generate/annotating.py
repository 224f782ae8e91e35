"""Emotion labels by a model: many lines of a dialogue in one request, and every line labelled or accounted for."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from roleinstruct.emotions import Emotion
from roleinstruct.errors import ConfigError, RecordError
from roleinstruct.generate.labels import LabelReply, Labels, ReasonedLabels, read
from roleinstruct.generate.lessons import is_taught
from roleinstruct.generate.prompting import prompt
from roleinstruct.generate.windows import Window, divide, write
from roleinstruct.language import language_of
from roleinstruct.llm.asking import Answered, Asker, Question
from roleinstruct.llm.engine import Failed
from roleinstruct.llm.ordered import in_order
from roleinstruct.llm.replies import strict_schema
from roleinstruct.llm.request import Message, Request
from roleinstruct.records import Dialogue, Rejected

__all__ = ["AnnotateOptions", "Annotated", "annotate_by_model", "requests_of"]


@dataclass(frozen=True, slots=True)
class AnnotateOptions:
    """How to ask.

    Attributes:
        window: The most lines to ask for in one request, 1 or more.
        context: Lines before each asked line that are shown and not to be labelled, 0 or more.
        samples: Answers to each request, 1 or more; with several the label that most of them give wins, the first of
            equals, and the confidence is its share of the samples.
        reasons: Have the model write a reason before each label; it stays in the journal. The paper's prompt asks for
            one; it costs several times as many tokens.
        temperature: Of the model; None for 0 with one sample and 0.7 with several.

    Raises:
        ConfigError: A number is out of its range.
    """

    window: int = 40
    context: int = 6
    samples: int = 1
    reasons: bool = False
    temperature: float | None = None

    def __post_init__(self) -> None:
        for name, least in (("window", 1), ("context", 0), ("samples", 1)):
            if getattr(self, name) < least:
                raise ConfigError(f"{name} is {getattr(self, name)}; give {least} or more.")
        if self.temperature is not None and not 0 <= self.temperature <= 2:
            raise ConfigError(f"temperature is {self.temperature}; give 0 to 2.")


@dataclass(frozen=True, slots=True)
class Annotated:
    """A dialogue that a model was asked about.

    Attributes:
        dialogue: With the new labels.
        failed: One for each line that was asked for and not labelled, in their order.
        keys: The requests whose answers were used, in the journal.
    """

    dialogue: Dialogue
    failed: tuple[Rejected, ...]
    keys: tuple[str, ...]


async def annotate_by_model(
    dialogue: Dialogue, asker: Asker, options: AnnotateOptions, only: Collection[int] | None = None
) -> Annotated:
    """Label the turns that have no emotion, and those whose emotion this package has guessed.

    Labels that the source or a model gave stay. A window whose answers all fail leaves its turns as they were.

    Args:
        dialogue: Turns in order.
        asker: Asks the model.
        options: How.
        only: Positions of the turns to ask about; None for all of those.

    Returns:
        The annotator of a new label is the model's name; its confidence is None unless there was a vote.

    Raises:
        EndpointError: No call can succeed.
        BudgetError: A call could pass the limit.
        JournalError: A reply could not be kept.
    """
    plan = [
        (window, question)
        for window in _windows(dialogue, options, only)
        for question in _questions(dialogue, window, options)
    ]
    answers = [answer async for answer in in_order((q for _, q in plan), asker.ask, len(plan) + 1)]
    turns, failed = list(dialogue.utterances), list[Rejected]()
    for first in range(0, len(plan), options.samples):
        window, told = plan[first][0], answers[first : first + options.samples]
        good = [answer for answer in told if isinstance(answer, Answered)]
        if not good:
            failed += _reject(dialogue, window, [answer for answer in told if isinstance(answer, Failed)][-1])
            continue
        for position, (emotion, share) in zip(window.asked, _vote(good, window, options.samples), strict=True):
            turns[position] = replace(
                turns[position],
                emotion=emotion,
                annotator=asker.engine.endpoint.model,
                confidence=share if options.samples > 1 else None,
                tag="",
            )
    keys = tuple(key for answer in answers if isinstance(answer, Answered) for key in answer.keys)
    return Annotated(replace(dialogue, utterances=tuple(turns)), tuple(failed), keys)


def requests_of(
    dialogue: Dialogue, model: str, options: AnnotateOptions, only: Collection[int] | None = None
) -> list[Request]:
    """What `annotate_by_model` would ask in its first round, without asking: repairs are not among them.

    Args:
        dialogue: As for `annotate_by_model`.
        model: The model's name.
        options: Likewise.
        only: Likewise.
    """
    return [
        Request(model, question.messages, question.parameters, strict_schema(question.answer), question.sample)
        for window in _windows(dialogue, options, only)
        for question in _questions(dialogue, window, options)
    ]


# Tokens of a reply: its frame, and a line. Room enough for a model that likes blanks or writes objects for strings.
_FRAME, _LINE, _REASONED = 64, 16, 96


def _windows(dialogue: Dialogue, options: AnnotateOptions, only: Collection[int] | None) -> list[Window]:
    asked = [
        position
        for position, turn in enumerate(dialogue.utterances)
        if not is_taught(turn) and (only is None or position in only)
    ]
    return divide(asked, options.window, options.context)


def _questions(dialogue: Dialogue, window: Window, options: AnnotateOptions) -> list[Question[LabelReply]]:
    """One window, once for each sample."""
    language = language_of(" ".join(turn.text for turn in dialogue.utterances)) or "en"
    said = prompt("annotate_reasons" if options.reasons else "annotate", language)
    last = len(window.asked)
    user = said.user(last=last, lines=write(dialogue, window, language))
    temperature = options.temperature
    if temperature is None:
        temperature = 0.7 if options.samples > 1 else 0.0
    room = _FRAME + last * (_REASONED if options.reasons else _LINE)
    question: Question[LabelReply] = Question(
        (Message("system", said.system), Message("user", user)),
        ReasonedLabels if options.reasons else Labels,
        "annotate",
        lambda reply: _complaint(reply, last),
        {"temperature": temperature, "max_tokens": room},
    )
    return [replace(question, sample=sample) for sample in range(options.samples)]


def _complaint(reply: LabelReply, last: int) -> str:
    try:
        read(reply, last)
    except RecordError as error:
        return str(error)
    return ""


def _vote(answers: Sequence[Answered[LabelReply]], window: Window, samples: int) -> list[tuple[Emotion, float]]:
    """The label of each asked line and its share of all samples, of those that failed too."""
    votes = zip(*(read(answer.value, len(window.asked)) for answer in answers), strict=True)
    winners = (Counter(given).most_common(1)[0] for given in votes)  # of equals, the one that was seen first
    return [(emotion, count / samples) for emotion, count in winners]


def _reject(dialogue: Dialogue, window: Window, failure: Failed) -> list[Rejected]:
    """One for each line that was asked for."""
    asked = (dialogue.utterances[position] for position in window.asked)
    return [
        Rejected(
            "label",
            failure.reason,
            "annotate",
            turn.place or dialogue.source,
            {"speaker": turn.speaker, "text": turn.text, "message": failure.message, "reply": failure.text},
            character=dialogue.character,
        )
        for turn in asked
    ]
