"""The YAML at the head of a card: read as the Hub reads it, and written so that its clients in Python read the same.

The Hub reads YAML 1.2, where `no` and `12:30` are texts; the clients read YAML 1.1, where they are false and 750.
"""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from roleinstruct.errors import PublishError

__all__ = ["metadata_for_clients", "metadata_of", "page_of", "plain", "twice", "with_metadata"]


def metadata_of(card: str) -> dict[str, Any]:
    """The YAML at the head of a card, by the core schema of YAML 1.2; {} where there is none.

    Raises:
        PublishError: It is no YAML, or no mapping.
    """
    return _read(card, _Reader)


def metadata_for_clients(card: str) -> dict[str, Any]:
    """The same as YAML 1.1, which `huggingface_hub` and `datasets` read.

    Raises:
        PublishError: It is no YAML, or no mapping.
    """
    return _read(card, yaml.SafeLoader)


def page_of(card: str) -> str:
    """What follows the YAML: the card without its head."""
    card = plain(card)
    match = _HEAD.match(card)
    return card[match.end() :] if match else card


def plain(card: str) -> str:
    """Without the mark and the line ends that some editors write."""
    return card.removeprefix("\ufeff").replace("\r\n", "\n")


def with_metadata(metadata: Mapping[str, Any], page: str) -> str:
    """A card of its YAML, in the order that it has, and its page."""
    head = yaml.dump(dict(metadata), Dumper=_Writer, sort_keys=False, allow_unicode=True, width=_WIDE)
    return f"---\n{head}---\n{page}"


def twice(card: str) -> list[str]:
    """The keys that stand twice in the YAML at the head of a card, which YAML forbids and this library reads."""
    match = _HEAD.match(plain(card))
    found: list[str] = []
    nodes = [yaml.compose(match["yaml"], Loader=yaml.SafeLoader)] if match else []
    seen: set[int] = set()  # an anchor may hold itself
    for node in nodes:  # grows: what a node holds is looked at after it
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            keys = [str(key.value) for key, _ in node.value]
            found += sorted({key for key in keys if keys.count(key) > 1})
            nodes += [value for _, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            nodes += node.value
    return found


def _read(card: str, reader: type[yaml.SafeLoader]) -> dict[str, Any]:
    match = _HEAD.match(plain(card))
    if match is None:
        return {}
    try:
        found = reader(match["yaml"]).get_single_data() or {}
    except (yaml.YAMLError, ValueError) as error:  # the latter of a date that is in no calendar
        raise PublishError(
            f"the YAML at the head of the card cannot be read ({' '.join(str(error).split())}): mend it there first."
        ) from error
    if not isinstance(found, dict):
        raise PublishError(f"the YAML at the head of the card is a {type(found).__name__}, expected keys and values.")
    return found


class _Number(float):
    """A number that is written again as it was: 1.10, 0x1F."""

    __slots__ = ("tag", "text")
    tag: str
    text: str


def _number(node: yaml.ScalarNode, value: float) -> _Number:
    number = _Number(value)
    number.tag, number.text = node.tag, node.value
    return number


class _Reader(yaml.SafeLoader):
    """Of YAML 1.2, https://yaml.org/spec/1.2.2 10.3.2, and of merge keys, which the Hub reads too."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML fills it


class _Writer(yaml.SafeDumper):
    """Puts every text in quotes that either YAML takes for something else."""


def _int(reader: yaml.SafeLoader, node: yaml.ScalarNode) -> int | _Number:
    text = reader.construct_scalar(node)
    value = int(text, 0 if text[:2] in ("0o", "0x") else 10)
    return value if str(value) == text else _number(node, float(str(value)))


def _float(reader: yaml.SafeLoader, node: yaml.ScalarNode) -> _Number:
    text = reader.construct_scalar(node)
    return _number(node, float(re.sub(r"\.(?=[in])", "", text.lower())))


def _as_it_was(writer: yaml.SafeDumper, number: _Number) -> yaml.ScalarNode:
    return writer.represent_scalar(number.tag, number.text)


def _text(writer: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # These end a line in YAML 1.1 alone; in double quotes they are written by their names.
    return writer.represent_scalar(_TAG + "str", text, style='"' if re.search("[\x85\u2028\u2029]", text) else None)


_HEAD = re.compile(r"\A\s*---[ \t]*\r?\n(?P<yaml>(?:.*?\n)??)---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_WIDE = 10_000
_TAG = "tag:yaml.org,2002:"
_CORE = {
    "null": ("~|null|Null|NULL|", ["~", "n", "N", ""]),
    "bool": ("true|True|TRUE|false|False|FALSE", list("tTfF")),
    "int": ("[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    "float": (
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
    "merge": ("<<", ["<"]),
}
for _name, (_pattern, _first) in _CORE.items():
    for _kind in (_Reader, _Writer):
        _kind.add_implicit_resolver(_TAG + _name, re.compile(rf"(?:{_pattern})\Z"), _first)
_Reader.add_constructor(_TAG + "int", _int)
_Reader.add_constructor(_TAG + "float", _float)
# What is a number to other readers than these two: 08:30, 0b1, 1_0e3.
_ODD = r"[-+]?(?:(?=\.?_*[0-9])[0-9_:]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?|0[box][0-9a-fA-F_]+)\Z"
_Writer.add_implicit_resolver(_TAG + "float", re.compile(_ODD), list("-+.0123456789"))
_Writer.add_representer(_Number, _as_it_was)
_Writer.add_representer(str, _text)
