"""The errors that `roleinstruct` raises: one tree, each also the built-in that it resembles.

A message says what was found, what was expected, where, and what to do next, in one sentence that is fit to be shown
as it is: the command line prints it and nothing else.
"""

from importlib.util import find_spec

__all__ = [
    "AccountingError",
    "AssetError",
    "BudgetError",
    "ConfigError",
    "EndpointError",
    "ExportError",
    "FolderError",
    "GateError",
    "JournalError",
    "LabelError",
    "MissingExtraError",
    "PublishError",
    "RecordError",
    "RoleInstructError",
    "SourceError",
    "StoppedError",
    "TrainingError",
    "YieldError",
    "needs_extra",
]


class RoleInstructError(Exception):
    """The root: catch this to catch whatever this library raises on purpose."""


class SourceError(RoleInstructError, ValueError):
    """A raw file that cannot be read at all: missing, empty, binary or of no known shape."""


class ConfigError(RoleInstructError, ValueError):
    """A builder, recipe or option that does not mean anything."""


class LabelError(RoleInstructError, ValueError):
    """A word that is no emotion label, in no language and no known damage."""


class RecordError(RoleInstructError, ValueError):
    """A record that contradicts itself, such as a dialogue with three speakers."""


class FolderError(RoleInstructError, FileNotFoundError):
    """A data set folder that lacks the part that was asked for."""


class AssetError(RoleInstructError, FileNotFoundError):
    """A builder, recipe or card template of that name does not come with the package."""


class AccountingError(RoleInstructError, ArithmeticError):
    """Rows went in that did not come out as kept, merged or rejected: a bug of ours, never of the input."""


class JournalError(RoleInstructError, OSError):
    """The record of what a model was asked and answered cannot be opened, read or written."""


class EndpointError(RoleInstructError, ConnectionError):
    """A model's server that cannot be reached, refuses the key, or does not have the model."""


class ExportError(RoleInstructError, RuntimeError):
    """An exported model that would not say what the trained one says, or that cannot be made; none of it is left."""


class BudgetError(RoleInstructError, RuntimeError):
    """A call that could cost more than is left of what may be spent, or whose price nobody knows."""


class GateError(RoleInstructError, PermissionError):
    """Something that would be published holds a secret, private data, or what nobody has the right to publish."""


class PublishError(RoleInstructError, ConnectionError):
    """A hub that cannot be reached, refuses what is sent, or holds what is not to be touched."""


class StoppedError(RoleInstructError, InterruptedError):
    """The user has asked for the end: what was under way is done and kept, and nothing new was begun."""


class TrainingError(RoleInstructError, RuntimeError):
    """A training that cannot go on: its loss is no number, or the memory or the disk does not suffice."""


class YieldError(RoleInstructError, RuntimeError):
    """A model's step that brought less than the stated share of what it was asked for."""


class MissingExtraError(RoleInstructError, ImportError):
    """An optional part of the package is not installed."""


def needs_extra(extra: str, *modules: str) -> None:
    """Check that the modules of an optional part are installed, without importing them.

    Args:
        extra: Name of the extra in `pip install 'roleinstruct[extra]'`.
        modules: Top-level modules that it brings.

    Raises:
        MissingExtraError: One of the modules is not installed; the message holds the command that installs it.
    """
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise MissingExtraError(
            f"{', '.join(missing)} is not installed and this needs it: run pip install 'roleinstruct[{extra}]'."
        )
