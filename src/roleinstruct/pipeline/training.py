"""A recipe run on a data set folder: mixed, encoded, trained, written as an adapter folder."""

from collections.abc import Callable, Sequence
from pathlib import Path

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.mixed import MIXTURE
from roleinstruct.dataset.mixture import mix
from roleinstruct.dataset.persona import PERSONAS, write_personas
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.recipes import expect_rows, mixture_config, say_way, with_base
from roleinstruct.pipeline.tiny import TINY_GLM
from roleinstruct.training.history import TrainReport
from roleinstruct.training.memory import expect_adapter
from roleinstruct.training.models import Size, tiny_config
from roleinstruct.training.processes import first_of_all_first, is_first
from roleinstruct.training.recipe import Recipe
from roleinstruct.training.reporting import reports
from roleinstruct.training.sft import Hearing, fit
from roleinstruct.training.started import expect_apart, expect_beginning
from roleinstruct.training.templates import load_config, load_tokenizer

__all__ = ["BASE", "expect_folders", "train"]

BASE = "base"
"""The folder of a base that is made for an adapter, inside the adapter's."""


def expect_folders(data: Path, out: Path, *, resume: bool) -> None:
    """Check the folders of a training, which takes no import of what trains.

    Args:
        data: The data set folder.
        out: The adapter folder.
        resume: See `train`.

    Raises:
        ConfigError: Nothing can be begun in `out`; see `started.expect_apart` and `started.expect_beginning`.
        FolderError: `data` is no data set folder.
    """
    DataFolder(data).expect_there()
    expect_apart(out, [data])
    if is_first():  # the others may come when it has begun
        expect_beginning(out, resume=resume)


def train(
    recipe: Recipe,
    data: Path,
    out: Path,
    *,
    resume: bool = False,
    report_to: Sequence[str] = ("tensorboard",),
    probe: int = 4,
    listener: Listener | None = None,
) -> TrainReport:
    """Train an adapter on a data set folder.

    Args:
        recipe: What to do.
        data: The data set folder, which is only read.
        out: The adapter folder.
        resume: Go on with the run that was begun in it; see `fit`.
        report_to: Where the log goes beside training.json; see `fit`.
        probe: Answers to keep at each evaluation; see `fit`.
        listener: Hears how far it is.

    Raises:
        FolderError: `data` is no finished data set folder.
        ConfigError: See `fit`, which says what else is raised.
    """
    expect_folders(data, out, resume=resume)
    heard, config, folder = listener or Listener(), mixture_config(recipe), DataFolder(data)
    spoken = heard if is_first() else Listener()
    _expect_fit(recipe, folder, out, report_to, spoken)
    with first_of_all_first():
        recipe = with_base(recipe, data, out / BASE, spoken)
    count = _counter(recipe)
    mixtures = {split: mix(folder, config, split, count_tokens=count) for split in ("train", "validation")}
    expect_rows(mixtures["train"], recipe, folder)
    mixed = {split: mixture.report() for split, mixture in mixtures.items()}

    def write_more(folder: Path) -> None:
        write_personas(folder / PERSONAS, mixtures["train"].personas)
        mixtures["train"].write(folder / MIXTURE)

    return fit(
        recipe,
        mixtures["train"].examples,
        mixtures["validation"].examples,
        out,
        resume=resume,
        report_to=report_to,
        probe=probe,
        hearing=Hearing(heard.say, heard.progress),
        record={"mixture": mixed, "personas": dict(mixtures["train"].personas)},
        write_more=write_more,
    )


def _expect_fit(recipe: Recipe, data: DataFolder, out: Path, report_to: Sequence[str], heard: Listener) -> None:
    """Refuse what can be refused before a base is made or loaded, which takes a minute."""
    reports(report_to, lambda _sentence: None)
    recipe.sft_config(out)
    if recipe.model.name_or_path == TINY_GLM:  # its tokens cannot be counted yet, but its rows can
        expect_rows(mix(data, mixture_config(recipe), "train", count_tokens=len), recipe, data)
        size = Size()
        expect_adapter(recipe, tiny_config(size, vocab_size=size.vocabulary, pad_token_id=0))
    else:
        say_way(recipe, heard)
        expect_adapter(recipe, load_config(recipe))


def _counter(recipe: Recipe) -> Callable[[str], int]:
    tokenizer = load_tokenizer(recipe)
    return lambda text: len(tokenizer(text, add_special_tokens=False)["input_ids"])
