"""What a data set folder shows to be paid for: the steps that its journal has all replies to."""

from collections.abc import Iterator
from itertools import zip_longest

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.labelling import dialogues_of
from roleinstruct.pipeline.remembering import REMEMBERED, remembered
from roleinstruct.pipeline.session import JOURNAL

__all__ = ["has_same_script", "paid_requests"]


def paid_requests(step: str, home: DataFolder, config: BuildConfig) -> int | None:
    """How many replies a step of a folder rests on, all of them in its journal; None where it is yet to be done.

    Args:
        step: One that a model can do.
        home: The data set folder.
        config: What is to be built; where the folder was last worked on with another, that asks something else, its
            replies say nothing.
    """
    if not all((home.root / name).is_file() for name in (REMEMBERED, JOURNAL, _REPORT)):
        return None
    done = home.read_json(_REPORT)["steps"].get(step)
    if done is None or _asked(remembered(home.root)) != _asked(config):
        return None
    return int(done["requests"])


def has_same_script(first: DataFolder, second: DataFolder) -> bool:
    """Whether two folders hold the same dialogues, whatever their labels, of sources that brought as much."""
    if any(first.count(table) != second.count(table) for table in _BESIDE):
        return False
    return all(one == other for one, other in zip_longest(_said(first), _said(second)))


_REPORT = "reports/generation.json"

_BESIDE = ("imported/profiles", "cleaned/specific", "cleaned/general")

_ASIDE = {"base_url", "concurrency", "requests_per_minute", "tokens_per_minute", "timeout", "price", "max_cost"}
_ASIDE |= {"batch", "tokenizer", "least_yield"}
"""Of the model: what changes no request."""


def _asked(config: BuildConfig) -> dict[str, object]:
    """The part of a build that its requests depend on."""
    return config.model_dump(mode="json", exclude={"model": _ASIDE, "card": True, "splits": True})


def _said(folder: DataFolder) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for dialogue in dialogues_of(folder):
        yield dialogue.id, [(turn.speaker, turn.text) for turn in dialogue.utterances]
