"""What stands under a name: in the cells of tables, and in JSON and YAML, where name and value may lie lines apart."""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import yaml

from roleinstruct.publish.gates.wording import is_cue

__all__ = ["Said", "is_telling", "parsed_json", "parsed_yaml", "said_in"]


class Said(NamedTuple):
    """A text or a whole number, and the name that it stands under, "" for none."""

    name: str
    text: str
    is_bytes: bool = False

    @property
    def told(self) -> str:
        """The text; behind its name, where that says that what stands under it is secret or private."""
        return f"{self.name}: {self.text}" if is_telling(self.name) else self.text


def said_in(value: Any, name: str = "") -> Iterator[Said]:  # noqa: ANN401 - JSON, YAML, or the cell of any column
    """Every text in a value, and every whole number of four digits or more.

    The entries of a map, and {"key": …, "value": …}, say a name and what stands under it as a dict does. Nothing is
    looked into twice, so that a few lines of YAML that speak of one another do not become millions.
    """
    left, seen = [(name, value)], set[int]()
    while left:
        under, one = left.pop()
        if isinstance(one, str):
            yield Said(under, one)
        elif isinstance(one, bytes):
            yield Said(under, one.decode("utf-8", "replace"), is_bytes=True)
        elif isinstance(one, int | float):
            if abs(one) >= _LEAST and one == one // 1:
                yield Said(under, str(int(one)))
        elif isinstance(one, yaml.ScalarNode):
            yield Said(under, one.value)
        elif id(one) not in seen:
            seen.add(id(one))
            left += reversed(_inside(under, one))


def parsed_yaml(text: str) -> yaml.Node | None:
    """What a text says as YAML; None where it is none."""
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return None


def parsed_json(text: str) -> Any:  # noqa: ANN401 - any JSON
    """What a text says as JSON; None where it is none, or a number or a word by itself."""
    if text[:1] not in _OPENINGS:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


@lru_cache(maxsize=4096)
def is_telling(name: str) -> bool:
    """Whether a name says of what stands under it that it is secret or private, so that it has to be read with it."""
    return is_cue(name) or _CONTACT.search(name) is not None


def _inside(name: str, value: Any) -> list[tuple[str, Any]]:  # noqa: ANN401 - what holds others
    """What a value holds, each with its name."""
    if isinstance(value, list):
        return [(name, inner) for inner in value]
    if isinstance(value, yaml.SequenceNode):
        return [(name, inner) for inner in value.value]
    if isinstance(value, yaml.MappingNode):
        return [(str(key.value), inner) for key, inner in value.value]
    if isinstance(value, dict) and value.keys() == {"key", "value"}:
        value = (value["key"], value["value"])
    if isinstance(value, dict):
        return [(str(key), inner) for key, inner in value.items()]
    if isinstance(value, tuple):
        return [(name, value[0]), (str(value[0]), value[1])]
    return []


_LEAST = 1000
_OPENINGS = frozenset('{["')
_CONTACT = re.compile(
    r"(?<![a-z])(?:qq|we_?chat|weixin|wx|vx|phone|mobile|tel|telephone|passport|plate|ssn|iban)(?![a-z])"
    r"|微信|扣扣|电话|手机|座机|护照|车牌|身份证|银行卡",
    re.IGNORECASE,
)
