"""The command that labels emotions: by the lexicon, by a classifier that was fitted, or by a model."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from roleinstruct.cli.model import (
    BaseUrl,
    Concurrency,
    MaxCost,
    Model,
    Price,
    Replay,
    WantsEstimate,
    expect_model,
    show_estimate,
    with_model,
)
from roleinstruct.cli.talk import fit_tables, listening, out, print_json
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.errors import ConfigError
from roleinstruct.files import expect_writable
from roleinstruct.generate.classifier import EmotionClassifier
from roleinstruct.pipeline.build import remembered, run_step
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.estimating import estimate_labels
from roleinstruct.pipeline.fitting import fit_labelled

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("annotate")(_annotate)


def _annotate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The data set folder.")],
    extractive: Annotated[
        bool, typer.Option("--extractive", help="By the lexicon, whatever the folder's builder says.")
    ] = False,
    labelled: Annotated[
        Path | None, typer.Option("--fit", metavar="LABELLED", help="Learn from this labelled data set or source.")
    ] = None,
    classifier: Annotated[
        Path | None, typer.Option("--classifier", metavar="FILE", help="Use what an earlier --fit has saved.")
    ] = None,
    save: Annotated[
        Path | None, typer.Option("--save", metavar="FILE", help="With --fit: keep what was learned.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="With --fit: its report as a JSON document.")] = False,
    model: Model = None,
    base_url: BaseUrl = None,
    max_cost: MaxCost = None,
    price: Price = None,
    concurrency: Concurrency = None,
    wants_estimate: WantsEstimate = False,
    replay: Replay = False,
    config: Annotated[str | None, typer.Option("--config", help="A builder file; by default the folder's own.")] = None,
) -> None:
    """Give every utterance without an emotion one of the ten: by the lexicon, a fitted classifier, or a model."""
    if labelled is None and (save or as_json):
        raise ConfigError("--save and --json belong to --fit, which is not there: say --fit LABELLED.")
    if sum(map(bool, (extractive, labelled, classifier, model))) > 1:
        raise ConfigError("--extractive, --fit, --classifier and --model name different labellers: say one of them.")
    if save:
        expect_writable(save)
    known = BuildConfig.load(config) if config else remembered(folder)
    if extractive or labelled or classifier:
        known = known.with_model(name="")
    known = with_model(known, model=model, base_url=base_url, max_cost=max_cost, price=price, concurrency=concurrency)
    if wants_estimate:
        show_estimate(expect_model(known), {"annotate": estimate_labels(DataFolder(folder), known.model)})
    elif labelled:
        _fit(labelled, folder, known, save, as_json=as_json)
    elif classifier:
        _label(EmotionClassifier.load(classifier), folder, known)
    else:
        with listening() as listener:
            run_step("annotate", known, folder, listener=listener, replay=replay)


def _fit(labelled: Path, folder: Path, known: BuildConfig, save: Path | None, *, as_json: bool) -> None:
    with listening() as listener:
        fitted, report = fit_labelled(labelled, listener)
    if save:
        fitted.save(save)
    _label(fitted, folder, known)
    if as_json:
        print_json(report.as_json())
    else:
        for table in fit_tables(report):
            out().print(table)


def _label(classifier: EmotionClassifier, folder: Path, known: BuildConfig) -> None:
    label = partial(classifier.label, overwrite=("extractive",))
    with listening() as listener:
        run_step("annotate", known, folder, listener=listener, label=label)
