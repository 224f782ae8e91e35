"""What judges or people have said of answers, learnt: pairs of a data set folder's questions, and the stage on them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.persona import PERSONAS, read_personas, write_personas
from roleinstruct.errors import ConfigError
from roleinstruct.evaluation.answers import Answers, read_answers
from roleinstruct.evaluation.items import Item, Questions, digest_of, read_items
from roleinstruct.evaluation.preferences import (
    Pairing,
    Pairs,
    Vote,
    pairs_of,
    texts_of,
    votes_of_people,
    votes_of_verdicts,
)
from roleinstruct.evaluation.ratings import read_ratings
from roleinstruct.evaluation.responses import personas_of, queries_of, questions_of
from roleinstruct.evaluation.verdicts import read_verdicts
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.tiny import TINY_GLM
from roleinstruct.training.export.opening import open_adapter
from roleinstruct.training.history import TrainReport
from roleinstruct.training.preference import prefer
from roleinstruct.training.preference_rows import Preference
from roleinstruct.training.recipe import Recipe
from roleinstruct.training.sft import Hearing
from roleinstruct.training.started import expect_apart

__all__ = ["Evidence", "Learnt", "prefer_from"]

_TASKS = ("cus", "spe")
"""What is judged; a neutral answer is nobody's voice."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """The pairs that are to be learnt from.

    Attributes:
        train: Of training questions, and of the benchmark's where that is allowed.
        validation: Of validation questions, by which is seen whether it was learnt.
        refused: Questions of the benchmark that were judged, and are left out.
    """

    train: Pairs
    validation: Pairs
    refused: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was judged, and by whom.

    Attributes:
        data: The data set folder.
        answers: Files of answers, one or more a system.
        verdicts: Files of judges.
        ratings: Files of people's ratings.
        how: How pairs are made of them.
        allow_benchmark: Learn from questions of the benchmark too: scores on it say nothing of such an adapter.
    """

    data: Path
    answers: Sequence[Path]
    verdicts: Sequence[Path] = ()
    ratings: Sequence[Path] = ()
    how: Pairing = field(default_factory=Pairing)
    allow_benchmark: bool = False

    def pairs(self) -> Learnt:
        """Read all of it, and make pairs.

        Raises:
            ConfigError: There is neither a verdict nor a rating, the answers are to questions that the data set does
                not ask now, an answered system is missing, or every question is of the benchmark.
            FolderError: There are no training questions.
            RecordError: See `texts_of`.
            SourceError: A file is none of its kind.
        """
        if not (self.verdicts or self.ratings):
            raise ConfigError(
                "nobody says which answers are better: give --verdicts of a judge or --ratings of people."
            )
        answers = [read_answers(path) for path in self.answers]
        files = [read_verdicts(path) for path in self.verdicts]
        votes = [*votes_of_verdicts(files), *votes_of_people(r for path in self.ratings for r in read_ratings(path))]
        _expect_answers(answers, votes)
        folder, texts = DataFolder(self.data), texts_of(answers, files)
        parts = {questions_of([one]) for one in answers}
        train = _items(folder, "train", answers)
        validation = _items(folder, "validation", answers) if "validation" in parts else []
        benchmark = _items(folder, "benchmark", answers) if folder.has("benchmark") else []
        asked = {item.id for item in benchmark}
        if self.allow_benchmark:
            train = [*train, *benchmark]
        else:
            refused = {vote.item for vote in votes if vote.item in asked}
            votes = [vote for vote in votes if vote.item not in refused]
            _expect_some(votes, len(refused))
        to_see = {item.id for item in validation}
        return Learnt(
            pairs_of((vote for vote in votes if vote.item not in to_see), train, texts, self.how),
            pairs_of((vote for vote in votes if vote.item in to_see), validation, texts, self.how),
            0 if self.allow_benchmark else len(refused),
        )


def prefer_from(
    evidence: Evidence,
    recipe: Recipe,
    adapter: Path,
    out: Path,
    *,
    resume: bool = False,
    report_to: Sequence[str] = ("tensorboard",),
    listener: Listener | None = None,
) -> TrainReport:
    """Tune an adapter by what was judged.

    Args:
        evidence: What was judged.
        recipe: See `prefer`, which says what is raised; one for a base that is made on the spot takes the adapter's.
        adapter: The adapter's folder. Its persona prompts are those that are learnt with.
        out: The new adapter folder.
        resume: Go on with the run that was begun in it.
        report_to: Where the log goes beside training.json.
        listener: Hears how far it is.
    """
    heard = listener or Listener()
    expect_apart(out, [evidence.data, adapter])
    if recipe.model.name_or_path == TINY_GLM:
        words = {"name_or_path": open_adapter(adapter).base}
        recipe = recipe.model_copy(update={"model": recipe.model.model_copy(update=words)})
    learnt = evidence.pairs()
    for sentence in _told(learnt):
        heard.say(sentence)
    known = adapter / PERSONAS
    personas = personas_of(DataFolder(evidence.data), known if known.is_file() else None)

    def write_more(folder: Path) -> None:
        if known.is_file():
            write_personas(folder / PERSONAS, read_personas(known))

    return prefer(
        recipe,
        adapter,
        _preferences(learnt.train, personas),
        _preferences(learnt.validation, personas),
        out,
        resume=resume,
        report_to=report_to,
        hearing=Hearing(heard.say, heard.progress),
        record={"preferences": _record(evidence, learnt)},
        write_more=write_more,
    )


def _items(folder: DataFolder, part: Questions, answers: Sequence[Answers]) -> list[Item]:
    """The questions of a part; answers to it have to be to these."""
    every = read_items(folder, questions=part)
    digest = digest_of(every)
    for one in answers:
        if one.items and questions_of([one]) == part and one.items != digest:
            raise ConfigError(
                f"{one.path} answers other {part} questions (digest {one.items[:8]}) than {folder.root} has now "
                f"({digest[:8]}): have them answered and judged again."
            )
    return [item for item in every if item.task in _TASKS]


def _expect_answers(answers: Sequence[Answers], votes: Sequence[Vote]) -> None:
    there = {one.system for one in answers}
    if missing := sorted({name for vote in votes for name in vote.systems} - there):
        raise ConfigError(
            f"the answers of {missing[0]} were judged, and there is no file of them; there are those of "
            f"{', '.join(sorted(there)) or 'nobody'}: give it with --answers."
        )


def _expect_some(votes: Sequence[Vote], refused: int) -> None:
    if not votes and refused:
        raise ConfigError(
            f"all {refused:,} questions that were judged are of the benchmark, and what was learnt from it cannot be "
            "measured by it: have training questions answered with respond --questions train and judge those, or say "
            "--allow-benchmark and score nothing on it."
        )


def _preferences(pairs: Pairs, personas: dict[str, str]) -> list[Preference]:
    queries = queries_of([pair.item for pair in pairs.pairs], personas)
    prompts = {name: query.messages for query in queries for name in query.items}
    return [
        Preference(pair.item.id, pair.item.character, prompts[pair.item.id], pair.chosen, pair.rejected)
        for pair in pairs.pairs
    ]


def _told(learnt: Learnt) -> list[str]:
    said = [f"{len(learnt.train.pairs):,} pairs to learn from, {len(learnt.validation.pairs):,} to see what was learnt"]
    for pairs in (learnt.train, learnt.validation):
        if pairs.left_out:
            counts = ", ".join(f"{reason} {count:,}" for reason, count in pairs.left_out.items())
            said.append(f"pairs of answers that make none: {counts}")
    if learnt.refused:
        said.append(f"questions of the benchmark, which are not learnt from: {learnt.refused:,}")
    return said


def _record(evidence: Evidence, learnt: Learnt) -> dict[str, Any]:
    """For training.json; no paths, for it is published."""
    return {
        **asdict(evidence.how),
        "from_benchmark": evidence.allow_benchmark,
        "benchmark_refused": learnt.refused,
        "judges": sorted({read_verdicts(path).judge.judge for path in evidence.verdicts}),
        "by_people": bool(evidence.ratings),
        **{
            name: {"pairs": len(pairs.pairs), "left_out": dict(pairs.left_out)}
            for name, pairs in (("train", learnt.train), ("validation", learnt.validation))
        },
    }
