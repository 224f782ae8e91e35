"""HTML pages that need no network and let nothing in: a template, its data as JSON, and a policy for the browser."""

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping
from pathlib import Path

__all__ = ["embedded", "filled", "form_page", "policy_of"]

_HERE = Path(__file__).parent


def form_page(template: Path, *, language: str, title: str, document: object) -> str:
    """A page that people fill in: the template with the style and the script that such pages share.

    Args:
        template: It holds @@STYLE@@, @@SCRIPT@@, @@LANG@@, @@TITLE@@, @@POLICY@@ and @@DATA@@.
        language: "zh" or "en": what the page begins in.
        title: In plain text.
        document: What its script reads; it goes in as JSON.
    """
    text = template.read_text(encoding="utf-8")
    # These two are ours, and go in first: the policy is of the script that the browser will see.
    for name, file in (("@@STYLE@@", "form.css"), ("@@SCRIPT@@", "form.js")):
        text = text.replace(name, (_HERE / file).read_text(encoding="utf-8"))
    parts = {"LANG": language, "TITLE": html.escape(title), "POLICY": policy_of(text), "DATA": embedded(document)}
    return filled(text, parts)


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


def policy_of(template: str, *, fonts: bool = False) -> str:
    """What a browser may run: the template's one script, if it has one, and its style, and nothing from anywhere.

    Args:
        template: With its script as the browser will see it.
        fonts: Whether a font may lie in the page itself.
    """
    script = re.search(r"<script>(.*?)</script>", template, re.DOTALL)
    rules = ["default-src 'none'"]
    if script:
        digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
        rules.append(f"script-src 'sha256-{digest}'")
    rules += ["style-src 'unsafe-inline'", "img-src data:", *(["font-src data:"] if fonts else [])]
    return "; ".join((*rules, "base-uri 'none'", "form-action 'none'"))
