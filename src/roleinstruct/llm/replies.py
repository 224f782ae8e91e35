"""From what a model says to a value that fits its schema, or the reason why not."""

import json
import re
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from roleinstruct.errors import RecordError

__all__ = ["parse", "strict_schema"]

Answer = TypeVar("Answer", bound=BaseModel)


def parse(text: str, answer: type[Answer]) -> Answer:
    """Read a reply.

    The JSON may stand in a fence or in prose; nothing in it is guessed or mended.

    Args:
        text: What the model said.
        answer: What it should fit.

    Raises:
        RecordError: There is no JSON, or it does not fit; the message is fit to be shown to the model.
    """
    value = _first_value(text)
    try:
        return answer.model_validate(value)
    except ValidationError as error:
        found = "; ".join(f"{_where(e['loc'])}: {e['msg']}" for e in error.errors()[:_SHOWN])
        more = len(error.errors()) - _SHOWN
        raise RecordError(f"the JSON does not fit: {found}{f'; and {more} more' if more > 0 else ''}.") from error


def strict_schema(answer: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of an answer in the strict dialect: every property required, no other allowed, no defaults."""
    schema: dict[str, Any] = _strict(answer.model_json_schema())
    return schema


_SHOWN = 5
_FENCE = re.compile(r"```[a-zA-Z]*\s*\n?(.*?)```", re.DOTALL)


def _first_value(text: str) -> Any:  # noqa: ANN401 - JSON
    """The first object or array in a text."""
    decoder = json.JSONDecoder()
    why = "there is no JSON in it"
    for part in (*_FENCE.findall(text), text):
        for begin in re.finditer(r"[{\[]", part):
            try:
                return decoder.raw_decode(part, begin.start())[0]
            except json.JSONDecodeError as error:
                why = f"the JSON breaks at character {error.pos}: {error.msg}"
                break  # what stands inside a broken value is a part of it, and no answer
            except ValueError as error:  # a number of thousands of digits
                why = f"the JSON holds what is no value: {error}"
                break
            except RecursionError:
                why = "the JSON is nested too deep"
                break
    raise RecordError(f"the reply cannot be read: {why}.")


def _where(place: tuple[int | str, ...]) -> str:
    return ".".join(map(str, place)) or "the whole"


def _strict(schema: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(schema, list):
        return [_strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _strict(value) for key, value in schema.items() if key not in ("default", "title")}
    if isinstance(schema.get("properties"), dict):
        made["properties"] = {name: _strict(value) for name, value in schema["properties"].items()}
        made["required"] = list(schema["properties"])
        made["additionalProperties"] = False
    return made
