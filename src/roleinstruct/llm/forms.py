"""How a server wants to be asked: the strictest form of JSON that it knows, and its dialect, found out once.

Models that think take no "temperature", and want the length of a reply under another name. What is found out changes
what is sent, never the request itself: its key in the journal stays.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from roleinstruct.llm.endpoint import Endpoint
from roleinstruct.llm.trouble import Trouble

__all__ = ["FORMS", "Forms", "parameters"]

FORMS = ("json_schema", "json_object_schema", "json_object", "tool", "text")
"""From the one that cannot go wrong to the one that every server knows; "json_object_schema" is llama-cpp-python's."""


@dataclass(slots=True)
class Forms:
    """Which form a server takes, and which parameters it does not.

    Attributes:
        path: The file that remembers it from run to run, or None.
    """

    path: Path | None = None
    _known: dict[str, dict[str, Any]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._known = self._read()

    def of(self, endpoint: Endpoint) -> str:
        """The form to ask a model in: what it was found to know, or the strictest."""
        return str(self._found(endpoint).get("form", FORMS[0]))

    def dialect(self, endpoint: Endpoint, sent: Mapping[str, object]) -> dict[str, object]:
        """What to send in place of a request's parameters: None for what the server does not take.

        Args:
            endpoint: The model and its server.
            sent: The parameters.
        """
        refused = [name for name in self._found(endpoint).get("refused", ()) if name in sent]
        renamed = {_RENAMED[name]: sent[name] for name in refused if name in _RENAMED and _RENAMED[name] not in sent}
        return {**dict.fromkeys(refused), **renamed}

    def learn(self, endpoint: Endpoint, asked: str, trouble: Trouble) -> None:
        """Take note of what a server refuses: a parameter, or else the form, of which the next one is tried then.

        Calls that are under way at the same time are refused for the same: only the first of them changes anything.

        Args:
            endpoint: The model and its server.
            asked: The form.
            trouble: Of kind UNSUPPORTED.
        """
        found = self._found(endpoint)
        refused: list[str] = list(found.get("refused", ()))
        if trouble.parameter:
            changed = {**found, "refused": sorted({*refused, trouble.parameter})}
        elif self.of(endpoint) == asked and asked != FORMS[-1]:
            changed = {**found, "form": FORMS[FORMS.index(asked) + 1]}
        else:
            return
        self._known[_name(endpoint)] = changed
        if self.path is not None and changed != found:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(json.dumps(self._known, indent=2) + "\n", encoding="utf-8")

    def _found(self, endpoint: Endpoint) -> dict[str, Any]:
        return self._known.get(_name(endpoint), {})

    def _read(self) -> dict[str, dict[str, Any]]:
        if self.path is None or not self.path.is_file():
            return {}
        try:
            known: Any = json.loads(self.path.read_text(encoding="utf-8"))
        except ValueError:  # it is only a memory: what is damaged is found out again
            return {}
        return {name: found for name, found in known.items() if _is_found(found)} if isinstance(known, dict) else {}


def parameters(form: str, name: str, schema: Mapping[str, object]) -> dict[str, object]:
    """What a request says to ask for a form.

    Args:
        form: One of `FORMS`.
        name: What the answer is called, letters and underscores.
        schema: The JSON schema of the answer.
    """
    if form == "json_schema":
        return {"response_format": {"type": form, "json_schema": {"name": name, "schema": schema, "strict": True}}}
    if form == "json_object_schema":  # the server keeps to it as to "json_schema", which it does not know
        return {"response_format": {"type": "json_object", "schema": schema}}
    if form == "json_object":
        return {"response_format": {"type": form}}
    if form == "tool":
        function = {"name": name, "parameters": schema}
        choice = {"type": "function", "function": {"name": name}}
        return {"tools": [{"type": "function", "function": function}], "tool_choice": choice}
    return {}


def _name(endpoint: Endpoint) -> str:
    return f"{endpoint.base_url} {endpoint.model}"


def _is_found(found: object) -> bool:
    if not isinstance(found, dict) or found.get("form", FORMS[0]) not in FORMS:
        return False
    refused = found.get("refused", [])
    return isinstance(refused, list) and all(isinstance(name, str) for name in refused)


_RENAMED = {"max_tokens": "max_completion_tokens"}
