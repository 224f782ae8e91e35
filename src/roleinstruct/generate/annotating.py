"""Emotion labels by a model: many lines in one request, and every line labelled or accounted for."""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from roleinstruct.generate.voting import AnnotateOptions, Voted, questions_of, vote
from roleinstruct.generate.windows import Pack, Task, Window, pack
from roleinstruct.llm.asking import Asker
from roleinstruct.llm.engine import Failed
from roleinstruct.llm.ordered import in_order
from roleinstruct.llm.replies import strict_schema
from roleinstruct.llm.request import Request
from roleinstruct.records import Dialogue, Rejected, Utterance

__all__ = ["Annotated", "annotate_by_model", "requests_of"]


@dataclass(frozen=True, slots=True)
class Annotated:
    """A dialogue that a model was asked about.

    Attributes:
        dialogue: With the new labels. Their annotator is the model's name; their confidence is None unless there was a
            vote.
        failed: One for each line that was asked for and not labelled, in their order; those lines are as they were.
        keys: The requests whose answers were used, in the journal; short dialogues share them.
    """

    dialogue: Dialogue
    failed: tuple[Rejected, ...]
    keys: tuple[str, ...]


async def annotate_by_model(
    tasks: Iterable[Task], asker: Asker, options: AnnotateOptions, ahead: int
) -> AsyncIterator[Annotated]:
    """Label the turns that are asked for, dialogue by dialogue, in the order of the tasks.

    Args:
        tasks: Taken one by one; see `Task.of` and `Cascade.take`.
        asker: Asks the model.
        options: How.
        ahead: Packs of lines to begin before the first is done, 1 or more; no more are held in memory.

    Raises:
        EndpointError: No call can succeed.
        BudgetError: A call could pass the limit.
        JournalError: A reply could not be kept.
    """

    async def ask(packed: Pack) -> list[_Piece]:
        voted = await vote(packed, asker, options) if packed.lines else Voted({}, {}, ())
        return list(_pieces(packed, voted))

    model, held = asker.engine.endpoint.model, list[_Piece]()
    async for pieces in in_order(pack(tasks, options.window, options.context), ask, ahead):
        for piece in pieces:
            held.append(piece)
            if piece.window.is_last:
                yield _joined(held, model, is_vote=options.samples > 1)
                held = []


def requests_of(tasks: Iterable[Task], model: str, options: AnnotateOptions) -> Iterator[Request]:
    """What `annotate_by_model` would ask in its first round, without asking: repairs are not among them.

    Args:
        tasks: As for `annotate_by_model`.
        model: The model's name.
        options: Likewise.
    """
    for packed in pack(tasks, options.window, options.context):
        if packed.lines:
            for asked in questions_of(packed, options):
                schema = strict_schema(asked.answer)
                yield Request(model, asked.messages, asked.parameters, schema, asked.sample)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A window, the number of its first asked line in its pack, and what was said of the pack."""

    window: Window
    first: int
    voted: Voted


def _pieces(packed: Pack, voted: Voted) -> Iterator[_Piece]:
    first = 1
    for window in packed.windows:
        yield _Piece(window, first, voted)
        first += len(window.asked)


def _joined(pieces: Sequence[_Piece], model: str, *, is_vote: bool) -> Annotated:
    """A dialogue with the labels of all its windows."""
    dialogue = pieces[0].window.dialogue
    turns, failed, keys = list(dialogue.utterances), list[Rejected](), list[str]()
    for piece in pieces:
        keys += piece.voted.keys if piece.window.asked else ()
        for number, position in enumerate(piece.window.asked, piece.first):
            turn = turns[position]
            if number in piece.voted.failed:
                failed.append(_reject(dialogue, turn, piece.voted.failed[number]))
                continue
            emotion, share = piece.voted.labels[number]
            sure = share if is_vote else None
            turns[position] = replace(turn, emotion=emotion, annotator=model, confidence=sure, tag="")
    return Annotated(replace(dialogue, utterances=tuple(turns)), tuple(failed), tuple(keys))


def _reject(dialogue: Dialogue, turn: Utterance, failure: Failed) -> Rejected:
    return Rejected(
        "label",
        failure.reason,
        "annotate",
        turn.place or dialogue.source,
        {"speaker": turn.speaker, "text": turn.text, "message": failure.message, "reply": failure.text},
        character=dialogue.character,
    )
