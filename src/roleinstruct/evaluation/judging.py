"""A model as the judge of several systems' answers: every item in balanced orders, and as often as is wanted."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from string import ascii_uppercase

from roleinstruct.errors import ConfigError, RecordError
from roleinstruct.evaluation.answers import Answers
from roleinstruct.evaluation.items import Item
from roleinstruct.evaluation.orders import Orders, orders_of
from roleinstruct.evaluation.rubric import DIMENSIONS, MOST, Judgement, Matter, ranks_of, rubric_question
from roleinstruct.evaluation.verdicts import Verdict
from roleinstruct.llm.asking import Answered, Asker, Question
from roleinstruct.llm.engine import Failed
from roleinstruct.llm.ordered import in_order
from roleinstruct.metrics.tokenize import tokenizer_of

__all__ = ["JUDGE", "Game", "JudgeOptions", "Judged", "families_of", "family_of", "games_of", "judge_games", "model_of"]

JUDGE: Mapping[str, object] = {"temperature": 0.0}
"""How a judge samples, where nothing else is said."""


@dataclass(frozen=True, slots=True)
class JudgeOptions:
    """How items are judged.

    Attributes:
        orders: "all" or "2", see `orders_of`.
        repeats: How often each question is asked; from two on, it is seen whether the judge agrees with itself.
        parameters: Of the server.
    """

    orders: Orders = "all"
    repeats: int = 1
    parameters: Mapping[str, object] = field(default_factory=lambda: JUDGE)

    def __post_init__(self) -> None:
        if self.repeats < 1:
            raise ConfigError(f"every question is to be asked {self.repeats} times; expected 1 or more.")


@dataclass(frozen=True, slots=True)
class Game:
    """One judgement to be had.

    Attributes:
        item: What was asked of the systems.
        order: The systems as they are shown.
        sample: Which repeat.
        lengths: As in `Verdict`.
        question: What the judge is asked.
    """

    item: Item
    order: tuple[str, ...]
    sample: int
    lengths: Mapping[str, int]
    question: Question[Judgement]


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a game.

    Attributes:
        verdict: The judgement, or why there is none.
        keys: The requests that it rests on, in the journal.
        model: Who judged, as the server says; "" where nobody did.
    """

    verdict: Verdict
    keys: tuple[str, ...]
    model: str


def games_of(
    items: Sequence[Item],
    systems: Sequence[Answers],
    personas: Mapping[str, tuple[str, str]],
    options: JudgeOptions | None = None,
) -> Iterator[Game]:
    """All judgements to be had, the items in their order.

    Args:
        items: What was asked.
        systems: What each system answered, to every one of the items.
        personas: Language ("zh" or "en") and persona of each character.
        options: How they are judged.

    Raises:
        ConfigError: There are fewer than two systems, more than `MOST`, or two of one name.
        RecordError: A system has not answered an item, or there is no persona of its character.
    """
    chosen = options or JudgeOptions()
    by_name = {answers.system: answers.texts for answers in systems}
    if len(by_name) < len(systems) or not 2 <= len(by_name) <= MOST:
        raise ConfigError(
            f"the systems are {', '.join(answers.system for answers in systems) or 'none'}; give 2 to {MOST}, each of "
            "another name."
        )
    count = tokenizer_of("char")[1]
    for item in items:
        texts = {name: _answer(item, name, known) for name, known in sorted(by_name.items())}
        lengths = {name: len(count(text)) for name, text in texts.items()}
        matter = _matter(item, personas)
        for order in orders_of(item.id, list(texts), chosen.orders):
            for sample in range(chosen.repeats):
                question = rubric_question(matter, [texts[name] for name in order], chosen.parameters, sample)
                yield Game(item, order, sample, lengths, question)


async def judge_games(games: Iterator[Game], asker: Asker, window: int) -> AsyncIterator[Judged]:
    """Ask a judge; what it says that cannot be read is unscored, and never a rank.

    Args:
        games: See `games_of`.
        asker: Asks the model.
        window: How many games to begin before the first is done.

    Raises:
        EndpointError: No call can succeed.
        BudgetError: The next call could pass the limit.
        JournalError: A reply could not be kept.
    """

    async def settle(game: Game) -> Judged:
        found = await asker.ask(game.question)
        return Judged(_verdict(game, found), found.keys, found.model if isinstance(found, Answered) else "")

    async for judged in in_order(games, settle, window):
        yield judged


def family_of(model: str) -> str:
    """The family of a model by its name, such as "qwen" for "Qwen/Qwen2.5-7B-Instruct"; "" if it has no word."""
    found = re.match(r"[a-z]+", model.rstrip("/").rsplit("/", 1)[-1].lower())
    return _SAME.get(found[0], found[0]) if found else ""


def model_of(answers: Answers) -> str:
    """The model that a system is, or the base that it rests on, as the head of its answers says; "" for neither."""
    settings: object = answers.settings  # somebody else's file may say anything
    return str(settings.get("model") or settings.get("base") or "") if isinstance(settings, Mapping) else ""


def families_of(judge: str, systems: Sequence[Answers], declared: Sequence[str] = ()) -> tuple[str, ...]:
    """The systems that are the judge's own: of the family of its model by its `model_of`, or declared.

    Raises:
        ConfigError: There is no system of a declared name.
    """
    names = [answers.system for answers in systems]
    if unknown := [name for name in declared if name not in names]:
        raise ConfigError(f"{unknown[0]!r} is said to be the judge's own; there are {', '.join(names)}.")
    family = family_of(judge)
    own = {one.system for one in systems if family and family_of(model_of(one)) == family}
    return tuple(sorted(own | set(declared)))


def _answer(item: Item, system: str, texts: Mapping[str, str]) -> str:
    if item.id not in texts:
        raise RecordError(f"{system} has not answered {item.id}: run roleinstruct respond again to go on.")
    return texts[item.id]


def _matter(item: Item, personas: Mapping[str, tuple[str, str]]) -> Matter:
    if item.character not in personas:
        raise RecordError(f"there is no profile of {item.character}, whom {item.id} is put to: write one first.")
    language, persona = personas[item.character]
    return Matter(item.character, language, persona, item.instruction)


def _verdict(game: Game, found: Answered[Judgement] | Failed) -> Verdict:
    item, order = game.item, game.order
    if isinstance(found, Failed):
        said = found.text or found.message
        return Verdict(
            item.id, item.character, game.sample, order, game.lengths, unscored=found.reason, said=_readable(said)
        )
    names = dict(zip(ascii_uppercase, order, strict=False))
    grades = {names[grade.answer]: grade for grade in found.value.scores}
    ranks = {names[letter]: rank for letter, rank in ranks_of(found.value).items()}
    return Verdict(
        item.id,
        item.character,
        game.sample,
        order,
        game.lengths,
        {name: ranks[name] for name in order},
        {name: {part: getattr(grades[name], part) for part in DIMENSIONS} for name in order},
        {name: {part: getattr(grades[name], f"{part}_reason") for part in DIMENSIONS} for name in order},
    )


def _readable(said: str) -> str:
    """The beginning of what was said, without halves of characters, which no file can hold."""
    return said[:_KEPT].encode("utf-8", "replace").decode("utf-8")


_KEPT = 500
"""Characters that are kept of what cannot be read; all of it is in the journal."""

_SAME = {"chatgpt": "gpt", "o": "gpt", "chatglm": "glm", "qwq": "qwen"}
"""Families that go by more than one name."""
