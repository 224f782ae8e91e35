"""The steps of a build: what each needs, what it makes, and what of a folder goes when one is run again."""

import hashlib
from pathlib import Path

from roleinstruct.dataset.folder import WORK, DataFolder
from roleinstruct.errors import FolderError
from roleinstruct.pipeline.carding import set_aside

__all__ = ["STEPS", "clear_finished", "expect_ready", "made", "undo", "undo_after"]

STEPS = ("import", "clean", "annotate", "profile", "ask", "answer", "mix")
"""The stages in order. "answer" does nothing without a model; "mix" also closes the accounts and writes the README."""

_CLEANED = ("dialogues", "cleaned/specific", "cleaned/general", "imported/profiles")

_NEEDS = {
    "clean": ("import", ("imported/utterances", "imported/instructions", "imported/profiles")),
    "annotate": ("clean", _CLEANED),
    "profile": ("clean", _CLEANED),
    "ask": ("clean", _CLEANED),
    "answer": ("profile", ("profiles",)),
    "mix": ("profile", ("profiles",)),
}
"""The step that must have been run before, and its tables, one of which at least must be there."""

_MAKES: dict[str, tuple[str, ...]] = {
    "clean": ("dialogues", f"{WORK}/cleaned", "reports/duplicates.json"),
    "annotate": ("reports/generation.json", "reports/agreement.json", f"{WORK}/people"),
    "profile": ("profiles",),
    "ask": (f"{WORK}/asked",),
    "answer": (f"{WORK}/answered",),
    "mix": ("specific", "general", "chat", "benchmark", "reports/mixture.json"),
}
"""The parts of a folder that a step writes, and that go when an earlier step is run again."""

_TABLES = {"annotate": "dialogues", "profile": "profiles", "ask": f"{WORK}/asked", "answer": f"{WORK}/answered"}
"""What a step writes that no later step changes."""

_ASKED = ("import", "clean", "annotate", "profile", "ask")
_MENDS = {"lint": ("import", "clean"), "lint-asked": _ASKED, "lint-answered": (*_ASKED, "answer")}
"""The accounts of the linter's mends, and the steps that make anew what was mended."""

_FINISHED = (
    "rejected",
    "figures",
    *(f"reports/{name}.json" for name in ("accounting", "statistics", "lint", "figures")),
    *(f"reports/{name}.json" for name in ("builder", "contamination", "croissant", "sources")),
    "README.md",
)


def expect_ready(step: str, folder: DataFolder, out: Path) -> None:
    """See to it that a step finds what it needs.

    Raises:
        FolderError: An earlier step has not been run.
    """
    before, tables = _NEEDS.get(step, ("", ()))
    if before and not any(folder.has(table) for table in tables):
        raise FolderError(f"{out} has nothing to {step} yet: run roleinstruct {before} {out} first.")


def made(step: str, folder: DataFolder) -> dict[str, str] | None:
    """The digests of what a step has made: its table, its accounts, its rejects.

    Returns:
        By file; None for a step whose table is changed by later ones.
    """
    if step not in _TABLES:
        return None
    roots = [folder.root / part for part in (_TABLES[step], *_accounts(step))]
    files = [file for root in roots for file in (root, *root.rglob("*")) if file.is_file()]
    return {str(file.relative_to(folder.root)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def undo(step: str, folder: DataFolder) -> None:
    """Remove what a step, or a mend of the linter, has made, and its accounts."""
    folder.remove_all(*_MAKES.get(step, ()), *_accounts(step))


def undo_after(step: str, folder: DataFolder) -> None:
    """Remove what rests on what a step had made before, and the finished parts."""
    for name in (*STEPS[STEPS.index(step) + 1 :], *(mend for mend, undone_by in _MENDS.items() if step in undone_by)):
        undo(name, folder)
    clear_finished(folder)


def clear_finished(folder: DataFolder) -> None:
    """Remove the parts that the end of a build makes of all others; the card is set aside for what people wrote."""
    set_aside(folder.root, folder)
    folder.remove_all(*_FINISHED)


def _accounts(step: str) -> tuple[str, ...]:
    return f"{WORK}/accounts/{step}.json", f"{WORK}/rejected/{step}"
