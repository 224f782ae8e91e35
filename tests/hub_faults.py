"""What can go wrong between a client and a hub, planned before it happens."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Fault", "FaultKind", "take"]

FaultKind = Literal["status", "page", "before", "inside", "after", "truncate", "silence", "delay"]
"""An error status instead of an answer; the HTML page of a proxy with that status; the connection is reset before the
body is read, in the middle of it, or after all was done; the answer ends in its middle; nothing comes for so long; or
it comes late."""


@dataclass(slots=True)
class Fault:
    """A fault that meets requests.

    Attributes:
        method: Of HTTP.
        path: A regular expression that is searched in the path.
        kind: What happens.
        times: To how many requests.
        status: For "status" and "page".
        headers: Likewise, such as Retry-After.
        seconds: For "silence" and "delay".
        skip: Requests that are let through before.
    """

    method: str
    path: str
    kind: FaultKind = "status"
    times: int = 1
    status: int = 503
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    skip: int = 0


def take(faults: list[Fault], method: str, path: str) -> Fault | None:
    """The fault that meets a request, if there is one; it is used up by that."""
    for fault in faults:
        if fault.times and fault.method == method and re.search(fault.path, path):
            if fault.skip:
                fault.skip -= 1
                continue
            fault.times -= 1
            return fault
    return None
