"""The labels of one pack of lines: asked for, mended line by line, and voted on where there are several samples."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from roleinstruct.emotions import Emotion
from roleinstruct.errors import ConfigError
from roleinstruct.generate.labels import LabelReply, Labels, ReasonedLabels, sift
from roleinstruct.generate.prompting import prompt
from roleinstruct.generate.windows import Pack, Window, halved, write
from roleinstruct.llm.asking import Answered, Asker, Question
from roleinstruct.llm.engine import Failed
from roleinstruct.llm.ordered import in_order
from roleinstruct.records import Message

__all__ = ["AnnotateOptions", "Voted", "questions_of", "vote"]


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
class Voted:
    """What was said of the lines of a pack; each is in one of the two.

    Attributes:
        labels: By line number, from 1: the label, and the share of all samples that gave it, above 0 to 1.
        failed: By line number: why there is none.
        keys: The requests whose answers were used, in the journal.
    """

    labels: Mapping[int, tuple[Emotion, float]]
    failed: Mapping[int, Failed]
    keys: tuple[str, ...]


async def vote(packed: Pack, asker: Asker, options: AnnotateOptions) -> Voted:
    """Ask for the labels of a pack.

    Lines that a reply leaves out or leaves in doubt are asked for once more, alone, and cost themselves alone. Where
    nothing could be made of any reply, each dialogue of the pack is asked for by itself: one that a model refuses is
    not to cost its neighbours. A dialogue that the server does not take is asked for in halves: it may be too long.

    Args:
        packed: One that asks for something.
        asker: Asks the model.
        options: How.

    Raises:
        EndpointError: No call can succeed.
        BudgetError: A call could pass the limit.
        JournalError: A reply could not be kept.
    """
    last = packed.lines
    asked = questions_of(packed, options)
    told = [found async for found in in_order(asked, lambda one: _ask(one, last, asker), len(asked) + 1)]
    if not any(found.labels for found in told) and (parts := _apart(packed, told[-1].failure.reason, options.context)):
        apart = [Pack((part,), packed.language) for part in parts]
        return _joined(
            apart, [found async for found in in_order(apart, lambda one: vote(one, asker, options), len(apart) + 1)]
        )
    labels, failed = dict[int, tuple[Emotion, float]](), dict[int, Failed]()
    for number in range(1, last + 1):
        given = [found.labels[number] for found in told if number in found.labels]
        if given:
            emotion, count = Counter(given).most_common(1)[0]  # of equals, the one that was seen first
            labels[number] = emotion, count / options.samples
        else:
            failed[number] = told[-1].failure
    return Voted(labels, failed, tuple(key for found in told for key in found.keys))


def questions_of(packed: Pack, options: AnnotateOptions) -> list[Question[LabelReply]]:
    """The first question of a pack, once for each sample."""
    said = prompt("annotate_reasons" if options.reasons else "annotate", packed.language)
    last = packed.lines
    temperature = options.temperature
    if temperature is None:
        temperature = 0.7 if options.samples > 1 else 0.0
    room = _FRAME + last * (_REASONED if options.reasons else _LINE)
    question: Question[LabelReply] = Question(
        (Message("system", said.system), Message("user", said.user(last=last, lines=write(packed)))),
        ReasonedLabels if options.reasons else Labels,
        "annotate",
        lambda reply: _complaint(reply, last),
        {"temperature": temperature, "max_tokens": room},
    )
    return [replace(question, sample=sample) for sample in range(options.samples)]


# Tokens of a reply: its frame, and a line. Room enough for a model that likes blanks or writes objects for strings.
_FRAME, _LINE, _REASONED = 64, 16, 96


@dataclass(frozen=True, slots=True)
class _Told:
    """The labels of one sample, by line number, and what is wrong with the lines that have none."""

    labels: Mapping[int, Emotion]
    failure: Failed
    keys: tuple[str, ...]


def _apart(packed: Pack, reason: str, context: int) -> tuple[Window, ...]:
    """What to ask for one by one after a pack has failed; nothing where that would not help."""
    parts = packed.asking
    if len(parts) > 1 and reason != "no_reply":
        return parts
    if len(parts) == 1 and packed.lines > 1 and reason == "refused_by_server":
        return halved(parts[0], context)
    return ()


def _complaint(reply: LabelReply, last: int) -> str:
    """What is wrong with a reply of which nothing can be kept."""
    sifted = sift(reply, range(1, last + 1), last)
    return "" if sifted.labels else sifted.complaint


async def _ask(question: Question[LabelReply], last: int, asker: Asker) -> _Told:
    """One sample: what can be kept of the reply, and of a second one to a question about the rest."""
    answer = await asker.ask(question)
    if isinstance(answer, Failed):
        return _Told({}, answer, ())
    sifted = sift(answer.value, range(1, last + 1), last)
    failure = Failed("missing_label", sifted.complaint, answer.value.model_dump_json())
    missing = [number for number in range(1, last + 1) if number not in sifted.labels]
    if not missing or len(answer.keys) > 1:  # it has had its chance to mend
        return _Told(sifted.labels, failure, answer.keys)
    again = await asker.ask(_repair(question, answer, missing, sifted.complaint))
    if isinstance(again, Failed):
        return _Told(sifted.labels, again, answer.keys)
    more = sift(again.value, missing, last)
    failure = Failed("missing_label", more.complaint, again.value.model_dump_json())
    return _Told({**sifted.labels, **more.labels}, failure, answer.keys + again.keys)


def _repair(
    question: Question[LabelReply], answer: Answered[LabelReply], missing: Iterable[int], complaint: str
) -> Question[LabelReply]:
    said = Message("assistant", answer.value.model_dump_json())
    wanted = Message("user", _AGAIN.format(complaint, ", ".join(map(str, missing))))
    return replace(question, messages=(*question.messages, said, wanted), check=lambda _: "")


_AGAIN = "The other labels are kept, but {} Send JSON of the same shape with these lines and no others: {}."


def _joined(packs: Sequence[Pack], voted: Sequence[Voted]) -> Voted:
    """What was said of packs apart, numbered through."""
    labels, failed, keys, before = dict[int, tuple[Emotion, float]](), dict[int, Failed](), tuple[str, ...](), 0
    for packed, found in zip(packs, voted, strict=True):
        labels |= {before + number: label for number, label in found.labels.items()}
        failed |= {before + number: failure for number, failure in found.failed.items()}
        keys += found.keys
        before += packed.lines
    return Voted(labels, failed, keys)
