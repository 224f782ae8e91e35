"""Emotion labels by a cascade: a classifier fitted here takes the lines that it is sure of, a model the rest."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.errors import RecordError, needs_extra
from roleinstruct.generate.annotating import annotate_by_model
from roleinstruct.generate.cascade import Calibrated, fit_cascade
from roleinstruct.generate.classifier import ANNOTATOR
from roleinstruct.generate.lessons import is_taught
from roleinstruct.generate.windows import Task
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.fitting import labelled_dialogues
from roleinstruct.pipeline.labelling import dialogues_of, label_options, run_label
from roleinstruct.pipeline.session import Session
from roleinstruct.records import Dialogue

__all__ = ["draw_sample", "run_cascade"]


def run_cascade(folder: DataFolder, session: Session, config: BuildConfig) -> tuple[list[str], dict[str, object]]:
    """Label every turn that nobody has labelled but this package: by a classifier where it is sure, else by a model.

    With `annotation.cascade: auto` the classifier learns from the labels of the folder; where there are too few, the
    model is first asked for those of some dialogues of every character.

    Returns:
        The requests whose answers were used, in the journal; and what the cascade did, for the report.

    Raises:
        SourceError: There is nothing to learn from where `annotation.cascade` says.
        RecordError: There are too few labels there.
        MissingExtraError: scikit-learn is not installed.
        EndpointError: As `run_label`, like what else it raises.
    """
    needs_extra("fit", "sklearn")
    how, keys, known = config.annotation, list[str](), dict[str, Dialogue]()
    if how.labelled is None:
        known, keys = _ask_for_sample(folder, session, config)
        labelled = [known.get(dialogue.id, dialogue) for dialogue in dialogues_of(folder)]
        calibrated = _fit_own([d for d in labelled if any(map(is_taught, d.utterances))], how.agreement, session)
    else:
        calibrated = fit_cascade(labelled_dialogues(how.labelled, session.listener), how.agreement)
    session.listener.say(_told(calibrated, how.agreement))
    keys += run_label(folder, session, label_options(config), _taking(calibrated, known))
    return keys, _report(folder, calibrated, how.agreement)


def draw_sample(folder: DataFolder, lines: int) -> frozenset[str]:
    """Dialogues that together have so many lines to be asked about, as many of each character as its share is.

    Which they are follows from their ids alone.

    Returns:
        Their ids; of all, where there are no more lines.
    """
    asked: dict[str, list[tuple[str, str, int]]] = {}
    for dialogue in dialogues_of(folder):
        if count := len(Task.of(dialogue).rest):
            lot = hashlib.sha256(dialogue.id.encode()).hexdigest()
            asked.setdefault(dialogue.character, []).append((lot, dialogue.id, count))
    spread = [
        ((rank + 0.5) / len(found), character, number, count)
        for character, found in asked.items()
        for rank, (_, number, count) in enumerate(sorted(found))
    ]
    drawn, left = set[str](), lines
    for _, _, number, count in sorted(spread):
        if left <= 0:
            break
        drawn.add(number)
        left -= count
    return frozenset(drawn)


def _ask_for_sample(folder: DataFolder, session: Session, config: BuildConfig) -> tuple[dict[str, Dialogue], list[str]]:
    """Dialogues that the model has labelled so that there are enough labels, by id, and the requests."""
    there = sum(sum(map(is_taught, dialogue.utterances)) for dialogue in dialogues_of(folder))
    drawn = draw_sample(folder, config.annotation.sample - there)
    found: dict[str, Dialogue] = {}
    keys: dict[str, None] = {}

    def tasks() -> Iterator[Task]:
        return (Task.of(dialogue) for dialogue in dialogues_of(folder) if dialogue.id in drawn)

    async def ask() -> None:
        async with session.asker("labelling a sample", None) as asker:
            async for one in annotate_by_model(tasks(), asker, label_options(config), session.window):
                found[one.dialogue.id] = one.dialogue
                keys.update(dict.fromkeys(one.keys))

    if drawn:
        session.run(ask())
    return found, list(keys)


def _fit_own(labelled: list[Dialogue], agreement: float, session: Session) -> Calibrated:
    """The cascade that the folder's labels give; one that takes nothing where they are too few."""
    try:
        return fit_cascade(labelled, agreement)
    except RecordError as error:
        session.listener.say(f"no classifier can be fitted for a cascade: {error}")
        return Calibrated(None, 1.0, 0.0, 0)


def _taking(calibrated: Calibrated, known: Mapping[str, Dialogue]) -> Callable[[Dialogue], Task]:
    take = calibrated.cascade.take if calibrated.cascade else Task.of
    return lambda dialogue: take(known.get(dialogue.id, dialogue))


def _told(calibrated: Calibrated, agreement: float) -> str:
    if calibrated.cascade is None:
        return f"no line can be labelled without the model at a kappa of {agreement}: it is asked for all"
    return (
        f"the classifier takes lines of which it is {calibrated.cascade.threshold:.2f} sure: {calibrated.share:.0%} of "
        f"{calibrated.lines:,} that it was not fitted on, where all labels then agree with a kappa of "
        f"{calibrated.expected:.3f}"
    )


def _report(folder: DataFolder, calibrated: Calibrated, agreement: float) -> dict[str, object]:
    by = Counter(turn.annotator for dialogue in dialogues_of(folder) for turn in dialogue.utterances)
    cascade = calibrated.cascade
    return {
        "threshold": cascade.threshold if cascade else None,
        "agreement": agreement,
        "expected": calibrated.expected,
        "known_of": calibrated.lines,
        "taken": by[ANNOTATOR] if cascade else 0,
    }
