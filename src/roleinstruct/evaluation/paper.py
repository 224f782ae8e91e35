"""The paper's own Table 2, which stands beside ours for its size alone."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

__all__ = ["Published", "paper_table"]


@dataclass(frozen=True, slots=True)
class Published:
    """Figures that others have published.

    Attributes:
        source: Where they stand.
        metric: As it is called there.
        comparable: Whether they may be held against ours.
        why: Why not, one reason each.
        systems: By name the figures by task and "avg", 0 to 1.
    """

    source: str
    metric: str
    comparable: bool
    why: tuple[str, ...]
    systems: Mapping[str, Mapping[str, float]]

    def as_json(self) -> dict[str, Any]:
        """As a JSON document."""
        return asdict(self)


@cache
def paper_table() -> Published:
    """The Rouge-L figures of RoleCraft-GLM (version 2, Table 2)."""
    text = files("roleinstruct.evaluation").joinpath("paper.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    systems = {name: dict(zip(found["columns"], row, strict=True)) for name, row in found["systems"].items()}
    return Published(found["source"], found["metric"], found["comparable"], tuple(found["why"]), systems)
