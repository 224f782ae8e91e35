"""The paper's own tables, which stand beside ours for their size alone."""

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
        systems: By name the figures by column; rates are 0 to 1.
    """

    source: str
    metric: str
    comparable: bool
    why: tuple[str, ...]
    systems: Mapping[str, Mapping[str, float]]

    def column(self, name: str) -> dict[str, float]:
        """One figure by system."""
        return {system: figures[name] for system, figures in self.systems.items()}

    def as_json(self) -> dict[str, Any]:
        """As a JSON document."""
        return asdict(self)


def paper_table(number: int) -> Published:
    """A table of RoleCraft-GLM, version 2.

    Args:
        number: 2 Rouge-L, 3 mean rank by a judge, 4 scores by people, 5 and 6 the ablations of what is trained on.
    """
    found = _tables()[f"table_{number}"]
    systems = {name: dict(zip(found["columns"], row, strict=True)) for name, row in found["rows"].items()}
    return Published(found["source"], found["metric"], found["comparable"], tuple(found["why"]), systems)


@cache
def _tables() -> dict[str, Any]:
    text = files("roleinstruct.evaluation").joinpath("paper.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found
