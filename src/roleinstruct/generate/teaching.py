"""How a teacher model is asked, and what is kept of a reply that is of no use."""

from collections.abc import Mapping
from types import MappingProxyType

from roleinstruct.llm.engine import Failed

__all__ = ["TEACHER", "reply_of"]

TEACHER: Mapping[str, object] = MappingProxyType({"temperature": 0.7, "top_p": 0.95})
"""How a teacher samples (RoleCraft-GLM, appendix C)."""


def reply_of(failed: Failed) -> dict[str, object]:
    """What the payload of a rejected row says of a request that came to nothing."""
    return {"message": failed.message, "reply": failed.text}
