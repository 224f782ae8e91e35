"""A question to a model whose answer must fit a schema: asked, read, and once sent back with what is wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from pydantic import BaseModel

from roleinstruct.errors import EndpointError, RecordError
from roleinstruct.llm.engine import Engine, Failed
from roleinstruct.llm.forms import Forms, parameters
from roleinstruct.llm.replies import parse, strict_schema
from roleinstruct.llm.request import Reply, Request
from roleinstruct.llm.trouble import Trouble
from roleinstruct.records import Message

__all__ = ["Answered", "Asker", "Question"]

Answer = TypeVar("Answer", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Question(Generic[Answer]):
    """What to ask.

    Attributes:
        messages: The prompt; it says itself that the answer is to be JSON, and of what shape, since not every server
            can be told so apart.
        answer: The shape.
        stage: Whom the tokens are counted for.
        check: What is wrong with an answer that fits the shape, in words for the model; "" if nothing is.
        parameters: Of the server, such as "temperature".
        sample: Which of several answers to the same question.
    """

    messages: tuple[Message, ...]
    answer: type[Answer]
    stage: str
    check: Callable[[Answer], str] = field(default=lambda _: "")
    parameters: Mapping[str, object] = field(default_factory=dict)
    sample: int = 0


@dataclass(frozen=True, slots=True)
class Answered(Generic[Answer]):
    """An answer that fits.

    Attributes:
        value: The answer.
        model: Who gave it.
        keys: The requests that led to it, in the journal.
    """

    value: Answer
    model: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks for answers of a shape.

    Attributes:
        engine: Calls the model.
        forms: How its server wants to be asked.
        parameters: Of the server, for every request and before the question's own; None leaves one out.
    """

    engine: Engine
    forms: Forms = field(default_factory=Forms)
    parameters: Mapping[str, object] = field(default_factory=dict)

    async def ask(self, question: Question[Answer]) -> Answered[Answer] | Failed:
        """Ask, and ask once more where the answer does not fit, with the model's own words and what is wrong with them.

        Raises:
            EndpointError: No call can succeed.
            BudgetError: The call could pass the limit.
            JournalError: The reply could not be kept.
        """
        messages, keys = question.messages, tuple[str, ...]()
        complaint = text = ""
        for _ in range(2):
            request = self._request(question, messages)
            reply = await self._ask(request, question)
            if isinstance(reply, Failed):
                return replace(reply, keys=keys)
            keys += (request.key,)
            if reply.refusal or reply.finish_reason == "content_filter":
                return Failed(
                    "refused_by_model", reply.refusal or "the server's filter stopped the reply", reply.text, keys
                )
            text = reply.text
            try:
                value = parse(text, question.answer)
                complaint = question.check(value)
            except RecordError as error:
                complaint = _cut_off(reply) or str(error)
            if not complaint:
                return Answered(value, reply.model, keys)
            messages = (*question.messages, Message("assistant", text), Message("user", _REPAIR.format(complaint)))
        return Failed("unreadable_reply", complaint, text, keys)

    def _request(self, question: Question[Answer], messages: tuple[Message, ...]) -> Request:
        told = {**question.parameters, **self.parameters}
        kept = {name: value for name, value in told.items() if value is not None}
        return Request(self.engine.endpoint.model, messages, kept, strict_schema(question.answer), question.sample)

    async def _ask(self, request: Request, question: Question[Answer]) -> Reply | Failed:
        """Ask in the strictest form that the server knows, and in its dialect."""
        endpoint, name = self.engine.endpoint, question.answer.__name__
        while True:
            form = self.forms.of(endpoint)
            told = self._told(request, name)
            try:
                return await self.engine.ask(request, question.stage, told)
            except Trouble as trouble:
                self.forms.learn(endpoint, form, trouble)
                if self._told(request, name) == told:
                    raise EndpointError(f"{endpoint.base_url} refuses a plain request: {trouble}.") from trouble

    def _told(self, request: Request, name: str) -> dict[str, object]:
        endpoint = self.engine.endpoint
        form = parameters(self.forms.of(endpoint), name, request.schema or {})
        return {**form, **self.forms.dialect(endpoint, request.parameters)}


_REPAIR = "That cannot be used: {} Send the whole JSON again, mended, and nothing else."


def _cut_off(reply: Reply) -> str:
    return "it was cut off before its end; be shorter." if reply.finish_reason == "length" else ""
