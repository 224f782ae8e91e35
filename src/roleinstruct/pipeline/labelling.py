"""The emotion labels that a model gives: dialogues go out, and come back labelled in the same order."""

from collections.abc import Awaitable, Callable, Iterator

from roleinstruct.dataset.features import features
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import dialogue_of, dialogue_row
from roleinstruct.generate.annotating import Annotated, AnnotateOptions, annotate_by_model
from roleinstruct.generate.annotating import requests_of as label_requests
from roleinstruct.llm.asking import Asker
from roleinstruct.llm.ordered import in_order
from roleinstruct.pipeline.ledger import NO_MODEL, open_ledger
from roleinstruct.pipeline.session import Session
from roleinstruct.records import Dialogue

__all__ = ["dialogues_of", "run_label"]


def run_label(folder: DataFolder, session: Session) -> list[str]:
    """Ask a model for the emotion of every turn that nobody has labelled but this package.

    A label that could not be had leaves the turn as it was, and is a rejected row of its own.

    Args:
        folder: The data set folder, cleaned.
        session: Whom to ask.

    Returns:
        The requests whose answers were used, in the journal.

    Raises:
        EndpointError: No call can succeed.
        BudgetError: The next call could pass the limit on cost.
        JournalError: A reply could not be kept, or, in a replay, is not there.
        KeyboardInterrupt: Ctrl-C was pressed.
    """
    options = AnnotateOptions(samples=session.config.samples)
    total = sum(len(label_requests(dialogue, session.config.name, options)) for dialogue in dialogues_of(folder))
    keys: list[str] = []
    with (
        open_ledger(folder, "annotate") as ledger,
        folder.writer("annotated", features("dialogues").arrow_schema) as writer,
    ):

        async def label_all() -> None:
            async with session.asker("labelling emotions", total) as asker:
                async for found in in_order(dialogues_of(folder), _labelling(asker, options), session.window):
                    writer.write(dialogue_row(found.dialogue))
                    keys.extend(found.keys)
                    asked = _by_model(found.dialogue) + len(found.failed)
                    ledger.read("label", asked)
                    for rejected in found.failed:
                        ledger.reject(rejected)

        session.run(label_all())
    if folder.has("annotated"):
        folder.replace("annotated", "dialogues")
    return keys


def dialogues_of(folder: DataFolder) -> Iterator[Dialogue]:
    """The dialogues of a folder; none where there is no table."""
    return map(dialogue_of, folder.rows("dialogues")) if folder.has("dialogues") else iter(())


def _labelling(asker: Asker, options: AnnotateOptions) -> Callable[[Dialogue], Awaitable[Annotated]]:
    return lambda dialogue: annotate_by_model(dialogue, asker, options)


def _by_model(dialogue: Dialogue) -> int:
    """Turns that a model has labelled."""
    return sum(turn.annotator not in NO_MODEL for turn in dialogue.utterances)
