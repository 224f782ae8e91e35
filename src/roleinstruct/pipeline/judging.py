"""Answers put before a judge: a data set folder's items and profiles, files of answers, and a model that judges."""

import json
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.persona import persona
from roleinstruct.dataset.rows import profile_of
from roleinstruct.errors import ConfigError, FolderError, RecordError, SourceError
from roleinstruct.evaluation.answers import Answers
from roleinstruct.evaluation.items import Item, digest_of, read_items
from roleinstruct.evaluation.judging import Game, Judged, JudgeOptions, families_of, games_of, judge_games, model_of
from roleinstruct.evaluation.responses import questions_of
from roleinstruct.evaluation.rubric import digest_of_rubric
from roleinstruct.evaluation.verdicts import Judge, Verdicts, read_verdicts, write_verdicts
from roleinstruct.files import expect_writable
from roleinstruct.language import language_of
from roleinstruct.llm.journal import Journal
from roleinstruct.llm.request import Usage
from roleinstruct.llm.shapes import first_request
from roleinstruct.llm.tokens import Tokenizer
from roleinstruct.pipeline.estimating import Estimate, RequestSum
from roleinstruct.pipeline.model_blocks import ModelConfig
from roleinstruct.pipeline.scoring import strange
from roleinstruct.pipeline.session import JOURNAL, Session

__all__ = ["Trial", "estimate_judging", "run_judge"]

_TASKS = ("cus", "spe")
"""What is asked of a character; a neutral answer ("raw") is nobody's voice."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What is put before a judge.

    Attributes:
        data: The data set folder.
        systems: What each system answered.
        options: How it is judged.
        limit: At most so many items of each character and task; None for all.
        only_answered: Leave out the items that not every system has answered, where else that is an error.
        own: Systems that are the judge's own model or of its family, beside those whose answers say so.
        name: Of the judge; "" for its model's.
    """

    data: Path
    systems: Sequence[Answers]
    options: JudgeOptions = field(default_factory=JudgeOptions)
    limit: int | None = None
    only_answered: bool = False
    own: Sequence[str] = ()
    name: str = ""

    def items(self) -> list[Item]:
        """What is judged: of the benchmark, or of the part whose questions the files of answers are to.

        Raises:
            ConfigError: The files are to different parts.
            FolderError: There is no benchmark.
            RecordError: No item is answered by every system, or one is not by some.
        """
        asked = questions_of(self.systems)
        found = read_items(DataFolder(self.data), tasks=_TASKS, limit=self.limit, questions=asked)
        if self.only_answered:
            found = [item for item in found if all(item.id in one.texts for one in self.systems)]
        if not found:
            raise RecordError("no item of the benchmark is answered by every system: are the files of this data set?")
        for one in self.systems:
            if missing := [item.id for item in found if item.id not in one.texts]:
                raise RecordError(
                    f"{one.system} has not answered {len(missing):,} of {len(found):,} items, first {missing[0]}: run "
                    "roleinstruct respond again to go on, or leave them out with --only-answered; or is the file of "
                    "another data set?"
                )
        return found

    def warnings(self) -> list[str]:
        """What is odd about the files of answers, beside this benchmark.

        Raises:
            FolderError: There is no benchmark.
        """
        items = read_items(DataFolder(self.data), questions=questions_of(self.systems))
        return [text for one in self.systems for text in strange(one, items)]

    def games(self) -> list[Game]:
        """All judgements to be had.

        Raises:
            FolderError: There are no profiles.
            ConfigError: See `games_of`.
            RecordError: See `games_of`.
        """
        return list(games_of(self.items(), self.systems, _personas(DataFolder(self.data)), self.options))


def run_judge(trial: Trial, session: Session, out: Path) -> Verdicts:
    """Have answers judged, and write the verdicts; a run that was stopped goes on where it was.

    Args:
        trial: What is judged.
        session: Who judges; its journal, in the data set folder, keeps every reply.
        out: Where the verdicts go, once all are there.

    Raises:
        ConfigError: The systems cannot be compared, or nothing can be written there without loss of another file.
        FolderError: The folder has no benchmark or no profiles.
        RecordError: A system has not answered every item.
        EndpointError: No call can succeed.
        BudgetError: The next call could pass the limit on cost.
        JournalError: A reply could not be kept, or, in a replay, is not there.
        KeyboardInterrupt: Ctrl-C was pressed.
    """
    _expect_own(trial, trial.name or session.config.name, out)
    own = families_of(session.config.name, trial.systems, trial.own)
    games = trial.games()
    found: list[Judged] = []
    told: list[_Told] = []

    async def judge_all() -> None:
        async with session.asker("judging", len(games)) as asker:
            async for judged in judge_games(iter(games), asker, session.window):
                found.append(judged)
            told.append(_Told.of(asker.engine.journal, found))

    session.run(judge_all())
    judge = _judge(trial, session, own, games, found, told[0])
    rows = tuple(judged.verdict for judged in found)
    write_verdicts(out, judge, rows)
    return Verdicts(judge, rows, out)


def _expect_own(trial: Trial, name: str, out: Path) -> None:
    """Check that nothing is written over but verdicts of this judge on these systems."""
    expect_writable(out)
    if not out.exists() or not out.stat().st_size:
        return
    if any(one.path.name and one.path.resolve() == out.resolve() for one in trial.systems):
        raise ConfigError(f"{out} is a file of answers that are to be judged: write the verdicts to another.")
    try:
        judge = read_verdicts(out).judge
    except SourceError as error:
        raise ConfigError(f"{out} exists and is no file of verdicts: write them to another.") from error
    systems = sorted(one.system for one in trial.systems)
    if judge.judge != name or sorted(judge.systems) != systems:
        raise ConfigError(
            f"{out} holds the verdicts of {judge.judge} on {', '.join(sorted(judge.systems))}, and {name} is to judge "
            f"{', '.join(systems)}: write them to another file."
        )


def estimate_judging(trial: Trial, config: ModelConfig) -> Estimate:
    """Count what a judge would be asked.

    Raises:
        ConfigError: The systems cannot be compared, or the tokenizer is none.
        FolderError: The folder has no benchmark or no profiles.
        RecordError: A system has not answered every item.
    """
    tokenizer = Tokenizer.of(config.tokenizer) if config.tokenizer else Tokenizer(config.name)
    path = trial.data / JOURNAL
    with Journal(path, read_only=True) if path.is_file() else nullcontext() as journal:
        found = RequestSum(tokenizer, journal)
        for game in trial.games():
            request = first_request(game.question, config.name)
            told = {**request.parameters, **config.parameters}
            kept = {name: value for name, value in told.items() if value is not None}
            found.add(replace(request, parameters=kept), _likely(len(game.order)))
        return found.estimate()


@dataclass(frozen=True, slots=True)
class _Told:
    """What the journal says of the replies: what they took, and when the first came."""

    usage: Usage
    requests: int
    date: str

    @classmethod
    def of(cls, journal: Journal, found: Sequence[Judged]) -> "_Told":
        entries = [journal.entry(key) for key in dict.fromkeys(key for judged in found for key in judged.keys)]
        usage = sum((entry.reply.usage for entry in entries), Usage())
        return cls(usage, len(entries), min((entry.created for entry in entries), default=""))


def _judge(
    trial: Trial, session: Session, own: tuple[str, ...], games: Sequence[Game], found: Sequence[Judged], told: _Told
) -> Judge:
    config, options = session.config, trial.options
    return Judge(
        trial.name or config.name,
        config.name,
        digest_of_rubric(),
        told.date,
        {one.system: model_of(one) for one in sorted(trial.systems, key=lambda s: s.system)},
        own,
        digest_of(list({game.item.id: game.item for game in games}.values())),
        options.orders,
        options.repeats,
        {**options.parameters, **config.parameters},
        tuple(sorted({judged.model for judged in found if judged.model})),
        told.requests,
        told.usage.prompt_tokens,
        told.usage.completion_tokens,
        session.meter.prices.cost(config.name, told.usage, batch=config.batch),
    )


def _personas(folder: DataFolder) -> dict[str, tuple[str, str]]:
    """Language and persona of each character."""
    if not folder.has("profiles"):
        raise FolderError(f"{folder.root} has no profiles, by which answers are judged: run roleinstruct profile.")
    found: dict[str, tuple[str, str]] = {}
    for row in folder.rows("profiles"):
        profile = profile_of(row)
        text = persona(profile)
        language = profile.language if profile.language in ("zh", "en") else language_of(text) or "zh"
        found[profile.character] = language, text
    return found


def _likely(answers: int) -> str:
    """A reply of the usual length."""
    reason = "像他平时说话，话少而直，只是有一处太书面；没有跟资料矛盾的地方。"
    grade = {"answer": "A", "style_reason": reason, "style": 4, "memory_reason": reason, "memory": 4}
    reply = {"scores": [grade] * answers, "ranking": [["A"]] * answers}
    return json.dumps(reply, ensure_ascii=False)
