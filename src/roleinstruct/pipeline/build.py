"""From raw source to data set folder: all stages, or one."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from roleinstruct.dataset.draft import draft
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.generate.emotions import annotate
from roleinstruct.pipeline.anonymising import run_anonymise
from roleinstruct.pipeline.built import Built
from roleinstruct.pipeline.carding import set_aside
from roleinstruct.pipeline.cleaning import run_clean
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.estimating import Estimate, estimate_step
from roleinstruct.pipeline.finishing import run_finish
from roleinstruct.pipeline.general import expect_source
from roleinstruct.pipeline.generating import run_annotate, run_ask, run_profile
from roleinstruct.pipeline.importing import run_import
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.mixing import run_mix
from roleinstruct.pipeline.modelled import GENERATED, forget, run_generated
from roleinstruct.pipeline.pseudonyms import map_beside
from roleinstruct.pipeline.remembering import REMEMBERED
from roleinstruct.pipeline.session import Session
from roleinstruct.pipeline.steps import STEPS, clear_finished, expect_ready, made, undo, undo_after
from roleinstruct.records import Dialogue

__all__ = ["build", "estimate", "finish_again", "run_step"]

Label = Callable[[Dialogue], Dialogue]
"""Gives every turn of a dialogue that has no emotion one."""


def build(
    config: BuildConfig,
    out: Path,
    *,
    limit: int | None = None,
    listener: Listener | None = None,
    label: Label = annotate,
    replay: bool = False,
) -> Built:
    """Build a data set folder, without a language model unless the configuration names one.

    The folder changes only when all is done. Whatever stops the build, the folder is as it was, and the next build
    gives the same bytes as one that was never stopped.

    Args:
        config: What to build.
        out: The data set folder.
        limit: At most this many rows of each source file; None for all.
        listener: Hears what is being done.
        label: Who labels the emotions of a dialogue where no model is named: the lexicon, or a classifier.
        replay: Take a model's replies from the folder's journal alone, and call nobody.

    Returns:
        The folder, with what one does next: `build(config, out).push("you/my-characters")`.

    Raises:
        SourceError: There is nothing to read.
        FolderError: The folder cannot be written.
    """
    heard = listener or Listener()
    session = Session(config.model, out, heard, replay) if config.model.name else None
    if session is not None:
        expect_source(config.general)
    how = _How(heard, limit, label, session)
    with draft(out, keep=False) as folder:
        folder.write_json(REMEMBERED, config.model_dump(mode="json"))
        set_aside(out, folder)
        for step in STEPS:
            _run(step, folder, config, out, how)
    return Built(out)


def run_step(
    step: str,
    config: BuildConfig,
    out: Path,
    *,
    limit: int | None = None,
    listener: Listener | None = None,
    label: Label = annotate,
    replay: bool = False,
) -> None:
    """Run one of `STEPS` on a data set folder; what later steps made of its former result goes.

    Where the step makes the same as before, the folder stays as it is, with all that rests on it.

    Args:
        step: One of `STEPS`.
        config: What to build; see `remembering.remembered`.
        out: The data set folder.
        limit: For "import": at most this many rows of each source file.
        listener: Hears what is being done.
        label: For "annotate": who labels where no model is named.
        replay: Take a model's replies from the folder's journal alone, and call nobody.

    Raises:
        FolderError: An earlier step has not been run.
    """
    heard = listener or Listener()
    session = Session(config.model, out, heard, replay) if config.model.name and step in GENERATED else None
    try:
        with draft(out, keep=True) as folder:
            is_finished = folder.has("chat")
            _redo(step, folder, config, out, _How(heard, limit, label, session))
    except _NothingNewError:
        heard.say(f"{step} makes the same as before: {out} stays as it is.")
        return
    following = [name for name in STEPS[STEPS.index(step) + 1 :] if name != "answer" or config.model.name]
    if following:
        gone = "; what later steps had made of the former is gone" if is_finished else ""
        heard.say(f"done{gone}; next: roleinstruct {following[0]} {out}")


def estimate(
    config: BuildConfig, *, limit: int | None = None, listener: Listener | None = None, home: Path | None = None
) -> dict[str, Estimate]:
    """What the model of a build would be asked, by step: the build is made without it, elsewhere, and nothing is sent.

    Args:
        config: What to build; it names a model.
        limit: At most this many rows of each source file; None for all.
        listener: Hears what is being done.
        home: The folder to be built, whose journal may hold replies already.

    Raises:
        SourceError: There is nothing to read.
    """
    with TemporaryDirectory(prefix="roleinstruct-") as temporary:
        out = Path(temporary) / "set"
        folder = DataFolder(out)
        how = _How(listener or Listener(), limit)
        for step in STEPS[: STEPS.index("annotate")]:
            _run(step, folder, config, out, how)
        found = {}
        for step in GENERATED:
            found[step] = estimate_step(step, folder, config, how.listener, home)
            _run(step, folder, config, out, how)  # what is found without a model stands for what it will write
        return {step: one for step, one in found.items() if one.requests or one.known}


def finish_again(folder: DataFolder, out: Path) -> None:
    """Make the splits, the reports and the card of a draft whose tables have changed.

    Args:
        folder: The draft.
        out: The folder that it will be.

    Raises:
        FolderError: The folder was never worked on.
    """
    config = BuildConfig.checked(folder.read_json(REMEMBERED), str(out / REMEMBERED))
    undo("mix", folder)
    clear_finished(folder)
    _run("mix", folder, config, out, _How(Listener()))


@dataclass(frozen=True, slots=True)
class _How:
    listener: Listener
    limit: int | None = None
    label: Label = annotate
    session: Session | None = None  # one for all steps, so that a limit on cost is for all of them


class _NothingNewError(Exception):
    """A step has made what was there already: its draft is not wanted."""


def _redo(step: str, folder: DataFolder, config: BuildConfig, out: Path, how: _How) -> None:
    """Do a step again in a draft, and take away what rests on what it had made.

    Raises:
        FolderError: An earlier step has not been run.
        _NothingNewError: It makes the same as before, in a folder that is finished.
    """
    expect_ready(step, folder, out)
    was, is_finished = made(step, folder), folder.has("chat")
    folder.write_json(REMEMBERED, config.model_dump(mode="json"))
    forget(step, folder)
    if step == STEPS[-1]:
        clear_finished(folder)
        _run(step, folder, config, out, how)
        return
    _run(step, folder, config, out, how)
    if is_finished and was is not None and made(step, folder) == was:
        raise _NothingNewError
    undo_after(step, folder)


def _run(step: str, folder: DataFolder, config: BuildConfig, out: Path, how: _How) -> None:
    listener = how.listener
    if step == "answer":  # it makes nothing where there is nobody to answer
        undo(step, folder)
        if how.session is None:
            return
    listener.say(f"{step} …")
    if step == "import":
        run_import(folder, config.source, limit=how.limit, listener=listener)
        run_anonymise(folder, config.privacy, map_beside(out), listener)
    elif step == "clean":
        run_clean(folder, config.cleaning, listener)
    elif how.session is not None and step in GENERATED:
        run_generated(step, folder, how.session, config)
    elif step == "annotate":
        run_annotate(folder, listener, how.label)
    elif step == "profile":
        run_profile(folder, listener)
    elif step == "ask":
        run_ask(folder, config.questions, config.cleaning.instruction_similarity, listener)
    else:
        run_mix(folder, config.splits)
        run_finish(folder, config, out.resolve().name)
