"""roleinstruct: from raw dialogue to a role-play data set, an adapter and honest scores.

`import roleinstruct` is cheap: names are loaded when they are first used (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from roleinstruct.dataset.builder import RoleInstruct
    from roleinstruct.emotions import Emotion
    from roleinstruct.errors import RoleInstructError
    from roleinstruct.pipeline.build import build
    from roleinstruct.pipeline.config import BuildConfig
    from roleinstruct.publish.pushing import push_adapter, push_dataset, push_metrics
    from roleinstruct.records import CharacterProfile, Dialogue, Instruction, Place, Rejected, Utterance

__all__ = [
    "BuildConfig",
    "CharacterProfile",
    "Dialogue",
    "Emotion",
    "Instruction",
    "Place",
    "Rejected",
    "RoleInstruct",
    "RoleInstructError",
    "Utterance",
    "__version__",
    "build",
    "push_adapter",
    "push_dataset",
    "push_metrics",
]

__version__ = "0.1.0"

_HOMES = {
    "BuildConfig": "pipeline.config",
    "Emotion": "emotions",
    "RoleInstruct": "dataset.builder",
    "RoleInstructError": "errors",
    "build": "pipeline.build",
    **dict.fromkeys(("CharacterProfile", "Dialogue", "Instruction", "Place", "Rejected", "Utterance"), "records"),
    **dict.fromkeys(("push_adapter", "push_dataset", "push_metrics"), "publish.pushing"),
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'roleinstruct' has no attribute {name!r}")
    return getattr(import_module(f"roleinstruct.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
