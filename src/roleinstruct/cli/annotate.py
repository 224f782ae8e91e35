"""The command that labels emotions: by the lexicon, by a classifier that was fitted, or by a model."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from roleinstruct.cli.model import ModelOptions, expect_model, show_estimate, with_model_options
from roleinstruct.cli.options import Config, Folder
from roleinstruct.cli.talk import fit_tables, listening, out, print_json
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.errors import ConfigError
from roleinstruct.files import expect_writable
from roleinstruct.generate.classifier import EmotionClassifier
from roleinstruct.pipeline.build import run_step
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.estimating import estimate_step
from roleinstruct.pipeline.fitting import fit_labelled
from roleinstruct.pipeline.model_blocks import AUTO
from roleinstruct.pipeline.remembering import remembered

__all__ = ["annotate_folder"]

Cascade = Annotated[
    Path | None,
    typer.Option(
        "--cascade",
        metavar="LABELLED|auto",
        help="Ask the model only where a fitted one is unsure; needs roleinstruct[fit].",
    ),
]
Agreement = Annotated[
    float | None,
    typer.Option(
        "--agreement", help="With --cascade: the least kappa with the model's labels, 0 to 1; 0.95 by default."
    ),
]
Sample = Annotated[
    int | None,
    typer.Option(
        "--sample", help="With --cascade auto: lines to have labelled before it begins, 100 or more; 300 by default."
    ),
]


@with_model_options
def annotate_folder(
    folder: Folder,
    asking: ModelOptions,
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
    cascade: Cascade = None,
    agreement: Agreement = None,
    sample: Sample = None,
    config: Config = None,
) -> None:
    """Give every utterance without an emotion one of the ten: by the lexicon, a fitted classifier, or a model."""
    if labelled is None and (save or as_json):
        raise ConfigError("--save and --json belong to --fit, which is not there: say --fit LABELLED.")
    if sum(map(bool, (extractive, labelled, classifier, asking.model))) > 1:
        raise ConfigError("--extractive, --fit, --classifier and --model name different labellers: say one of them.")
    if save:
        expect_writable(save)
    known = BuildConfig.load(config) if config else remembered(folder)
    if extractive or labelled or classifier:
        known = known.with_model(name="")
    known = _with_cascade(asking.settled(known), cascade, agreement, sample)
    if asking.estimate:
        show_estimate(expect_model(known), {"annotate": estimate_step("annotate", DataFolder(folder), known)})
    elif labelled:
        _fit(labelled, folder, known, save, as_json=as_json)
    elif classifier:
        _label(EmotionClassifier.load(classifier), folder, known)
    else:
        with listening() as listener:
            run_step("annotate", known, folder, listener=listener, replay=asking.replay)


def _with_cascade(
    config: BuildConfig, cascade: Path | None, agreement: float | None, sample: int | None
) -> BuildConfig:
    """The build with the cascade that the options name; its path is remembered in full."""
    said = {"cascade": cascade, "agreement": agreement, "sample": sample}
    if cascade not in (None, AUTO):
        said["cascade"] = cascade.absolute()
    changes = {key: value for key, value in said.items() if value is not None}
    if not changes:
        return config
    chosen = config.with_annotation(**changes)
    if chosen.annotation.cascade is None:
        raise ConfigError("--agreement and --sample belong to --cascade, which is not there: say --cascade auto.")
    if not chosen.model.name:
        raise ConfigError("--cascade asks a model about what it is not sure of: say which with --model.")
    return chosen


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
