"""Files of answers, verdicts and ratings to the files of one report."""

import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.errors import ConfigError, RecordError
from roleinstruct.evaluation.benchmark import score_systems
from roleinstruct.evaluation.items import Item, read_items
from roleinstruct.evaluation.ratings import Rating, read_ratings
from roleinstruct.evaluation.report.document import Report
from roleinstruct.evaluation.report.gather import Evidence, gather
from roleinstruct.evaluation.report.hub import Result, eval_results, file_name, model_index, results_of
from roleinstruct.evaluation.report.markdown import markdown
from roleinstruct.evaluation.report.origins import Spent
from roleinstruct.evaluation.report.page import page
from roleinstruct.evaluation.rubric import STAGE
from roleinstruct.evaluation.verdicts import Verdicts, read_verdicts
from roleinstruct.files import expect_writable, whole
from roleinstruct.llm.budget import Prices
from roleinstruct.llm.journal import Journal
from roleinstruct.llm.request import Usage
from roleinstruct.pipeline.scoring import Scored, ScoreOptions, extractive_emotion, score_files
from roleinstruct.pipeline.session import JOURNAL

__all__ = ["Made", "ReportOptions", "make_report", "write_report"]


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """What a report is made of.

    Attributes:
        answers: Files of answers, one a system.
        verdicts: Files of verdicts, one a judge.
        ratings: Files of ratings by people.
        encoder: Of RPCS, see `load_encoder`; None leaves it out.
        cache: The folder that keeps the encoder's vectors.
        exclude_contaminated: Leave out items that stand in the training part.
        only_answered: Leave out items that a system has not answered.
    """

    answers: Sequence[Path]
    verdicts: Sequence[Path] = ()
    ratings: Sequence[Path] = ()
    encoder: str | None = None
    cache: Path | None = None
    exclude_contaminated: bool = False
    only_answered: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """A report, and the figures that the Hub takes.

    Attributes:
        report: The report.
        results: By system.
    """

    report: Report
    results: Mapping[str, Sequence[Result]]


def make_report(folder: DataFolder, options: ReportOptions) -> Made:
    """Score, read and gather.

    Args:
        folder: The data set folder whose benchmark was answered.
        options: What of.

    Raises:
        SourceError: A file is not what it should be.
        FolderError: There is no benchmark.
        RecordError: A system has not answered every item, or verdicts or ratings are of another data set.
        ConfigError: Two systems bear one name, or verdicts are not about the same answers.
    """
    verdicts = [read_verdicts(path) for path in options.verdicts]
    ratings = [rating for path in options.ratings for rating in read_ratings(path)]
    every = {item.id for item in read_items(folder)}
    for path, file in zip(options.verdicts, verdicts, strict=True):
        _expect_known(path, (row.id for row in file.rows), every, folder)
    for path in options.ratings:
        _expect_known(path, (rating.item for rating in read_ratings(path)), every, folder)
    scoring = ScoreOptions(exclude_contaminated=options.exclude_contaminated, only_answered=options.only_answered)
    scored = score_files(options.answers, folder, scoring)
    evidence = _evidence(folder, options, scored, verdicts, ratings)
    report = gather(evidence)
    judges, people = report.data["judges"], report.data["people"]
    tables = [table for table in (evidence.table, evidence.similarity) if table is not None]
    return Made(report, results_of(tables, people, judges["judges"] if judges else []))


def write_report(made: Made, target: Path, *, name: str, dataset: str | None = None) -> list[Path]:
    """Write `report.html`, `report.md`, `report.json`, and by system what a model card takes.

    Args:
        made: The report.
        target: The folder; of other names files stay.
        name: Of the data set.
        dataset: Its id on the Hub, "owner/name"; without one the files for `.eval_results/` are not written.

    Returns:
        The files.

    Raises:
        ConfigError: The target is a file.
    """
    texts = {
        "report.html": page(made.report),
        "report.md": markdown(made.report),
        "report.json": json.dumps(made.report.as_json(), ensure_ascii=False, indent=1, allow_nan=False) + "\n",
    }
    for system, results in made.results.items():
        place = f"results/{file_name(system)}"
        texts[f"{place}.model-index.yaml"] = model_index(system, results, dataset or name, name)
        if dataset is not None:
            texts[f"{place}.eval_results.yaml"] = eval_results(results, dataset)
    if target.exists() and not target.is_dir():
        raise ConfigError(f"{target} is a file, and a folder for the report was expected: choose another name.")
    for file in texts:
        expect_writable(target / file)
    for file, text in texts.items():
        with whole(target / file) as out:
            out.write(text.encode("utf-8", "replace"))
    return [target / file for file in texts]


def _expect_known(path: Path, ids: Iterable[str], known: set[str], folder: DataFolder) -> None:
    """Refuse a file of which no item is in the benchmark."""
    if not known.intersection(ids):
        raise RecordError(
            f"no item of {path} is in the benchmark of {folder.root}: name the data set folder that it was made with."
        )


def _evidence(
    folder: DataFolder,
    options: ReportOptions,
    scored: Scored,
    verdicts: Sequence[Verdicts],
    ratings: Sequence[Rating],
) -> Evidence:
    items = _scored_items(folder, options, scored)
    similarity = None
    if options.encoder is not None:
        measure = ScoreOptions("rpcs", options.encoder, options.cache).measure()
        similarity = score_systems(items, scored.files, measure)
    return Evidence(
        name=folder.root.resolve().name,
        items=items,
        systems=scored.files,
        table=scored.table,
        similarity=similarity,
        beside=scored.beside,
        known=scored.known,
        excluded=scored.excluded,
        emotion_of=extractive_emotion,
        annotator="extractive",
        verdicts=verdicts,
        ratings=ratings,
        spent=_spent({folder.root.resolve(): None} | {path.resolve().parent: None for path in options.answers}),
        digests=_digests(options, scored, verdicts),
        versions=_versions(),
        remarks=_remarks(scored, verdicts, ratings),
    )


def _scored_items(folder: DataFolder, options: ReportOptions, scored: Scored) -> list[Item]:
    """The items that the scores are of, in their order."""
    known = {one.item for one in scored.known} if options.exclude_contaminated else set()
    return [
        item
        for item in read_items(folder)
        if item.id not in known and all(item.id in one.texts for one in scored.files)
    ]


def _remarks(scored: Scored, verdicts: Sequence[Verdicts], ratings: Sequence[Rating]) -> list[str]:
    """What speaks against the figures; files by their name alone, for reports are shown to others."""
    told = []
    for text in scored.warnings:
        for file in scored.files:
            text = text.replace(str(file.path), file.path.name)
        told.append(text)
    names = {one.system for one in scored.files}
    for verdict in verdicts:
        if others := sorted(set(verdict.judge.systems) - names):
            told.append(f"{verdict.judge.judge} has judged {', '.join(others)} too, whose answers are not here.")
        if silent := sorted(names - set(verdict.judge.systems)):
            told.append(f"{verdict.judge.judge} has not judged {', '.join(silent)}.")
    if others := sorted({rating.system for rating in ratings} - names):
        told.append(f"People have rated {', '.join(others)} too, whose answers are not here.")
    return told


def _spent(places: Iterable[Path]) -> list[Spent]:
    """The journals of the data set and beside the answers, by stage and model; judges have their own heads."""
    sums: dict[tuple[str, str], tuple[int, Usage]] = {}
    for path in (place / JOURNAL for place in places if (place / JOURNAL).is_file()):
        with Journal(path, read_only=True) as journal:
            for entry in journal.rows():
                if entry.stage != STAGE:
                    calls, usage = sums.get((entry.stage, entry.request.model), (0, Usage()))
                    sums[entry.stage, entry.request.model] = calls + 1, usage + entry.reply.usage
    prices = Prices.load()
    return [
        Spent(stage, model, calls, usage.prompt_tokens, usage.completion_tokens, prices.cost(model, usage))
        for (stage, model), (calls, usage) in sorted(sums.items())
    ]


def _digests(options: ReportOptions, scored: Scored, verdicts: Sequence[Verdicts]) -> dict[str, str]:
    """Of each file, by what is in it: files in several folders may bear one name."""
    names = [
        *(f"answers of {one.system}" for one in scored.files),
        *(f"verdicts of {one.judge.judge}" for one in verdicts),
        *(f"ratings {number}" for number in range(1, len(options.ratings) + 1)),
    ]
    paths = (*options.answers, *options.verdicts, *options.ratings)
    return {name: sha256(path.read_bytes()).hexdigest() for name, path in zip(names, paths, strict=True)}


def _versions() -> dict[str, str]:
    """Of what the figures depend on."""
    found = {"python": platform.python_version()}
    for name in ("roleinstruct", "numpy", "rapidfuzz", "datasets"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed as a package"
    return found
