"""The decorators of version 3: lines before an entry of a lorebook that say when and where it is shown."""

from itertools import dropwhile, takewhile

__all__ = ["is_switched_off", "undecorated"]


def undecorated(content: str) -> str:
    """What an entry says, without its decorators and the blank lines around."""
    return "\n".join(dropwhile(_is_before, content.strip().split("\n")))


def is_switched_off(content: str) -> bool:
    """Whether an entry is not to be shown, whatever is said: `@@dont_activate` without `@@activate`.

    Of a decorator and its fallbacks, which begin with `@@@`, the first counts that is one of these two. All others are
    about places in a chat, and mean nothing where passages are found by likeness.
    """
    found: set[str] = set()
    has_counted = False
    for line in takewhile(_is_before, content.strip().split("\n")):
        if has_counted and line.startswith("@@@"):
            continue
        name = "".join(line.lstrip("@").split()[:1])
        has_counted = name in _KNOWN
        found |= {name} & _KNOWN
    return found == {"dont_activate"}


_KNOWN = frozenset({"activate", "dont_activate"})


def _is_before(line: str) -> bool:
    return line.startswith("@@") or not line.strip()
