"""The stages that a language model does: records go out, and what comes back is written down in the same order."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from roleinstruct.dataset.features import features
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import dialogue_of, dialogue_row
from roleinstruct.generate.annotating import Annotated, AnnotateOptions, annotate_by_model, requests_of
from roleinstruct.llm.asking import Asker
from roleinstruct.llm.ordered import in_order
from roleinstruct.llm.request import Usage
from roleinstruct.llm.tokens import count_request, count_tokens
from roleinstruct.pipeline.config import ModelConfig
from roleinstruct.pipeline.ledger import GUESSES, NO_MODEL, open_ledger
from roleinstruct.pipeline.session import Session
from roleinstruct.records import Dialogue

__all__ = ["Estimate", "estimate_labels", "run_label"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a stage would send and receive, if no reply had to be repaired and nothing were in the journal.

    Attributes:
        requests: Calls.
        usage: Tokens.
        exact: Whether the model's own tokenizer counted.
    """

    requests: int
    usage: Usage
    exact: bool


def estimate_labels(folder: DataFolder, config: ModelConfig) -> Estimate:
    """Count what `run_label` would ask."""
    options = AnnotateOptions(samples=config.samples)
    requests, usage, exact = 0, Usage(), True
    for dialogue in _dialogues(folder):
        found = requests_of(dialogue, config.name, options)
        for request in found:
            sent = count_request(request)
            exact = exact and sent.exact
            usage += Usage(prompt_tokens=sent.tokens)
        lines = _count(dialogue, by_model=False) * options.samples
        usage += Usage(completion_tokens=_received(len(found), lines, config.name))
        requests += len(found)
    return Estimate(requests, usage, exact)


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
    total = sum(len(requests_of(dialogue, session.config.name, options)) for dialogue in _dialogues(folder))
    keys: list[str] = []
    with (
        open_ledger(folder, "annotate") as ledger,
        folder.writer("annotated", features("dialogues").arrow_schema) as writer,
    ):

        async def label_all() -> None:
            async with session.asker("labelling emotions", total) as asker:
                async for found in in_order(_dialogues(folder), _labelling(asker, options), session.window):
                    writer.write(dialogue_row(found.dialogue))
                    keys.extend(found.keys)
                    asked = _count(found.dialogue, by_model=True) + len(found.failed)
                    ledger.read("label", asked)
                    for rejected in found.failed:
                        ledger.reject(rejected)

        session.run(label_all())
    if folder.has("annotated"):
        folder.replace("annotated", "dialogues")
    return keys


def _labelling(asker: Asker, options: AnnotateOptions) -> Callable[[Dialogue], Awaitable[Annotated]]:
    return lambda dialogue: annotate_by_model(dialogue, asker, options)


def _count(dialogue: Dialogue, *, by_model: bool) -> int:
    """Turns that a model has labelled, or that one is to be asked about."""
    if by_model:
        return sum(turn.annotator not in NO_MODEL for turn in dialogue.utterances)
    return sum(turn.emotion is None or turn.annotator in GUESSES for turn in dialogue.utterances)


def _received(requests: int, lines: int, model: str) -> int:
    """Tokens of the replies: a frame for each, and a label for each line."""
    frame, line = (count_tokens(text, model).tokens for text in ('{"labels": []}', '"12 neutral", '))
    return requests * frame + lines * line


def _dialogues(folder: DataFolder) -> Iterator[Dialogue]:
    return map(dialogue_of, folder.rows("dialogues")) if folder.has("dialogues") else iter(())
