"""General instructions answered in a character's voice by role-prompting with examples (RoleCraft-GLM, section 3.3).

Answers are asked for as JSON, `{"answer": "..."}`, though they are plain text. The shape says where the answer begins
and ends, so that no "Sure, here is what she would say:" becomes a part of it; an answer that was cut off or is a
refusal shows as such; and what is wrong is sent back once, as everywhere else. Its price is a few tokens a reply.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Literal

from roleinstruct.errors import ConfigError, RecordError
from roleinstruct.generate.echoes import plain, speaks_as_machine, takes_over
from roleinstruct.generate.prompting import prompt
from roleinstruct.generate.roles import Role
from roleinstruct.generate.teaching import TEACHER, Shape, first_request, limited, messages, reply_of
from roleinstruct.language import language_of
from roleinstruct.llm.asking import Answered, Asker, Question
from roleinstruct.llm.engine import Failed
from roleinstruct.llm.ordered import in_order
from roleinstruct.llm.replies import parse
from roleinstruct.llm.request import Message, Request
from roleinstruct.records import Instruction, Place, Rejected

__all__ = ["AnswerOptions", "Answers", "Spoken", "answers_by_model", "requests_of"]


@dataclass(frozen=True, slots=True)
class AnswerOptions:
    """How instructions are answered.

    Attributes:
        samples: Answers in character to one instruction.
        neutral: Whether an instruction that has no neutral answer is given one, by a prompt without a character.
        parameters: Of the server.
    """

    samples: int = 5
    neutral: bool = False
    parameters: Mapping[str, object] = field(default_factory=lambda: TEACHER)

    def __post_init__(self) -> None:
        if self.samples < 1:
            raise ConfigError(f"{self.samples} answers to an instruction are none; expected 1 or more.")


@dataclass(frozen=True, slots=True)
class Answers:
    """What became of one instruction.

    Attributes:
        item: With the answers that are fit, in the order of the samples; None where there is none.
        failed: The other answers, the neutral one too.
        keys: The requests in the journal that the item was made by.
    """

    item: Instruction | None
    failed: tuple[Rejected, ...]
    keys: tuple[str, ...]


async def answers_by_model(
    instruction: Instruction, role: Role, asker: Asker, options: AnswerOptions | None = None
) -> Answers:
    """Have a general instruction answered in character.

    Args:
        instruction: What is asked; answers that it has are not looked at, and replaced.
        role: Who answers.
        asker: Asks the model.
        options: How often.

    Returns:
        The instruction as the character's, without an id and a place, its provenance the model. A rejected answer has
        the stage "answer" and the reason "empty_answer", "ai_self_reference", "prompt_echo", or that of `Failed`.

    Raises:
        EndpointError: No call can succeed.
        BudgetError: The next call could pass the limit.
        JournalError: A reply could not be kept.
    """
    steps = _steps(instruction, role, options or AnswerOptions())

    async def ask(step: _Step) -> Answered[Spoken] | Failed:
        return await asker.ask(step.question)

    found = [one async for one in in_order(steps, ask, asker.engine.limits.concurrency)]
    pairs = list(zip(steps, found, strict=True))
    failed = tuple(_rejected(step, one, instruction, role) for step, one in pairs if isinstance(one, Failed))
    good = [(step.kind, one) for step, one in pairs if isinstance(one, Answered)]
    responses = tuple(one.value.answer.strip() for kind, one in good if kind == "character")
    neutral = [one.value.answer.strip() for kind, one in good if kind == "neutral"]
    if not responses:
        return Answers(None, failed, ())
    item = replace(
        instruction,
        id="",
        character=role.character,
        kind="general",
        responses=responses,
        raw_response=neutral[0] if neutral else instruction.raw_response,
        emotion=None,
        provenance=asker.engine.endpoint.model,
        place=None,
    )
    return Answers(item, failed, tuple(key for _, one in good for key in one.keys))


def requests_of(
    instruction: Instruction, role: Role, model: str, options: AnswerOptions | None = None
) -> list[Request]:
    """The first requests of `answers_by_model`; answers that have to be asked for twice come on top.

    The request for a neutral answer is the same for every character, and so is paid once.

    Args:
        instruction: As there.
        role: As there.
        model: The model's name.
        options: As there.
    """
    steps = _steps(instruction, role, options or AnswerOptions())
    return [first_request(step.question, model) for step in steps]


class Spoken(Shape):
    """The model's answer."""

    answer: str


@dataclass(frozen=True, slots=True)
class _Step:
    """One answer to be had: `fault` names what is wrong with it, or is ""."""

    messages: tuple[Message, ...]
    fault: Callable[[Spoken], str]
    options: AnswerOptions
    sample: int
    kind: Literal["character", "neutral"]

    @property
    def question(self) -> Question[Spoken]:
        return Question(
            self.messages,
            Spoken,
            "answer",
            lambda found: _COMPLAINTS[self.fault(found)],
            limited(self.options.parameters, _LONGEST),
            self.sample,
        )


def _steps(instruction: Instruction, role: Role, options: AnswerOptions) -> list[_Step]:
    asked, persona, examples = instruction.instruction.strip(), role.persona, role.samples
    values = {"character": role.character, "persona": persona, "examples": examples, "instruction": asked}
    told = messages(prompt("answers", role.language), **values)
    shown = plain(f"{persona}\n{examples}")

    def fault(found: Spoken) -> str:
        if not found.answer.strip():
            return "empty_answer"
        if speaks_as_machine(found.answer, asked):
            return "ai_self_reference"
        return "prompt_echo" if takes_over(found.answer, asked, shown) else ""

    steps = [_Step(told, fault, options, sample, "character") for sample in range(options.samples)]
    if options.neutral and instruction.raw_response is None:
        # By the language of the instruction alone, so that it is the same request whoever the character is.
        plainly = messages(prompt("raw", language_of(asked) or "en"), instruction=asked)
        steps.append(
            _Step(plainly, lambda found: "" if found.answer.strip() else "empty_answer", options, 0, "neutral")
        )
    return steps


_LONGEST = 1024
"""Tokens of an answer."""

_COMPLAINTS = {
    "": "",
    "empty_answer": "the answer is empty: say something.",
    "ai_self_reference": "the answer speaks of being a machine or of playing a role: be the person and nothing else.",
    "prompt_echo": "the answer repeats the question, the description or the samples: say it in other words.",
}


def _rejected(step: _Step, failed: Failed, instruction: Instruction, role: Role) -> Rejected:
    payload = {
        "instruction": instruction.instruction,
        "id": instruction.id,
        "kind": step.kind,
        "sample": step.sample,
        **reply_of(failed),
    }
    place = instruction.place or Place("", 0, 0)
    return Rejected("answer", _reason(step, failed), "answer", place, payload, character=role.character)


def _reason(step: _Step, failed: Failed) -> str:
    """What was wrong with the last answer, if it was one."""
    if failed.reason == "unreadable_reply":
        with suppress(RecordError):
            return step.fault(parse(failed.text, Spoken)) or failed.reason
    return failed.reason
