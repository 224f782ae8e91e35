"""How a question to a model is put: the shape of its answer, its two messages, and the request that it begins with."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict

from roleinstruct.llm.asking import Question
from roleinstruct.llm.replies import strict_schema
from roleinstruct.llm.request import Request
from roleinstruct.prompting import Prompt
from roleinstruct.records import Message

__all__ = ["Shape", "first_request", "limited", "messages"]

Answer = TypeVar("Answer", bound=BaseModel)


def _without_description(schema: dict[str, Any]) -> None:
    schema.pop("description", None)  # a docstring is for people; it would be sent, paid, and a part of the key


class Shape(BaseModel):
    """The shape of an answer, or of a part of one: nothing but what it names."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_without_description)


def limited(parameters: Mapping[str, object], tokens: int) -> dict[str, object]:
    """The parameters, and the most tokens of a reply where they do not say it: what a call may cost is set aside."""
    limit = {} if {"max_tokens", "max_completion_tokens"} & parameters.keys() else {"max_tokens": tokens}
    return {**parameters, **limit}


def messages(prompt: Prompt, **values: object) -> tuple[Message, ...]:
    """The two messages of a prompt: what is always the same, so that servers find it in their cache, then the rest."""
    return Message("system", prompt.system), Message("user", prompt.user(**values))


def first_request(question: Question[Answer], model: str) -> Request:
    """The request that `Asker.ask` sends first; a second one follows only where the answer does not fit.

    Args:
        question: What to ask.
        model: The model's name.
    """
    return Request(model, question.messages, question.parameters, strict_schema(question.answer), question.sample)
