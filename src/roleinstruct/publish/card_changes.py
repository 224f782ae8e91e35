"""What a push changes in the card that lies in the repository, whose owner may have written on the page itself."""

from collections.abc import Callable, Mapping
from typing import Any

from roleinstruct.errors import PublishError
from roleinstruct.publish.card_problem import listed
from roleinstruct.publish.card_regions import merged_card
from roleinstruct.publish.card_yaml import metadata_of
from roleinstruct.publish.staging import CARD

__all__ = ["LICENCE_OF_CARD", "card_over"]

LICENCE_OF_CARD = ("licence", f"licence:{CARD}")
"""The exceptions with which the licence in a repository may be replaced."""


def card_over(ours: str, theirs: str | None, *, may_change_licence: bool, say: Callable[[str], None]) -> str:
    """The card that is pushed; see `merged_card`.

    Args:
        ours: The card of the local folder.
        theirs: The one that lies in the repository, or None.
        may_change_licence: Whether somebody has said that the licence there may be replaced.
        say: Hears which keys of theirs are replaced.

    Raises:
        PublishError: The licences differ, or the YAML of one of them cannot be read.
    """
    merged = merged_card(ours, theirs)
    before, after = metadata_of(theirs or ""), metadata_of(merged)
    changed = [key for key in before if key in after and key not in _MERGED and _differ(key, before, after)]
    if not changed:
        return merged
    if not may_change_licence and _LICENCE & set(changed) and before.get("license") not in (None, "", "unknown"):
        raise PublishError(
            f"the card in the repository says otherwise ({_told(sorted(_LICENCE & set(changed)), before, after)}); "
            "nothing is sent: state the licence that holds as card.license in the builder, or by roleinstruct card "
            f"write --license, or replace it by --allow {LICENCE_OF_CARD[1]} --because TEXT (allow= in Python)."
        )
    say(f"the card in the repository says otherwise, and is replaced: {_told(changed, before, after)}")
    return merged


def _differ(key: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    return listed(before[key]) != listed(after[key])


def _told(keys: list[str], before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    return "; ".join(f"{key}: {_short(before[key])} -> {_short(after[key])}" for key in keys)


def _short(value: object) -> str:
    said = " ".join((", ".join(map(str, value)) if isinstance(value, list) else str(value)).split())
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"


_MERGED = ("tags", "configs", "model-index")
"""Keys in which theirs stays beside ours."""
_LICENCE = {"license", "license_name"}
_LONGEST = 80
