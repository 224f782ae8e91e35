"""The steps of a build that a language model does, and the report on which of its replies they rest."""

from dataclasses import asdict

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.llm.journal import Journal
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.generating import run_ask, run_profile
from roleinstruct.pipeline.labelling import run_label
from roleinstruct.pipeline.session import JOURNAL, Session
from roleinstruct.pipeline.writing import make_profiles, make_questions

__all__ = ["GENERATED", "run_generated"]

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
        keys = run_label(folder, session)
    elif step == "profile":
        profiles, keys = make_profiles(folder, session)
        run_profile(folder, session.listener, profiles)
    else:
        questions, keys = make_questions(folder, session, config.questions)
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
