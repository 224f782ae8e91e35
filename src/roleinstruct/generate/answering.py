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
from roleinstruct.generate.echoes import plain
from roleinstruct.generate.faults import COMPLAINTS, fault_in_character, fault_of_neutral
from roleinstruct.generate.prompting import prompt
from roleinstruct.generate.roles import Role
from roleinstruct.generate.teaching import TEACHER, reply_of
from roleinstruct.language import language_of
from roleinstruct.llm.asking import Answered, Asker, Question
from roleinstruct.llm.engine import Failed
from roleinstruct.llm.ordered import in_order
from roleinstruct.llm.replies import parse
from roleinstruct.llm.request import Request
from roleinstruct.llm.shapes import Shape, first_request, limited, messages
from roleinstruct.records import Instruction, Message, Place, Rejected

__all__ = ["NEUTRAL", "AnswerOptions", "Answers", "Spoken", "answers_by_model", "requests_of"]

NEUTRAL = "neutral: "
"""What the evidence of an instruction begins with that says which model gave its neutral answer."""


@dataclass(frozen=True, slots=True)
class AnswerOptions:
    """How instructions are answered.

    Attributes:
        samples: Answers in character to one instruction.
        neutral: Whether an instruction that has no neutral answer is given one, by a prompt without a character.
        resamples: How often an answer that is not fit is asked for anew, after it was sent back once in vain.
        parameters: Of the server.
    """

    samples: int = 5
    neutral: bool = False
    resamples: int = 2
    parameters: Mapping[str, object] = field(default_factory=lambda: TEACHER)

    def __post_init__(self) -> None:
        if self.samples < 1 or self.resamples < 0:
            raise ConfigError(
                f"{self.samples} answers to an instruction, asked for anew {self.resamples} times, are none; expected "
                "1 or more, and 0 or more."
            )

    def asked(self, instruction: Instruction) -> int:
        """Answers that are asked for to one instruction, the neutral one too: each is given or rejected."""
        return self.samples + self.wants_neutral(instruction)

    def wants_neutral(self, instruction: Instruction) -> bool:
        """Whether a neutral answer is asked for."""
        return self.neutral and instruction.raw_response is None


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
        The instruction as the character's, without an id and a place, its provenance the model. Its evidence names
        "profile", the examples as "example: id", and the model of a neutral answer that was asked for (see `NEUTRAL`).
        A rejected answer has the stage "answer" and as its reason one of `faults.COMPLAINTS`, that of `Failed`, or for
        a neutral answer beside which there is none in character "no_answer_in_character".

    Raises:
        EndpointError: No call can succeed.
        BudgetError: The next call could pass the limit.
        JournalError: A reply could not be kept.
    """
    chosen = options or AnswerOptions()
    steps = _steps(instruction, role, chosen)

    async def settle(step: _Step) -> _Outcome:
        """Ask until the answer is fit, with new samples: each is a request of its own, the same in every run."""
        for attempt in range(1 + chosen.resamples):
            found = await asker.ask(step.question(attempt))
            if isinstance(found, Answered) or found.reason not in _BY_CHANCE:
                break
        return _Outcome(step, found, attempt + 1)

    found = [one async for one in in_order(steps, settle, asker.engine.limits.concurrency)]
    return _gathered(instruction, role, asker.engine.endpoint.model, found)


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
    return [first_request(step.question(0), model) for step in steps]


class Spoken(Shape):
    """The model's answer."""

    answer: str


@dataclass(frozen=True, slots=True)
class _Step:
    """One answer to be had: `fault` names what is wrong with it, or is ""; of `samples` there are for its prompt."""

    messages: tuple[Message, ...]
    fault: Callable[[str], str]
    parameters: Mapping[str, object]
    kind: Literal["character", "neutral"]
    sample: int
    samples: int

    def question(self, attempt: int) -> Question[Spoken]:
        """What to ask, and ask anew: with the number of a sample that no other answer has."""
        sample = self.sample + attempt * self.samples
        return Question(self.messages, Spoken, "answer", self._complaint, self.parameters, sample)

    def _complaint(self, found: Spoken) -> str:
        return COMPLAINTS[self.fault(found.answer)]


@dataclass(frozen=True, slots=True)
class _Outcome:
    step: _Step
    found: Answered[Spoken] | Failed
    attempts: int

    @property
    def reason(self) -> str:
        """What was wrong with the last answer, if it was one; "" if nothing is."""
        if isinstance(self.found, Answered):
            return ""
        if self.found.reason == "unreadable_reply":
            with suppress(RecordError):
                return self.step.fault(parse(self.found.text, Spoken).answer) or self.found.reason
        return self.found.reason


def _steps(instruction: Instruction, role: Role, options: AnswerOptions) -> list[_Step]:
    asked, persona, examples = instruction.instruction.strip(), role.persona, role.samples
    values = {"character": role.character, "persona": persona, "examples": examples, "instruction": asked}
    told = messages(prompt("answers", role.language), **values)
    shown = plain(f"{persona}\n{examples}")
    parameters = limited(options.parameters, _LONGEST)

    def fault(answer: str) -> str:
        return fault_in_character(answer, asked, shown, role.language)

    count = options.samples
    steps = [_Step(told, fault, parameters, "character", sample, count) for sample in range(count)]
    if options.wants_neutral(instruction):
        # By the language of the instruction alone, so that it is the same request whoever the character is.
        plainly = messages(prompt("raw", language_of(asked) or "en"), instruction=asked)
        steps.append(_Step(plainly, lambda answer: fault_of_neutral(answer, asked), parameters, "neutral", 0, 1))
    return steps


_LONGEST = 1024
"""Tokens of an answer."""

_BY_CHANCE = ("unreadable_reply", "refused_by_model")
"""What another sample may do better."""


def _gathered(instruction: Instruction, role: Role, model: str, outcomes: list[_Outcome]) -> Answers:
    failed = tuple(_rejected(one, one.reason, instruction, role) for one in outcomes if one.reason)
    good = [(one, one.found) for one in outcomes if isinstance(one.found, Answered)]
    responses = tuple(found.value.answer.strip() for one, found in good if one.step.kind == "character")
    neutral = [found.value.answer.strip() for one, found in good if one.step.kind == "neutral"]
    if not responses:
        alone = tuple(_rejected(one, "no_answer_in_character", instruction, role) for one, _ in good)
        return Answers(None, (*failed, *alone), ())
    examples = (f"example: {one.origin}" for one in role.examples)
    item = replace(
        instruction,
        id="",
        character=role.character,
        kind="general",
        responses=responses,
        raw_response=neutral[0] if neutral else instruction.raw_response,
        emotion=None,
        evidence=(*instruction.evidence, "profile", *examples, *(f"{NEUTRAL}{model}" for _ in neutral)),
        provenance=model,
        place=None,
    )
    return Answers(item, failed, tuple(key for _, found in good for key in found.keys))


def _rejected(outcome: _Outcome, reason: str, instruction: Instruction, role: Role) -> Rejected:
    found = outcome.found
    told = reply_of(found) if isinstance(found, Failed) else {"reply": found.value.answer}
    payload = {
        "instruction": instruction.instruction,
        "id": instruction.id,
        "kind": outcome.step.kind,
        "sample": outcome.step.sample,
        "attempts": outcome.attempts,
        **told,
    }
    place = instruction.place or Place("", 0, 0)
    return Rejected("answer", reason, "answer", place, payload, character=role.character)
