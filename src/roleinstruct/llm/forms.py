"""In which form a server can be asked for JSON: the strictest that it knows, found out once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from roleinstruct.llm.endpoint import Endpoint

__all__ = ["FORMS", "Forms", "parameters"]

FORMS = ("json_schema", "json_object", "tool", "text")
"""From the one that cannot go wrong to the one that every server knows."""


@dataclass(slots=True)
class Forms:
    """Which form a server takes.

    Attributes:
        path: The file that remembers it from run to run, or None.
    """

    path: Path | None = None
    _known: dict[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._known = self._read()

    def of(self, endpoint: Endpoint) -> str:
        """The form to ask a model in: what it was found to know, or the strictest."""
        return self._known.get(_name(endpoint), FORMS[0])

    def lower(self, endpoint: Endpoint, refused: str) -> bool:
        """Go on to the next form after one was refused; False where there is none.

        Calls that are under way at the same time refuse the same form: only the first of them changes anything.
        """
        if self.of(endpoint) != refused:
            return True
        if refused == FORMS[-1]:
            return False
        self._known[_name(endpoint)] = FORMS[FORMS.index(refused) + 1]
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(json.dumps(self._known, indent=2) + "\n", encoding="utf-8")
        return True

    def _read(self) -> dict[str, str]:
        if self.path is None or not self.path.is_file():
            return {}
        try:
            found: Any = json.loads(self.path.read_text(encoding="utf-8"))
        except ValueError:  # it is only a memory: what is damaged is found out again
            return {}
        return {k: v for k, v in found.items() if v in FORMS} if isinstance(found, dict) else {}


def parameters(form: str, name: str, schema: Mapping[str, object]) -> dict[str, object]:
    """What a request says to ask for a form.

    Args:
        form: One of `FORMS`.
        name: What the answer is called, letters and underscores.
        schema: The JSON schema of the answer.
    """
    if form == "json_schema":
        return {"response_format": {"type": form, "json_schema": {"name": name, "schema": schema, "strict": True}}}
    if form == "json_object":
        return {"response_format": {"type": form}}
    if form == "tool":
        function = {"name": name, "parameters": schema}
        choice = {"type": "function", "function": {"name": name}}
        return {"tools": [{"type": "function", "function": function}], "tool_choice": choice}
    return {}


def _name(endpoint: Endpoint) -> str:
    return f"{endpoint.base_url} {endpoint.model}"
