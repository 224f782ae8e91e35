"""Who speaks, as the rows of chats and scripts say it."""

import re

__all__ = ["chat_party", "is_chat_role", "plain_role"]


def plain_role(role: str) -> str:
    """A role as a name: without the brackets around it and the colon behind it, "(其他)" as "其他"."""
    role = role.strip().rstrip(":：").strip()
    match = _BRACKETED.fullmatch(role)
    return match["name"].strip() if match else role


def chat_party(role: str) -> str:
    """Which party of a chat a role is: "user", "assistant", "system", "tool", or "" for the name of somebody."""
    return _PARTIES.get(role.strip().casefold(), "")


def is_chat_role(role: object) -> bool:
    """Whether a role is a party of a chat and not somebody's name."""
    return isinstance(role, str) and chat_party(role) != ""


_LEFT, _RIGHT = "([（［【〔{", ")]）］】〕}"
_BRACKETED = re.compile(rf"[{re.escape(_LEFT)}]+(?P<name>[^{re.escape(_LEFT + _RIGHT)}]+)[{re.escape(_RIGHT)}]*")
_PARTIES = {
    **dict.fromkeys(("user", "human", "prompter"), "user"),
    **dict.fromkeys(("assistant", "gpt", "chatgpt", "bot", "model", "ai"), "assistant"),
    **dict.fromkeys(("system", "developer"), "system"),
    **dict.fromkeys(("tool", "function", "function_call", "observation", "ipython"), "tool"),
}
