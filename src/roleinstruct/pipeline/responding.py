"""A system's answers to the benchmark of a data set folder: asked for, kept one by one, gone on with."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from roleinstruct.dataset.features import TASKS
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.persona import PERSONAS
from roleinstruct.errors import ConfigError, EndpointError
from roleinstruct.evaluation.answers import AnswerFile
from roleinstruct.evaluation.endpoint_model import EndpointModel, request_of
from roleinstruct.evaluation.items import Questions, digest_of, read_items
from roleinstruct.evaluation.local_model import LocalModel, batches_of, weights_of
from roleinstruct.evaluation.responses import NEUTRAL, Query, Response, neutral_queries, personas_of, queries_of
from roleinstruct.evaluation.sampling import Sampling
from roleinstruct.llm.journal import Journal
from roleinstruct.llm.ordered import in_order
from roleinstruct.llm.tokens import Tokenizer
from roleinstruct.pipeline.estimating import Estimate, RequestSum
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.model_blocks import ModelConfig
from roleinstruct.pipeline.session import JOURNAL, Session

__all__ = ["Asked", "Counts", "estimate_responses", "respond_by_endpoint", "respond_locally"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked, and where the answers go.

    Attributes:
        data: The data set folder, which is only read.
        out: The file of answers; a journal lies in `.roleinstruct/` beside it.
        system: The system's name in tables.
        sampling: How it answers.
        tasks: Which of `TASKS`.
        characters: Whose items; None for everybody's.
        limit: At most so many of each character and task.
        neutral: Ask without a persona, and RAW alone; each instruction once for all characters.
        personas: The system prompts of a training, see `dataset.persona.PERSONAS`; None for those of the profiles, and
            for those of a local adapter where its folder has them.
        questions: Whose items; those of other parts than the benchmark are for learning from, and never for scores.
    """

    data: Path
    out: Path
    system: str
    sampling: Sampling
    tasks: Sequence[str] = TASKS
    characters: Sequence[str] | None = None
    limit: int | None = None
    neutral: bool = False
    personas: Path | None = None
    questions: Questions = "benchmark"

    def queries(self) -> tuple[list[Query], str]:
        """What is asked, and the digest of the whole benchmark, so that a larger part goes on in the same file.

        Raises:
            FolderError: There is no benchmark, or nothing of it is wanted.
            ConfigError: There is no such task or character, or nobody's answers are wanted to more than RAW,
                or the file of system prompts holds none.
        """
        folder = DataFolder(self.data)
        if self.neutral and "raw" not in self.tasks:
            raise ConfigError(f"{', '.join(self.tasks)} are asked in character alone; expected raw without a persona.")
        tasks = ("raw",) if self.neutral else self.tasks
        items = read_items(folder, tasks=tasks, characters=self.characters, limit=self.limit, questions=self.questions)
        queries = neutral_queries(items) if self.neutral else queries_of(items, personas_of(folder, self.personas))
        return queries, digest_of(read_items(folder, questions=self.questions))

    def settings(self, **model: object) -> dict[str, object]:
        """What the file of answers keeps of how they came about, beside the model."""
        personas = {"personas": sha256(self.personas.read_bytes()).hexdigest()[:16]} if self.personas else {}
        questions = {} if self.questions == "benchmark" else {"questions": self.questions}
        return {**model, **self.sampling.as_json(), **(NEUTRAL if self.neutral else personas), **questions}


@dataclass(slots=True)
class Counts:
    """How the questions were answered in one run.

    Attributes:
        items: Items of the benchmark that were to be answered.
        known: Those that the file had answers to before.
        empty: Answers without a word, of those in the file now.
        refused: Questions that the model or its server would not answer; each is an empty answer.
        cut: Answers that did not come to an end within the tokens they had.
        lost: Questions that no reply came to; the same command asks them again.
        refusals: The items of the refused questions, by the reason.
    """

    items: int = 0
    known: int = 0
    empty: int = 0
    refused: int = 0
    cut: int = 0
    lost: int = 0
    refusals: dict[str, list[str]] = field(default_factory=dict)

    def told(self) -> str:
        """In one sentence."""
        parts = [f"{self.items:,} items"]
        parts += [f"{self.known:,} were answered before"] if self.known else []
        parts += [f"{self.empty:,} answers are empty"] if self.empty else []
        parts += [f"{self.refused:,} questions were refused"] if self.refused else []
        parts += [f"{self.cut:,} answers were cut off at the most tokens"] if self.cut else []
        parts += [f"{self.lost:,} questions got no reply: give the same command again"] if self.lost else []
        return f"answered: {', '.join(parts)}"


def respond_by_endpoint(
    asked: Asked, config: ModelConfig, *, listener: Listener | None = None, replay: bool = False
) -> Counts:
    """Have the model of an endpoint answer.

    Args:
        asked: What.
        config: The model, and what to keep to.
        listener: Hears how far it is.
        replay: Answer from the journal alone.

    Raises:
        EndpointError: No call can succeed, or every question is refused.
        BudgetError: The next call could pass the limit.
        JournalError: A reply could not be kept, or is missing from a replay.
        KeyboardInterrupt: Ctrl-C was pressed; what was answered is kept.
    """
    queries, digest = asked.queries()
    heard = listener or Listener()
    session = Session(config, asked.out.parent, heard, replay)
    settings = asked.settings(model=config.name) | {"parameters": config.parameters}

    async def ask_all(file: AnswerFile, counts: Counts) -> None:
        open_ones = [query for query in queries if not _is_known(query, file)]
        async with session.asker("answering the benchmark", len(open_ones)) as asker:
            model = EndpointModel(asker, asked.sampling)
            replies = in_order(open_ones, model.answer, session.window)
            position = 0
            async for response in replies:
                _keep(open_ones[position], response, file, counts)
                position += 1

    with AnswerFile(asked.out, asked.system, settings, digest) as file:
        counts = _begun(queries, file)
        session.run(ask_all(file, counts))
        return _ended(counts, file, heard)


def respond_locally(
    asked: Asked, *, base: str = "", adapter: str = "", batch_size: int = 8, listener: Listener | None = None
) -> Counts:
    """Have a model on this machine answer.

    A batch of which some answers are missing is answered whole again, so that a run that was stopped ends with the same
    file as one that was not.

    Args:
        asked: What.
        base: See `LocalModel`.
        adapter: See `LocalModel`.
        batch_size: Questions side by side.
        listener: Hears how far it is.

    Raises:
        ConfigError: There is no such model.
        EndpointError: No question fits into its context.
        MissingExtraError: The libraries are not installed.
    """
    asked = replace(asked, personas=asked.personas or _trained(adapter))
    queries, digest = asked.queries()
    heard = listener or Listener()
    heard.say(f"loading {adapter or base}")  # the Hub may let one wait
    model = LocalModel(base, adapter)
    weights = {"adapter": adapter, "weights": weights_of(adapter)} if adapter else {}
    settings = asked.settings(base=model.base, **weights) | {"dtype": model.dtype}
    with AnswerFile(asked.out, asked.system, settings, digest) as file:
        counts, done = _begun(queries, file), 0
        for batch in batches_of(model, queries, batch_size):
            heard.progress("answering the benchmark", done, len(queries))
            done += len(batch)
            if all(_is_known(query, file) for query in batch):
                continue
            for query, response in zip(batch, model.answer(batch, asked.sampling), strict=True):
                _keep(query, response, file, counts)
        heard.progress("answering the benchmark", done, len(queries))
        return _ended(counts, file, heard)


def estimate_responses(asked: Asked, config: ModelConfig) -> Estimate:
    """What the answers of an endpoint would cost."""
    queries, _ = asked.queries()
    tokenizer = Tokenizer.of(config.tokenizer) if config.tokenizer else Tokenizer(config.name)
    path = asked.out.parent / JOURNAL
    with Journal(path, read_only=True) if path.is_file() else nullcontext() as journal:
        found = RequestSum(tokenizer, journal)
        for query in queries:
            found.add(request_of(query, config.name, asked.sampling, config.parameters), query.likely)
        return found.estimate()


def _trained(adapter: str) -> Path | None:
    """The system prompts that a local adapter was trained with, where its folder has them."""
    file = Path(adapter) / PERSONAS
    return file if adapter and file.is_file() else None


def _is_known(query: Query, file: AnswerFile) -> bool:
    return all(item in file.known for item in query.items)


def _begun(queries: Sequence[Query], file: AnswerFile) -> Counts:
    items = [item for query in queries for item in query.items]
    return Counts(items=len(items), known=sum(item in file.known for item in items))


def _ended(counts: Counts, file: AnswerFile, listener: Listener) -> Counts:
    """Keep the refusals too, which are no answers of a system that gave none besides: its settings are wrong then."""
    if counts.refusals and not any(file.known.values()):
        why, some = next(iter(counts.refusals.items()))
        raise EndpointError(f"every question was refused, {len(some):,} of them so: {why.rstrip('.')}.")
    for item in (item for some in counts.refusals.values() for item in some):
        file.add(item, "")
    counts.empty = sum(not text for text in file.known.values())
    listener.say(counts.told())
    return counts


def _keep(query: Query, response: Response | None, file: AnswerFile, counts: Counts) -> None:
    if response is None:
        counts.lost += 1
        return
    counts.cut += response.is_cut
    counts.refused += bool(response.refusal)
    for item in query.items:
        if item in file.known:
            continue
        if response.refusal:
            counts.refusals.setdefault(response.refusal, []).append(item)
        else:
            file.add(item, response.text)
