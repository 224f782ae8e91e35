"""What people are asked: questions with the answers of all systems, and nothing that tells whose answer is whose."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from roleinstruct.errors import ConfigError, RecordError
from roleinstruct.evaluation.answers import Answers
from roleinstruct.evaluation.items import Item
from roleinstruct.records import CharacterProfile

__all__ = ["Answer", "Question", "Sheet", "Study", "deal", "draw"]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as a person sees it.

    Attributes:
        id: A digest of the item and the text: it holds nothing that the sheet does not show.
        text: What was answered.
    """

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the answers to it.

    Attributes:
        item: The item's id in the benchmark.
        character: Whom it is put to.
        instruction: What is asked.
        answers: Each different text once, whoever answered it.
    """

    item: str
    character: str
    instruction: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Study:
    """All that is to be rated.

    Attributes:
        questions: In the order of the benchmark.
        systems: By answer id, the systems that gave it: two that answer in the same words get the same scores.
        profiles: By character; one without a profile is not in it.
        passed: Items that could not be drawn because a system has not answered them.
    """

    questions: tuple[Question, ...]
    systems: Mapping[str, tuple[str, ...]]
    profiles: Mapping[str, CharacterProfile]
    passed: int = 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one person is given.

    Attributes:
        rater: Whom it is for.
        questions: In an order of the person's own, and so the answers of each.
        profiles: As in the study.
    """

    rater: str
    questions: tuple[Question, ...]
    profiles: Mapping[str, CharacterProfile]


def draw(
    items: Sequence[Item],
    systems: Sequence[Answers],
    profiles: Mapping[str, CharacterProfile],
    *,
    number: int = 100,
    seed: int = 0,
) -> Study:
    """Draw items that all systems have answered, as evenly over characters and tasks as they go.

    Args:
        items: To draw from.
        systems: What each answered.
        profiles: By character.
        number: Items, at most.
        seed: The same seed draws the same items.

    Raises:
        ConfigError: There is no system, or two of one name.
        RecordError: No item is answered by all.
    """
    names = [answers.system for answers in systems]
    if not names or len(set(names)) < len(names):
        raise ConfigError(f"the systems are {', '.join(names) or 'none'}; give one or more, each of another name.")
    answered = [item for item in items if all(item.id in answers.texts for answers in systems)]
    if not answered:
        raise RecordError("no item of the benchmark is answered by every system: are the files of this data set?")
    chosen = _even(answered, number, seed)
    by_answer: dict[str, list[str]] = {}
    questions = []
    for item in chosen:
        found: dict[str, Answer] = {}
        for answers in systems:
            text = answers.texts[item.id].strip().encode("utf-8", "replace").decode()  # half a character is none
            answer = found.setdefault(text, Answer(_name(item.id, text), text))
            by_answer.setdefault(answer.id, []).append(answers.system)
        questions.append(Question(item.id, item.character, item.instruction, tuple(found.values())))
    known = {name: profiles[name] for name in dict.fromkeys(item.character for item in chosen) if name in profiles}
    owners = {name: tuple(owners) for name, owners in by_answer.items()}
    return Study(tuple(questions), owners, known, len(items) - len(answered))


def deal(study: Study, raters: Sequence[str], seed: int = 0) -> list[Sheet]:
    """Give everybody everything, each in an order of their own, so that nobody's fatigue meets the same answers.

    The answers to one question stay together: the profile and the question are read once for all of them.

    Args:
        study: What is to be rated.
        raters: Names.
        seed: The same seed gives the same orders; they depend on texts, never on the systems' names.
    """
    return [
        Sheet(
            rater,
            tuple(
                Question(
                    asked.item,
                    asked.character,
                    asked.instruction,
                    tuple(sorted(asked.answers, key=lambda answer: _order(seed, rater, answer.id))),
                )
                for asked in sorted(study.questions, key=lambda asked: _order(seed, rater, asked.item))
            ),
            study.profiles,
        )
        for rater in raters
    ]


def _even(items: Sequence[Item], number: int, seed: int) -> list[Item]:
    """One of each character and task, then a second of each, and so on; in the order in which they were given."""
    taken: dict[tuple[str, str], int] = {}
    ranked = []
    for item in sorted(items, key=lambda item: _order(seed, item.id)):
        group = (item.character, item.task)
        taken[group] = taken.get(group, 0) + 1
        ranked.append((taken[group], _order(seed, *group), item.id))
    kept = {name for _, _, name in sorted(ranked)[:number]}
    return [item for item in items if item.id in kept]


def _name(item: str, text: str) -> str:
    """A letter in front, so that no spreadsheet program takes it for a number."""
    return "a" + hashlib.blake2b(f"{item}\n{text}".encode(), digest_size=6).hexdigest()


def _order(seed: int, *names: str) -> bytes:
    return hashlib.sha256("\n".join((str(seed), *names)).encode()).digest()
