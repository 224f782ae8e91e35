"""A classifier of emotions fitted on labelled rows of any shape that can be read."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from roleinstruct.cleaning.lint.material import Person, Scene
from roleinstruct.errors import SourceError
from roleinstruct.generate.classifier import EmotionClassifier
from roleinstruct.generate.fitting import FitReport, evaluate, fit
from roleinstruct.pipeline.data_blocks import SourceConfig
from roleinstruct.pipeline.linting import open_corpus
from roleinstruct.pipeline.listener import Listener
from roleinstruct.records import Dialogue, Place

__all__ = ["fit_labelled", "labelled_dialogues"]


def fit_labelled(path: Path, listener: Listener) -> tuple[EmotionClassifier, FitReport]:
    """Fit a classifier on everything in a data set or a source that carries an emotion.

    Args:
        path: A data set folder, or labelled dialogue in any shape that can be read.
        listener: Hears what is being done.

    Returns:
        The classifier, fitted on all of it, and how well one does on characters that it was not fitted on.

    Raises:
        SourceError: There is nothing to read, or nothing labelled.
        RecordError: There are too few labels.
        MissingExtraError: scikit-learn is not installed.
    """
    found = labelled_dialogues(path, listener)
    if not found:
        raise SourceError(f"{path} holds no dialogue with emotion labels; expected some to learn from.")
    listener.say(f"cross-validating on {len(found):,} dialogues …")
    report = evaluate(found)
    listener.say("fitting on all of them …")
    return fit(found), report


def labelled_dialogues(path: Path, listener: Listener) -> list[Dialogue]:
    """The dialogues of a data set folder, or the scenes of a source, that carry labels.

    A scene of many keeps all of its lines in their order: whoever is not the character is the one partner, since all
    that matters here is who goes on speaking.

    Raises:
        SourceError: There is nothing to read.
    """
    config = SourceConfig(path=path, characters="each")
    with open_corpus(path, source=config, listener=listener) as corpus:
        return [dialogue for person in corpus.people() for dialogue in _labelled(person)]


_OTHERS = "…"


def _labelled(person: Person) -> Iterator[Dialogue]:
    for number, scene in enumerate(person.scenes, 1):
        if any(turn.emotion for turn in scene.utterances):
            yield _of_two(person.name, scene, f"{person.name}-{number:05d}")


def _of_two(name: str, scene: Scene, number: str) -> Dialogue:
    """The scene as a talk of the character with one other."""
    said = Counter(turn.speaker for turn in scene.utterances)
    character = name if name in said else next(iter(said))
    turns = (turn if turn.speaker == character else replace(turn, speaker=_OTHERS) for turn in scene.utterances)
    place = next((turn.place for turn in scene.utterances if turn.place), Place("", 1, 1))
    return Dialogue(number, character, _OTHERS, tuple(turns), place)
