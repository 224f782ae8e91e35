"""The steps of a build that a language model does, and the report on which of its replies they rest."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.llm.budget import Prices
from roleinstruct.llm.journal import Journal
from roleinstruct.llm.request import Usage
from roleinstruct.pipeline.answering import run_answer
from roleinstruct.pipeline.cascading import run_cascade
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.generating import run_ask, run_profile
from roleinstruct.pipeline.labelling import label_options, run_label
from roleinstruct.pipeline.session import JOURNAL, Session
from roleinstruct.pipeline.writing import make_profiles, make_questions
from roleinstruct.pipeline.yields import Yield, expect_enough, yields_of
from roleinstruct.prompting import prompt_digest

__all__ = ["GENERATED", "forget", "run_generated"]

GENERATED = ("annotate", "profile", "ask", "answer")
"""The steps of a build that a model does if one is named, in order."""


def run_generated(step: str, folder: DataFolder, session: Session, config: BuildConfig) -> None:
    """Do one of the `GENERATED` steps by a model, and say in "reports/generation.json" which replies it rests on.

    Raises:
        EndpointError: No call can succeed.
        BudgetError: The next call could pass the limit on cost.
        JournalError: A reply could not be kept, or, in a replay, is not there.
        KeyboardInterrupt: Ctrl-C was pressed.
        YieldError: The step has brought too little of what it was asked for.
    """
    more: Mapping[str, object] = {}
    if step == "annotate" and config.annotation.cascade:
        keys, cascade = run_cascade(folder, session, config)
        more = {"cascade": cascade} if cascade else {}
    elif step == "annotate":
        keys = run_label(folder, session, label_options(config))
    elif step == "profile":
        profiles, keys = make_profiles(folder, session, config)
        run_profile(folder, session.listener, profiles)
    elif step == "answer":
        keys = run_answer(folder, session, config.general)
    else:
        asked = make_questions(folder, session, config)
        keys, more = asked.keys, {"kinds": asked.kinds, "rounds": asked.rounds}
        similarity = config.cleaning.instruction_similarity
        run_ask(folder, config.questions, similarity, session.listener, asked.outcomes)
    found = yields_of(step, folder, config)
    expect_enough(step, folder, found, config.model.least_yield, session.out)
    if found or step != "answer":
        prompts = {name: prompt_digest("roleinstruct.generate", name) for name in _prompts(step, config)}
        _report(step, folder, session, keys, found, {"prompts_sha256": prompts, **more})


def forget(step: str, folder: DataFolder) -> None:
    """Take out of the report what a step and later ones had noted, since they are done again."""
    if step in GENERATED and (folder.root / _REPORT).is_file():
        report = folder.read_json(_REPORT)
        earlier = _earlier(step, report["steps"])
        if earlier:
            folder.write_json(_REPORT, {**report, "steps": earlier})
        else:
            folder.remove_all(_REPORT)


def _earlier(step: str, noted: Mapping[str, Any]) -> dict[str, Any]:
    return {name: noted[name] for name in GENERATED[: GENERATED.index(step)] if name in noted}


def _report(
    step: str,
    folder: DataFolder,
    session: Session,
    keys: list[str],
    found: Mapping[str, Yield],
    more: Mapping[str, object],
) -> None:
    """Note the step's replies and what they brought; what later steps had noted is no longer true."""
    earlier = _earlier(step, folder.read_json(_REPORT)["steps"]) if (folder.root / _REPORT).is_file() else {}
    with Journal(session.out / JOURNAL, read_only=True) as journal:
        digest, tokens = journal.digest(keys), journal.total()
    stage = {
        "model": session.config.name,
        "requests": len(set(keys)),
        "journal_sha256": digest,
        "expected": sum(one.expected for one in found.values()),
        "delivered": sum(one.delivered for one in found.values()),
        "characters": {name: asdict(one) for name, one in found.items()},
        **more,
    }
    used = {name: asdict(usage) for name, usage in tokens.items()}
    folder.write_json(_REPORT, {"steps": {**earlier, step: stage}, "tokens": used, "cost": _cost(tokens, session)})


def _prompts(step: str, config: BuildConfig) -> tuple[str, ...]:
    """The names of the prompts that a step asks with."""
    if step == "annotate":
        return ("annotate_reasons" if config.annotation.reasons else "annotate",)
    return {"profile": ("profile", "profile_merge"), "ask": ("questions",), "answer": ("answers", "raw")}[step]


def _cost(tokens: Mapping[str, Usage], session: Session) -> float | None:
    """US dollars for the journal's tokens by the model's price, None where nobody knows it; the same in a replay."""
    config = session.config
    prices = Prices.flat(config.price) if config.price else Prices.load().at(config.base_url)
    costs = [prices.cost(config.name, usage, batch=config.batch) for usage in tokens.values()]
    known = [cost for cost in costs if cost is not None]
    return round(sum(known), 4) if len(known) == len(costs) else None


_REPORT = "reports/generation.json"
