"""Scores of answers that say how they were made, and how sure they are.

The functions are in modules of their own; `RougeL` and `RPCS` are the same as metrics of the package `evaluate`, loaded
when they are first used (PEP 562), and `metric_folder` is where `evaluate.load` finds them.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from roleinstruct.metrics.folders import metric_folder
    from roleinstruct.metrics.shells import RPCS, RougeL

__all__ = ["RPCS", "RougeL", "metric_folder"]

_HOMES = {"RPCS": "shells", "RougeL": "shells", "metric_folder": "folders"}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'roleinstruct.metrics' has no attribute {name!r}")
    if _HOMES[name] == "shells":
        from roleinstruct.errors import needs_extra

        needs_extra("metrics", "evaluate")
    return getattr(import_module(f"roleinstruct.metrics.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
