"""roleinstruct: from raw dialogue to a role-play data set, an adapter and honest scores.

`import roleinstruct` is cheap: names are loaded when they are first used (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from roleinstruct.dataset.builder import RoleInstruct
    from roleinstruct.emotions import Emotion
    from roleinstruct.errors import RoleInstructError
    from roleinstruct.records import CharacterProfile, Dialogue, Instruction, Place, Rejected, Utterance

__all__ = [
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
]

__version__ = "0.1.0"

_HOMES = {
    "Emotion": "emotions",
    "RoleInstruct": "dataset.builder",
    "RoleInstructError": "errors",
    **dict.fromkeys(("CharacterProfile", "Dialogue", "Instruction", "Place", "Rejected", "Utterance"), "records"),
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'roleinstruct' has no attribute {name!r}")
    return getattr(import_module(f"roleinstruct.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
