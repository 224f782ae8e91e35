"""Keys, tokens and passwords in a text: by the shapes that their issuers give them, and by words beside them."""

import re
from collections.abc import Iterator

from roleinstruct.cleaning.privacy.spans import Span
from roleinstruct.publish.gates.shapes import find_shaped
from roleinstruct.publish.gates.wording import find_worded

__all__ = ["find_secrets"]


def find_secrets(text: str, *, shapes_alone: bool = False) -> Iterator[Span]:
    """Find secrets.

    Args:
        text: Of any length.
        shapes_alone: Leave out what words beside it make one: in a vocabulary any word has a number behind it.

    Returns:
        Spans in order, each of a kind such as "hugging-face-token" or "password"; none overlaps another.

    Examples:
        >>> [span.kind for span in find_secrets("api_key = 9fK2mQx7Lr4TzW8bVn3c")]
        ['key']
        >>> list(find_secrets("the password is the name of my cat"))
        []
    """
    if not _ENOUGH.search(text):
        return
    if _HIDDEN.search(text):
        yield from _find_hidden(text, shapes_alone)
        return
    if ";base64," in text:
        text = _FIGURE.sub(lambda figure: " " * len(figure.group()), text)
    found = list(find_shaped(text))
    if not shapes_alone:
        found += find_worded(text)
    end = 0
    for span in sorted(found, key=lambda s: (s.start, -s.end)):
        if span.start >= end:
            yield span
            end = span.end


def _find_hidden(text: str, shapes_alone: bool) -> Iterator[Span]:
    """Find them in a text without signs that nobody sees, and with letters of the common width."""
    places = [place for place, sign in enumerate(text) if sign not in _UNSEEN]
    seen = "".join(text[place] for place in places).translate(_WIDE)
    for span in find_secrets(seen, shapes_alone=shapes_alone):
        yield Span(span.kind, places[span.start], places[span.end - 1] + 1)


_UNSEEN = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")
_WIDE = {ord("！") + code: chr(ord("!") + code) for code in range(94)}
_HIDDEN = re.compile(f"[{''.join(sorted(_UNSEEN))}]|[０-９Ａ-Ｚ＿ａ-ｚ]{{2}}")
_ENOUGH = re.compile(r"[!-~０-９Ａ-Ｚ＿ａ-ｚ\u00ad\u200b-\u200d\u2060\ufeff]{4}")
"""Four signs of ASCII in a row, the shortest password that is looked for: most Chinese texts have none."""

_FIGURE = re.compile(r"data:[\w.+/;=-]{0,60};base64,[A-Za-z0-9+/=]+")
"""A picture inside a page or a card: drawn by nobody, and long enough to look like anything."""
