"""What a build gives back: the folder, and what one does with it next."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

if TYPE_CHECKING:
    from roleinstruct.dataset.builder import RoleInstruct
    from roleinstruct.publish.hub import Pushed
    from roleinstruct.publish.pushing import PushOptions

__all__ = ["Built"]


@dataclass(frozen=True, slots=True)
class Built:
    """A finished data set.

    Attributes:
        folder: Where it lies.
    """

    folder: Path

    def builder(self, config_name: str | None = None) -> "RoleInstruct":
        """The `datasets` builder of one of its tables; see `RoleInstruct`."""
        from roleinstruct.dataset.builder import RoleInstruct

        return RoleInstruct(self.folder, config_name)

    def push(
        self, repo_id: str, *, allow: Mapping[str, str] | None = None, **options: Unpack["PushOptions"]
    ) -> "Pushed":
        """Publish it; see `push_dataset`."""
        from roleinstruct.publish.pushing import push_dataset

        return push_dataset(self.folder, repo_id, allow=allow, **options)
