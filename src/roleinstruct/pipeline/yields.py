"""What a step that a model does was to bring, and what it brought: one that brings too little fails, and says why."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from roleinstruct.dataset.folder import PRIVATE, DataFolder
from roleinstruct.dataset.rows import Row, dialogue_of, instruction_of, profile_of
from roleinstruct.errors import YieldError
from roleinstruct.files import whole
from roleinstruct.generate.chunks import chunks_of
from roleinstruct.generate.describing import spoken
from roleinstruct.pipeline.answering import ANSWERED
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.generating import everyone, is_wanted
from roleinstruct.pipeline.ledger import NO_MODEL, answers_in
from roleinstruct.pipeline.writing import profile_options, question_options
from roleinstruct.profile_fields import is_told

__all__ = ["Yield", "expect_enough", "yields_of"]


@dataclass(frozen=True, slots=True)
class Yield:
    """Of one character.

    Attributes:
        expected: What the step asked for.
        delivered: What came of it.
    """

    expected: int
    delivered: int


def yields_of(step: str, folder: DataFolder, config: BuildConfig) -> dict[str, Yield]:
    """What a step that has just been done was to bring for each character, and what it brought.

    "annotate": labels of lines that were asked for; "profile": pieces of the script, of which none has come to
    anything where the profile states nothing; "ask": the questions that are wanted, or as many as the script was asked
    for if these are fewer; "answer": answers, the neutral ones too.

    Args:
        step: One of `modelled.GENERATED`.
        folder: After the step.
        config: By which it was done.
    """
    expected, delivered = Counter[str](), Counter[str]()
    for name, wanted, came in _SIDES[step](folder, config):
        expected[name] += wanted
        delivered[name] += came
    return {name: Yield(count, delivered[name]) for name, count in expected.items() if count}


def expect_enough(step: str, folder: DataFolder, found: Mapping[str, Yield], least: float, out: Path) -> None:
    """Check that a step has brought its share.

    Args:
        step: As for `yields_of`.
        folder: After the step.
        found: What `yields_of` gave.
        least: The share that it must bring, 0 to 1.
        out: The data set folder that the step is done for; what a step that fails has rejected is written down there.

    Raises:
        YieldError: It has brought less.
    """
    failed = out / PRIVATE / "failed" / f"{step}.jsonl"
    expected = sum(one.expected for one in found.values())
    delivered = sum(one.delivered for one in found.values())
    if delivered >= least * expected:
        failed.unlink(missing_ok=True)
        return
    reasons = Counter(str(row["reason"]) for row in _rejected(step, folder) for _ in range(row["lines"]))
    with whole(failed) as file:
        for row in _rejected(step, folder):
            line = json.dumps({**row, "payload": json.loads(row["payload"])}, ensure_ascii=False)
            file.write(f"{line}\n".encode())
    why = ", ".join(f"{n:,} {reason}" for reason, n in reasons.most_common(3)) or "too little was said"
    raise YieldError(
        f"{step} brought {delivered:,} of {expected:,} {_WHAT[step]} ({_worst(found, least)}), less than the share "
        f"model.least_yield of {least:g} ({why}); every reply is kept in the journal and not paid for again: read what "
        f"the model said in {failed}, then change what it is asked, or take what there is with "
        f"--set model.least_yield={delivered * 100 // expected / 100:g}."
    )


_WHAT = {"annotate": "labels", "profile": "pieces of the scripts", "ask": "questions", "answer": "answers"}
_NAMED = 3


def _worst(found: Mapping[str, Yield], least: float) -> str:
    """The characters with the smallest shares."""
    ranked = sorted(found.items(), key=lambda one: one[1].delivered / one[1].expected)
    short = [one for one in ranked if one[1].delivered < least * one[1].expected]
    named = [f"{name} {one.delivered:,} of {one.expected:,}" for name, one in short[:_NAMED]]
    left = len(short) - _NAMED
    more = [f"and {left} more character{'s' if left > 1 else ''}"] if left > 0 else []
    return ", ".join((*named, *more))


Sides = Iterator[tuple[str, int, int]]
"""Character, how much is expected, and how much came."""


def _labels(folder: DataFolder, _: BuildConfig) -> Sides:
    if folder.has("dialogues"):
        for row in folder.rows("dialogues", columns=["character", "turns"]):
            labelled = sum(turn["annotator"] not in NO_MODEL for turn in row["turns"])
            yield row["character"], labelled, labelled
    for row in _rejected("annotate", folder):
        yield row["character"], row["lines"], 0


def _pieces(folder: DataFolder, config: BuildConfig) -> Sides:
    """Pieces of the script that a profile is made of; none has come of them where it states nothing."""
    dialogues, context = folder.by_character("dialogues"), profile_options(config).context
    rejected = (row for row in _rejected("profile", folder) if "dialogues" in json.loads(row["payload"]))
    lost = Counter(row["character"] for row in rejected)
    for profile in map(profile_of, folder.rows("profiles") if folder.has("profiles") else ()):
        name, script = profile.character, list(map(dialogue_of, dialogues.rows(profile.character)))
        pieces = len(chunks_of(script, context, spoken(profile, script)))
        stated = profile.text.strip() or profile.traits or any(map(is_told, profile.fields))
        yield name, pieces, max(0, pieces - lost[name]) if stated else 0


def _questions(folder: DataFolder, config: BuildConfig) -> Sides:
    dialogues, specific = folder.by_character("dialogues"), folder.by_character("cleaned/specific")
    kept, options = folder.by_character("asked/specific"), question_options(config)
    profiles = {row["character"]: profile_of(row) for row in folder.rows("profiles")}
    for name in everyone(folder):
        if is_wanted(config.questions, [instruction_of(row) for row in specific.rows(name)]):
            script = list(map(dialogue_of, dialogues.rows(name)))
            pieces = len(chunks_of(script, options.context, spoken(profiles[name], script)))
            asked = options.pairs * min(pieces, -(-config.questions.per_character // options.pairs))
            yield name, min(config.questions.per_character, asked), sum(1 for _ in kept.rows(name))


def _answers(folder: DataFolder, _: BuildConfig) -> Sides:
    if folder.has(ANSWERED):
        for item in map(instruction_of, folder.rows(ANSWERED)):
            yield item.character, answers_in(item), answers_in(item)
    for row in _rejected("answer", folder):
        yield row["character"], row["lines"], 0


_SIDES = {"annotate": _labels, "profile": _pieces, "ask": _questions, "answer": _answers}


def _rejected(step: str, folder: DataFolder) -> Iterator[Row]:
    return folder.rows(f"rejected/{step}") if folder.has(f"rejected/{step}") else iter(())
