"""Questions to the character, and the character's answers, made up by a model from the script and the profile.

The paper's second stage (RoleCraft-GLM, section 3.2, "Context-Instruct"). A model is shown the profile, one piece of
the script after another, and the scenes elsewhere that bear on the piece. What it makes of them is held against what it
was shown, pair by pair, so that a bad pair costs itself alone; what is then missing is asked for again.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from roleinstruct.encoders.encoder import Encoder
from roleinstruct.encoders.ngrams import NgramEncoder
from roleinstruct.generate.echoes import plain
from roleinstruct.generate.pairs import Shown, kind_of, outcome_of
from roleinstruct.generate.rounds import Pairs, QuestionOptions, Step, Task
from roleinstruct.generate.teaching import reply_of
from roleinstruct.llm.asking import Answered, Asker
from roleinstruct.llm.engine import Failed
from roleinstruct.llm.ordered import in_order
from roleinstruct.llm.request import Request
from roleinstruct.llm.shapes import first_request
from roleinstruct.records import CharacterProfile, Dialogue, Instruction, Rejected

__all__ = ["Distinct", "Questions", "questions_by_model", "requests_of"]

Distinct = Callable[[Sequence[Instruction]], Sequence[Instruction]]
"""Leaves out the questions that repeat an earlier one."""


@dataclass(frozen=True, slots=True)
class Questions:
    """What a model made of a script.

    Attributes:
        items: Pairs that are fit, round by round and in the order of the script; without ids, and not yet rid of those
            that repeat.
        failed: Pairs that are not, and pieces of the script that no pair came of.
        keys: The requests in the journal that the items were made by.
        asked: By kind, how many pairs were asked for.
        rounds: How often it was asked.
    """

    items: tuple[Instruction, ...] = ()
    failed: tuple[Rejected, ...] = ()
    keys: tuple[str, ...] = ()
    asked: Mapping[str, int] = field(default_factory=dict)
    rounds: int = 0

    @property
    def kinds(self) -> Counter[str]:
        """By kind, how many fit pairs came, as the model says of which kind they are."""
        return Counter(map(kind_of, self.items))


async def questions_by_model(
    profile: CharacterProfile,
    dialogues: Sequence[Dialogue],
    asker: Asker,
    options: QuestionOptions | None = None,
    distinct: Distinct | None = None,
    encoder: Encoder | None = None,
) -> Questions:
    """Have questions to the character made up, and answered in character.

    Where as many as are wanted have not come, because pairs were unfit or repeated one another, what is missing is
    asked for in a further round: of pieces that were not looked at yet, then of those that were, the kinds that came
    short, with the questions that are there already. It ends with enough, after `QuestionOptions.rounds`, or with a
    round that brings nothing new. What is asked follows from the replies alone.

    Args:
        profile: Whom to ask.
        dialogues: With emotions, in order; those of other characters are passed over.
        asker: Asks the model.
        options: How, and how many.
        distinct: What counts as new; None goes by the letters alone.
        encoder: Finds the scenes that bear on a piece; None goes by the characters that they share.

    Returns:
        One outcome for each pair that the model gave (see `pairs.outcome_of`), and one rejected question for each
        piece that came to nothing, with the reason of `Failed`.

    Raises:
        EndpointError: No call can succeed.
        BudgetError: The next call could pass the limit.
        JournalError: A reply could not be kept.
    """
    task = Task.of(profile, dialogues, options or QuestionOptions(), encoder or NgramEncoder())
    model, least = asker.engine.endpoint.model, task.options.confidence

    async def ask(step: Step) -> Questions:
        shown = Shown.of(profile.character, step.shown, least)
        return _judged(shown, await asker.ask(step.question), model)

    made, new = Questions(), list[Instruction]()
    for number in range(task.rounds):
        steps = task.round(number, new)
        done = [one async for one in in_order(steps, ask, asker.engine.limits.concurrency)]
        made = _joined(made, done, Counter(task.asked))
        before, new = len(new), list((distinct or _by_letters)(made.items))
        if len(new) == before or len(new) >= task.wanted:
            break
    return made


def requests_of(
    profile: CharacterProfile,
    dialogues: Sequence[Dialogue],
    model: str,
    options: QuestionOptions | None = None,
    encoder: Encoder | None = None,
) -> list[Request]:
    """The requests of the first round of `questions_by_model`.

    Answers that have to be asked for twice come on top, and further rounds, where too few pairs are fit.

    Args:
        profile: As there.
        dialogues: As there.
        model: The model's name.
        options: As there.
        encoder: As there.
    """
    task = Task.of(profile, dialogues, options or QuestionOptions(), encoder or NgramEncoder())
    return [first_request(step.question, model) for step in task.round(0, ())]


def _by_letters(items: Sequence[Instruction]) -> list[Instruction]:
    return list({plain(item.instruction): item for item in reversed(items)}.values())[::-1]


def _joined(made: Questions, done: Sequence[Questions], asked: Mapping[str, int]) -> Questions:
    every = (made, *done)
    return Questions(
        tuple(item for one in every for item in one.items),
        tuple(rejected for one in every for rejected in one.failed),
        tuple(key for one in every for key in one.keys),
        asked,
        made.rounds + 1,
    )


def _judged(shown: Shown, found: Answered[Pairs] | Failed, model: str) -> Questions:
    """What became of one piece of the script."""
    if isinstance(found, Failed):
        payload = {"dialogues": list(shown.ids), **reply_of(found)}
        place = shown.dialogues[0].source
        return Questions((), (Rejected("question", found.reason, "ask", place, payload, character=shown.character),))
    outcomes = [outcome_of(pair, shown, model) for pair in found.value.pairs]
    items = tuple(one for one in outcomes if isinstance(one, Instruction))
    return Questions(items, tuple(one for one in outcomes if isinstance(one, Rejected)), found.keys)
