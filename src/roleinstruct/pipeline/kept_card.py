"""The card that lies in a folder, which people may have edited since it was written."""

from pathlib import Path

from roleinstruct.errors import FolderError, PublishError
from roleinstruct.publish.card_yaml import metadata_of
from roleinstruct.publish.staging import CARD

__all__ = ["read_card", "stated_licence"]


def read_card(path: Path) -> str | None:
    """The text of a card; None where there is none.

    Raises:
        FolderError: It is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise FolderError(f"{path} is not UTF-8 ({error.reason}): save it as UTF-8.") from error


def stated_licence(root: Path) -> str:
    """The licence that the card of a folder states; "unknown" where it states none.

    Raises:
        FolderError: The card cannot be read.
    """
    try:
        stated = metadata_of(read_card(root / CARD) or "").get("license")
    except PublishError as error:
        raise FolderError(f"{root / CARD}: {error}") from error
    return str(stated or "unknown")
