"""The stages that a language model does: records go out, and what comes back is written down in the same order."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict

from roleinstruct.dataset.features import features
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import dialogue_of, dialogue_row, instruction_of, profile_of
from roleinstruct.generate.annotating import Annotated, AnnotateOptions, annotate_by_model
from roleinstruct.generate.annotating import requests_of as label_requests
from roleinstruct.generate.profiles import parse_profile
from roleinstruct.generate.profiling import profile_by_model
from roleinstruct.generate.questioning import QuestionOptions, questions_by_model
from roleinstruct.llm.asking import Asker
from roleinstruct.llm.journal import Journal
from roleinstruct.llm.ordered import in_order
from roleinstruct.pipeline.config import BuildConfig, QuestionsConfig
from roleinstruct.pipeline.generating import everyone, is_wanted, run_ask, run_profile
from roleinstruct.pipeline.imported import imported_profiles
from roleinstruct.pipeline.ledger import NO_MODEL, open_ledger
from roleinstruct.pipeline.session import JOURNAL, Session
from roleinstruct.records import CharacterProfile, Dialogue, Instruction, Rejected

__all__ = ["GENERATED", "dialogues_of", "question_options", "run_generated"]


GENERATED = ("annotate", "profile", "ask")
"""The steps of a build that a model does if one is named, in order."""


def run_generated(step: str, folder: DataFolder, session: Session, config: BuildConfig) -> None:
    """Do one of the `GENERATED` steps by a model, and say in "reports/generation.json" which replies it rests on.

    Raises:
        EndpointError: No call can succeed.
        BudgetError: The next call could pass the limit on cost.
        JournalError: A reply could not be kept, or, in a replay, is not there.
        KeyboardInterrupt: Ctrl-C was pressed.
    """
    if step == "annotate":
        keys = _run_label(folder, session)
    elif step == "profile":
        profiles, keys = _make_profiles(folder, session)
        run_profile(folder, session.listener, profiles)
    else:
        questions, keys = _make_questions(folder, session, config.questions)
        run_ask(folder, config.questions, config.cleaning.instruction_similarity, session.listener, questions)
    _report(step, folder, session, keys)


def _report(step: str, folder: DataFolder, session: Session, keys: list[str]) -> None:
    """Note the step's replies; what later steps had noted is no longer true."""
    known = folder.read_json(_REPORT)["steps"] if (folder.root / _REPORT).is_file() else {}
    earlier = {name: known[name] for name in GENERATED[: GENERATED.index(step)] if name in known}
    with Journal(session.out / JOURNAL, read_only=True) as journal:
        digest, tokens = journal.digest(keys), journal.total()
    stage = {"model": session.config.name, "requests": len(set(keys)), "journal_sha256": digest}
    used = {name: asdict(usage) for name, usage in tokens.items()}
    folder.write_json(_REPORT, {"steps": {**earlier, step: stage}, "tokens": used})


_REPORT = "reports/generation.json"


def question_options(config: QuestionsConfig) -> QuestionOptions:
    """How to ask for the questions that are wanted: enough pieces of the script."""
    return QuestionOptions(pieces=-(-config.per_character // _PAIRS), pairs=_PAIRS)


def _run_label(folder: DataFolder, session: Session) -> list[str]:
    """Ask a model for the emotion of every turn that nobody has labelled but this package.

    A label that could not be had leaves the turn as it was, and is a rejected row of its own.

    Args:
        folder: The data set folder, cleaned.
        session: Whom to ask.

    Returns:
        The requests whose answers were used, in the journal.

    Raises:
        EndpointError: No call can succeed.
        BudgetError: The next call could pass the limit on cost.
        JournalError: A reply could not be kept, or, in a replay, is not there.
        KeyboardInterrupt: Ctrl-C was pressed.
    """
    options = AnnotateOptions(samples=session.config.samples)
    total = sum(len(label_requests(dialogue, session.config.name, options)) for dialogue in dialogues_of(folder))
    keys: list[str] = []
    with (
        open_ledger(folder, "annotate") as ledger,
        folder.writer("annotated", features("dialogues").arrow_schema) as writer,
    ):

        async def label_all() -> None:
            async with session.asker("labelling emotions", total) as asker:
                async for found in in_order(dialogues_of(folder), _labelling(asker, options), session.window):
                    writer.write(dialogue_row(found.dialogue))
                    keys.extend(found.keys)
                    asked = _by_model(found.dialogue) + len(found.failed)
                    ledger.read("label", asked)
                    for rejected in found.failed:
                        ledger.reject(rejected)

        session.run(label_all())
    if folder.has("annotated"):
        folder.replace("annotated", "dialogues")
    return keys


def _make_profiles(folder: DataFolder, session: Session) -> tuple[dict[str, CharacterProfile], list[str]]:
    """Have a model write a profile of each character, from the source's own text and the dialogues.

    What no profile could be made of is rejected; what the source says of a character stays as it is.

    Returns:
        Profiles by character, and the requests whose answers were used. `run_generated` says what is raised.
    """
    texts, dialogues = imported_profiles(folder), folder.by_character("dialogues")
    made: dict[str, CharacterProfile] = {}
    keys: list[str] = []
    with open_ledger(folder, "profile") as ledger:

        async def write_all() -> None:
            async with session.asker("writing profiles", None) as asker:
                for name in everyone(folder):
                    known = parse_profile(texts.get(name, CharacterProfile(name)))
                    found = await profile_by_model(known, list(map(dialogue_of, dialogues.rows(name))), asker)
                    made[name] = found.profile
                    keys.extend(found.keys)
                    for rejected in found.failed:
                        ledger.read(rejected.unit, rejected.lines)
                        ledger.reject(rejected)

        session.run(write_all())
    return made, keys


def _make_questions(
    folder: DataFolder, session: Session, config: QuestionsConfig
) -> tuple[dict[str, list[Instruction | Rejected]], list[str]]:
    """Have a model make questions with answers for each character that wants some.

    Returns:
        Outcomes by character, and the requests whose answers were used. `run_generated` says what is raised.
    """
    dialogues, specific = folder.by_character("dialogues"), folder.by_character("cleaned/specific")
    profiles = {row["character"]: profile_of(row) for row in folder.rows("profiles")}
    options = question_options(config)
    made: dict[str, list[Instruction | Rejected]] = {}
    keys: list[str] = []

    async def make_all() -> None:
        async with session.asker("making questions", None) as asker:
            for name in everyone(folder):
                known = [instruction_of(row) for row in specific.rows(name)]
                if not is_wanted(config, known):
                    continue
                script = list(map(dialogue_of, dialogues.rows(name)))
                found = await questions_by_model(profiles[name], script, asker, options)
                made[name] = [*found.items, *found.failed]
                keys.extend(found.keys)

    session.run(make_all())
    return made, keys


_PAIRS = 10


def _labelling(asker: Asker, options: AnnotateOptions) -> Callable[[Dialogue], Awaitable[Annotated]]:
    return lambda dialogue: annotate_by_model(dialogue, asker, options)


def _by_model(dialogue: Dialogue) -> int:
    """Turns that a model has labelled."""
    return sum(turn.annotator not in NO_MODEL for turn in dialogue.utterances)


def dialogues_of(folder: DataFolder) -> Iterator[Dialogue]:
    """The dialogues of a folder; none where there is no table."""
    return map(dialogue_of, folder.rows("dialogues")) if folder.has("dialogues") else iter(())
