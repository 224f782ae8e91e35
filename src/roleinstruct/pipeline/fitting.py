"""A classifier of emotions fitted on labelled rows, and a data set folder labelled by it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import dialogue_of
from roleinstruct.errors import SourceError
from roleinstruct.generate.classifier import EmotionClassifier
from roleinstruct.generate.fitting import FitReport, evaluate, fit
from roleinstruct.pipeline.cleaning import run_clean
from roleinstruct.pipeline.config import CleaningConfig, SourceConfig
from roleinstruct.pipeline.importing import run_import
from roleinstruct.pipeline.linting import is_data_set
from roleinstruct.pipeline.listener import Listener
from roleinstruct.records import Dialogue

__all__ = ["fit_labelled", "labelled_dialogues"]


def fit_labelled(path: Path, listener: Listener, *, folds: int = 5) -> tuple[EmotionClassifier, FitReport]:
    """Fit a classifier on everything in a data set or a source that carries an emotion.

    Args:
        path: A data set folder, or labelled dialogue in any shape that can be read.
        listener: Hears what is being done.
        folds: Parts of the cross-validation.

    Returns:
        The classifier, fitted on all of it, and how well one does on characters that it was not fitted on.

    Raises:
        SourceError: There is nothing to read.
        RecordError: There are too few labels.
        MissingExtraError: scikit-learn is not installed.
    """
    with labelled_dialogues(path, listener) as dialogues:
        found = list(dialogues)
    if not any(turn.emotion for dialogue in found for turn in dialogue.utterances):
        raise SourceError(f"{path} holds no dialogue with emotion labels; expected some to learn from.")
    listener.say(f"cross-validating on {len(found):,} dialogues …")
    report = evaluate(found, folds=folds)
    listener.say("fitting on all of them …")
    return fit(found), report


@contextmanager
def labelled_dialogues(path: Path, listener: Listener) -> Iterator[Iterator[Dialogue]]:
    """Open the dialogues of a data set folder, or of a source, which is cleaned for the while.

    Raises:
        SourceError: There is nothing to read.
    """
    if is_data_set(path):
        yield _dialogues(DataFolder(path))
        return
    with TemporaryDirectory(prefix="roleinstruct-") as temporary:
        folder = DataFolder(Path(temporary))
        run_import(folder, SourceConfig(path=path, characters="each"), limit=None, listener=listener)
        run_clean(folder, CleaningConfig(), listener)
        yield _dialogues(folder)


def _dialogues(folder: DataFolder) -> Iterator[Dialogue]:
    return map(dialogue_of, folder.rows("dialogues")) if folder.has("dialogues") else iter(())
