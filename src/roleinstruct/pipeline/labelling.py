"""The emotion labels that a model gives: dialogues go out, and come back labelled in the same order."""

from collections.abc import Callable, Iterator
from itertools import takewhile

from roleinstruct.dataset.features import features
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import dialogue_of, dialogue_row
from roleinstruct.generate.annotating import Annotated, annotate_by_model
from roleinstruct.generate.annotating import requests_of as label_requests
from roleinstruct.generate.voting import AnnotateOptions
from roleinstruct.generate.windows import Task
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.ledger import NO_MODEL, open_ledger
from roleinstruct.pipeline.session import Session
from roleinstruct.pipeline.watching import Watch
from roleinstruct.records import Dialogue

__all__ = ["dialogues_of", "label_options", "run_label"]


def run_label(
    folder: DataFolder, session: Session, options: AnnotateOptions, task_of: Callable[[Dialogue], Task] = Task.of
) -> list[str]:
    """Ask a model for the emotion of every turn that nobody has labelled but this package.

    A label that could not be had leaves the turn as it was, and is a rejected row of its own.

    Args:
        folder: The data set folder, cleaned.
        session: Whom to ask.
        options: How.
        task_of: Which turns of a dialogue to ask about, those before it having been seen to.

    Returns:
        The requests whose answers were used, in the journal.

    Raises:
        EndpointError: No call can succeed.
        BudgetError: The next call could pass the limit on cost.
        JournalError: A reply could not be kept, or, in a replay, is not there.
        KeyboardInterrupt: Ctrl-C was pressed.
        YieldError: Next to nothing has come of the first labels.
    """
    total = sum(1 for _ in label_requests(map(task_of, dialogues_of(folder)), session.config.name, options))
    if not total:
        session.listener.say("every line has a label of the source, people or a model: these stay, nobody is asked.")
    keys: dict[str, None] = {}
    with (
        open_ledger(folder, "annotate") as ledger,
        folder.writer("annotated", features("dialogues").arrow_schema) as writer,
    ):

        def take(found: Annotated) -> None:
            writer.write(dialogue_row(found.dialogue))
            keys.update(dict.fromkeys(found.keys))
            ledger.read("label", _by_model(found.dialogue) + len(found.failed))
            for rejected in found.failed:
                ledger.reject(rejected)

        session.run(_label_all(map(task_of, dialogues_of(folder)), session, options, total, take))
    if folder.has("annotated"):
        folder.replace("annotated", "dialogues")
    return list(keys)


def label_options(config: BuildConfig) -> AnnotateOptions:
    """How a build asks for emotions."""
    how = config.annotation
    return AnnotateOptions(how.window, how.context, config.model.samples, how.reasons)


def dialogues_of(folder: DataFolder) -> Iterator[Dialogue]:
    """The dialogues of a folder; none where there is no table."""
    return map(dialogue_of, folder.rows("dialogues")) if folder.has("dialogues") else iter(())


async def _label_all(
    tasks: Iterator[Task], session: Session, options: AnnotateOptions, total: int, take: Callable[[Annotated], None]
) -> None:
    """Have all labelled, and give up where next to nothing comes of it."""
    watch = Watch("annotate", session.config.least_yield)
    async with session.asker("labelling emotions", total) as asker:
        hopeful = takewhile(lambda _: not watch.is_hopeless, tasks)
        async for found in annotate_by_model(hopeful, asker, options, session.window):
            take(found)
            came = sum(turn.annotator == session.config.name for turn in found.dialogue.utterances)
            watch.hear(came, found.failed)
    watch.expect_hope()


def _by_model(dialogue: Dialogue) -> int:
    """Turns that a model has labelled."""
    return sum(turn.annotator not in NO_MODEL for turn in dialogue.utterances)
