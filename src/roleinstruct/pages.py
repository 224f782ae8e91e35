"""HTML pages that need no network and let nothing in: a template, its data as JSON, and a policy for the browser."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping

__all__ = ["embedded", "filled", "policy_of"]


def filled(template: str, parts: Mapping[str, str]) -> str:
    """The template with each `@@NAME@@` replaced, once: what a part holds is never looked through again.

    Raises:
        KeyError: The template names a part that is not given.
    """
    return re.sub(r"@@([A-Z]+)@@", lambda found: parts[found[1]], template)


def embedded(document: object) -> str:
    """A document as JSON that no text in it can leave: "</script>" has no "<" any more."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def policy_of(template: str) -> str:
    """What a browser may run: the template's one script and its style, and nothing from anywhere."""
    script = re.search(r"<script>(.*?)</script>", template, re.DOTALL)
    assert script, "the template has one script"
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
