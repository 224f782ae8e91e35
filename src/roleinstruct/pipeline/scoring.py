"""Files of answers to the paper's table: read, scored, and held against what the training part knows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from roleinstruct.dataset.features import TASKS
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.emotions import Emotion
from roleinstruct.encoders.load import load_encoder
from roleinstruct.errors import ConfigError, FolderError
from roleinstruct.evaluation.answers import Answers, read_answers
from roleinstruct.evaluation.benchmark import Measure, Table, score_systems
from roleinstruct.evaluation.beside import beside
from roleinstruct.evaluation.contamination import SHARE, Contaminated, contaminated, training_answers
from roleinstruct.evaluation.items import Item, digest_of, read_items
from roleinstruct.evaluation.paper import paper_table
from roleinstruct.evaluation.responses import NEUTRAL, questions_of
from roleinstruct.generate.emotions import label
from roleinstruct.metrics.rouge_l import Compat, rouge_l
from roleinstruct.metrics.rpcs import rpcs
from roleinstruct.metrics.score import CorpusScore, Score
from roleinstruct.records import Utterance

__all__ = ["ScoreOptions", "Scored", "extractive_emotion", "score_files", "strange"]


@dataclass(frozen=True, slots=True)
class ScoreOptions:
    """How answers are scored.

    Attributes:
        metric: "rouge_l" or "rpcs".
        encoder: Of RPCS, see `load_encoder`.
        cache: The folder that keeps an encoder's vectors.
        tokenizer: Of Rouge-L; None for "char".
        compat: Of Rouge-L, see `rouge_l`.
        tasks: Which of `TASKS`.
        characters: Whose items; None for everybody's.
        exclude_contaminated: Leave out items that stand in the training part.
        only_answered: Leave out items that a system has not answered.
    """

    metric: str = "rouge_l"
    encoder: str | None = None
    cache: Path | None = None
    tokenizer: str | None = None
    compat: str | None = None
    tasks: Sequence[str] = TASKS
    characters: Sequence[str] | None = None
    exclude_contaminated: bool = False
    only_answered: bool = False

    def measure(self) -> Measure:
        """The metric.

        Raises:
            ConfigError: There is no such metric, or a setting is not its own.
        """
        if self.metric == "rouge_l" and self.encoder is None:
            # What is no compat mode is refused there, with the list of those that are.
            tokenizer, compat = self.tokenizer or "char", cast("Compat | None", self.compat)
            return lambda answers, references: rouge_l(
                answers, references, tokenizer=tokenizer, compat=compat, floor=False
            )
        if self.metric == "rpcs" and self.encoder is not None and not (self.tokenizer or self.compat):
            encoder = load_encoder(self.encoder, cache=self.cache)
            return lambda answers, references: rpcs(answers, references, encoder=encoder)
        if self.metric not in ("rouge_l", "rpcs"):
            raise ConfigError(f"there is no metric {self.metric!r}; there are rouge_l and rpcs.")
        if self.metric == "rpcs" and self.encoder is None:
            raise ConfigError("rpcs compares by an encoder: give --encoder SPEC, such as ngrams.")
        raise ConfigError(
            f"the metric {self.metric!r} was given with the encoder {self.encoder}, tokenizer {self.tokenizer} and "
            f"compat {self.compat}; expected rouge_l, with a tokenizer or compat if you like, or rpcs with an encoder."
        )


@dataclass(frozen=True, slots=True)
class Scored:
    """Everything that is said of some files of answers.

    Attributes:
        table: The systems on the benchmark.
        beside: What Rouge-L does not see, by system and metric.
        known: Items that stand in the training part, see `contaminated`.
        excluded: How many of them were left out.
        files: By system its file and settings.
        warnings: What speaks against a comparison.
    """

    table: Table
    beside: Mapping[str, Mapping[str, Score | CorpusScore]]
    known: Sequence[Contaminated]
    excluded: int
    files: Sequence[Answers]
    warnings: Sequence[str]

    @property
    def contaminated(self) -> dict[str, int]:
        """How many items of each task stand in the training part."""
        counts = Counter({item.item: item.task for item in self.known}.values())
        return {task: counts[task] for task in TASKS}

    def as_json(self) -> dict[str, Any]:
        """One JSON document of all of it."""
        whole = self.table.as_json()
        for system, file in zip(whole["systems"], self.files, strict=True):
            scores = self.beside[file.system]
            system["beside"] = {
                metric: score.as_json() if isinstance(score, Score) else asdict(score)
                for metric, score in scores.items()
            }
            system["settings"], system["file"] = dict(file.settings), str(file.path)
        return {
            **whole,
            "contamination": {
                "share": SHARE,
                "items": self.contaminated,
                "excluded": self.excluded,
                "found": [asdict(one) for one in self.known],
            },
            "paper": paper_table(2).as_json(),
            "warnings": list(self.warnings),
        }


def score_files(paths: Sequence[Path], folder: DataFolder, options: ScoreOptions | None = None) -> Scored:
    """Score files of answers to the benchmark of a data set folder.

    Args:
        paths: One a system.
        folder: The data set folder.
        options: How.

    Raises:
        SourceError: A file is no file of answers.
        FolderError: There is no benchmark, or nothing of it is left.
        RecordError: A system has not answered every item.
        ConfigError: An option has no meaning, two systems bear one name, or a file is not of the benchmark.
    """
    chosen = options or ScoreOptions()
    measure, systems = chosen.measure(), [read_answers(path) for path in paths]
    if (part := questions_of(systems)) != "benchmark":
        raise ConfigError(
            f"{systems[0].path} answers the {part} questions, which are for learning from: score answers to the "
            "benchmark, which respond asks without --questions."
        )
    asked = read_items(folder, tasks=chosen.tasks, characters=chosen.characters)
    warnings = [text for one in systems for text in strange(one, read_items(folder))]
    if chosen.only_answered:
        asked = [item for item in asked if all(item.id in one.texts for one in systems)]
    known = contaminated(asked, folder)
    names = {one.item for one in known}
    items = [item for item in asked if not (chosen.exclude_contaminated and item.id in names)]
    if asked and not items:
        raise FolderError(f"every item of {folder.root} stands in its training part: build a test split of its own.")
    table = score_systems(items, systems, measure, only_answered=chosen.only_answered)
    found = beside(items, systems, training_answers(folder), extractive_emotion, "extractive")
    return Scored(table, found, known, len(asked) - len(items), systems, warnings)


def extractive_emotion(item: Item, answer: str) -> Emotion:
    """The emotion of an answer by the lexicon, the question before it being heard."""
    return label([Utterance("", item.instruction), Utterance(item.character, answer)])[-1]


def strange(answers: Answers, items: Sequence[Item]) -> list[str]:
    """What is odd about a file, beside this whole benchmark: a sentence for each."""
    told = []
    there = [item for item in items if item.id in answers.texts]
    if NEUTRAL.items() <= answers.settings.items():
        told.append(
            f"{answers.path} was asked without a persona: hold it against another such file with roleinstruct "
            "forgetting, and not against answers in character."
        )
    if answers.items and answers.items not in (digest_of(items), digest_of(there)):
        told.append(
            f"{answers.path} was asked other items than the {len(items):,} of this data set (digest "
            f"{answers.items[:8]}, here {digest_of(items)[:8]}): its answers may be to other questions."
        )
    if others := len(answers.texts) - len(there):
        told.append(f"{answers.path} has {others:,} answers to items that are not in this benchmark.")
    return told
