"""Questions to the character, and the character's answers, made up by a model from the script and the profile.

The paper's second stage (RoleCraft-GLM, section 3.2). A model is shown one piece of the script after another; what it
makes of each is held against what it was shown, pair by pair, so that a bad pair costs itself alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from roleinstruct.errors import ConfigError
from roleinstruct.generate.chunks import LEAST, Chunk, check_room, chunks_of, clipped
from roleinstruct.generate.describing import known, spoken
from roleinstruct.generate.pairs import Pair, Shown, outcome_of
from roleinstruct.generate.prompting import prompt
from roleinstruct.generate.teaching import TEACHER, Shape, first_request, limited, messages, reply_of
from roleinstruct.llm.asking import Answered, Asker, Question
from roleinstruct.llm.engine import Failed
from roleinstruct.llm.ordered import in_order
from roleinstruct.llm.request import Request
from roleinstruct.records import CharacterProfile, Dialogue, Instruction, Rejected

__all__ = ["Pairs", "QuestionOptions", "Questions", "questions_by_model", "requests_of"]


@dataclass(frozen=True, slots=True)
class QuestionOptions:
    """How questions are made.

    Attributes:
        pairs: Asked of each piece of the script, 1 or more.
        pieces: The most pieces that are looked at, spread evenly over the script; None for all.
        context: Tokens of script in a piece.
        parameters: Of the server.
    """

    pairs: int = 10
    pieces: int | None = None
    context: int = 3000
    parameters: Mapping[str, object] = field(default_factory=lambda: TEACHER)

    def __post_init__(self) -> None:
        check_room(self.context)
        if self.pairs < 1 or (self.pieces is not None and self.pieces < 1):
            raise ConfigError(f"{self.pairs} pairs from {self.pieces} pieces are none; expected 1 or more.")


@dataclass(frozen=True, slots=True)
class Questions:
    """What a model made of a script.

    Attributes:
        items: Pairs that are fit, in the order of the script; without ids, and not yet rid of those that repeat.
        failed: Pairs that are not, and pieces of the script that no pair came of.
        keys: The requests in the journal that the items were made by.
    """

    items: tuple[Instruction, ...]
    failed: tuple[Rejected, ...]
    keys: tuple[str, ...]


async def questions_by_model(
    profile: CharacterProfile, dialogues: Sequence[Dialogue], asker: Asker, options: QuestionOptions | None = None
) -> Questions:
    """Have questions to the character made up, and answered in character.

    Args:
        profile: Whom to ask.
        dialogues: With emotions, in order; those of other characters are passed over.
        asker: Asks the model.
        options: How, and how many.

    Returns:
        One outcome for each pair that the model gave (see `pairs.outcome_of`), and one rejected question for each
        piece that came to nothing, with the reason of `Failed`.

    Raises:
        EndpointError: No call can succeed.
        BudgetError: The next call could pass the limit.
        JournalError: A reply could not be kept.
    """

    async def ask(step: _Step) -> Questions:
        return _judged(step, await asker.ask(step.question), profile.character, asker.engine.endpoint.model)

    steps = _steps(profile, dialogues, options or QuestionOptions())
    done = [one async for one in in_order(steps, ask, asker.engine.limits.concurrency)]
    return Questions(
        tuple(item for one in done for item in one.items),
        tuple(rejected for one in done for rejected in one.failed),
        tuple(key for one in done for key in one.keys),
    )


def requests_of(
    profile: CharacterProfile, dialogues: Sequence[Dialogue], model: str, options: QuestionOptions | None = None
) -> list[Request]:
    """The first requests of `questions_by_model`; answers that have to be asked for twice come on top.

    Args:
        profile: As there.
        dialogues: As there.
        model: The model's name.
        options: As there.
    """
    steps = _steps(profile, dialogues, options or QuestionOptions())
    return [first_request(step.question, model) for step in steps]


class Pairs(Shape):
    """The model's answer."""

    pairs: list[Pair]


@dataclass(frozen=True, slots=True)
class _Step:
    question: Question[Pairs]
    chunk: Chunk


def _steps(profile: CharacterProfile, dialogues: Sequence[Dialogue], options: QuestionOptions) -> Iterator[_Step]:
    mine = [dialogue for dialogue in dialogues if dialogue.character == profile.character]
    language = spoken(profile, mine)
    about = clipped(known(profile, language), LEAST)
    parameters = limited(options.parameters, _FRAME + _PAIR * options.pairs)
    for chunk in _spread(chunks_of(mine, options.context, language), options.pieces):
        values = {"character": profile.character, "known": about, "script": chunk.text, "count": options.pairs}
        asked = messages(prompt("questions", language), **values)
        yield _Step(Question(asked, Pairs, "ask", _nothing, parameters), chunk)


# Tokens of a reply: its frame, and a pair at its longest; a usual one takes about half.
_FRAME, _PAIR = 256, 200


def _nothing(found: Pairs) -> str:
    return "" if found.pairs else "there is no pair in it."


def _spread(chunks: Sequence[Chunk], most: int | None) -> list[Chunk]:
    """So many of the chunks, at even distances."""
    if most is None or most >= len(chunks):
        return list(chunks)
    return [chunks[number * len(chunks) // most] for number in range(most)]


def _judged(step: _Step, found: Answered[Pairs] | Failed, character: str, model: str) -> Questions:
    """What became of one piece of the script."""
    if isinstance(found, Failed):
        payload = {"dialogues": list(step.chunk.ids), **reply_of(found)}
        place = step.chunk.dialogues[0].source
        rejected = Rejected("question", found.reason, "ask", place, payload, character=character)
        return Questions((), (rejected,), ())
    shown = Shown.of(character, step.chunk)
    outcomes = [outcome_of(pair, shown, model) for pair in found.value.pairs]
    items = tuple(one for one in outcomes if isinstance(one, Instruction))
    return Questions(items, tuple(one for one in outcomes if isinstance(one, Rejected)), found.keys)
