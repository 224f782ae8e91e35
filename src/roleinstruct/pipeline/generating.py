"""Stages 3 to 5 without a model: emotions, profiles, and questions from what was really said."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from roleinstruct.dataset.features import features
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import Row, dialogue_of, dialogue_row, instruction_of, profile_row, specific_row
from roleinstruct.generate.emotions import annotate
from roleinstruct.generate.profiles import enrich, parse_profile
from roleinstruct.generate.questions import extract_questions
from roleinstruct.generate.vocatives import names_of
from roleinstruct.pipeline.imported import imported_profiles
from roleinstruct.pipeline.ledger import Ledger, open_ledger
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.model_blocks import GeneralConfig, QuestionsConfig
from roleinstruct.pipeline.repeats import repeats
from roleinstruct.records import CharacterProfile, Dialogue, Instruction, Place, Rejected

__all__ = ["everyone", "is_wanted", "run_annotate", "run_ask", "run_profile"]


def run_annotate(folder: DataFolder, listener: Listener, label: Callable[[Dialogue], Dialogue] = annotate) -> None:
    """Give every utterance that has no emotion one; labels of the source stay.

    Args:
        folder: The data set folder, cleaned.
        listener: Hears how far it is.
        label: Who labels a dialogue: the lexicon, or a classifier that was fitted.
    """
    if not folder.has("dialogues"):
        return
    dialogues = (dialogue_of(row) for row in folder.rows("dialogues"))
    with folder.writer("annotated", features("dialogues").arrow_schema) as writer:
        total = folder.count("dialogues")
        for number, dialogue in enumerate(dialogues):
            listener.progress("labelling emotions", number, total)
            writer.write(dialogue_row(label(dialogue)))
    folder.replace("annotated", "dialogues")


def run_profile(folder: DataFolder, listener: Listener, made: Mapping[str, CharacterProfile] | None = None) -> None:
    """Write `profiles`: the profile text's fields and traits, what was made, and what the script shows.

    Args:
        folder: The data set folder, cleaned.
        listener: Hears how far it is.
        made: By character, the profile that a model made of the source's and the script.
    """
    texts = imported_profiles(folder)
    with folder.writer("profiles") as writer:
        characters = everyone(folder)
        dialogues = folder.by_character("dialogues")
        for number, character in enumerate(characters):
            listener.progress("writing profiles", number, len(characters))
            known = texts.get(character, CharacterProfile(character))
            profile = parse_profile(known) if made is None else made[character]
            writer.write(profile_row(enrich(profile, map(dialogue_of, dialogues.rows(character)))))


def run_ask(
    folder: DataFolder,
    config: QuestionsConfig,
    similarity: float,
    listener: Listener,
    made: Mapping[str, Sequence[Instruction | Rejected]] | None = None,
) -> None:
    """Write `asked/specific`: questions and answers that stand in the dialogues as adjacent turns, or that were made.

    Args:
        folder: The data set folder, cleaned.
        config: For whom, and how many.
        similarity: From which on a question repeats an earlier one of the same character, 0.6 to 1; the build's
            `cleaning.instruction_similarity`.
        listener: Hears how far it is.
        made: By character, what a model made, in place of what stands in the dialogues.
    """
    with (
        open_ledger(folder, "ask") as ledger,
        folder.writer("asked/specific", features("specific").arrow_schema) as writer,
    ):
        characters = everyone(folder)
        dialogues, specific = folder.by_character("dialogues"), folder.by_character("cleaned/specific")
        names = _names(folder)
        for number, character in enumerate(characters):
            listener.progress("looking for questions", number, len(characters))
            known = [instruction_of(row) for row in specific.rows(character)]
            if not is_wanted(config, known):
                continue
            found = _stand_there(dialogues.rows(character), names) if made is None else made[character]
            asked = _accounted(found, ledger)
            named = [replace(item, id=f"{character}-asked-{n:05d}") for n, item in enumerate(asked, 1)]
            most, reworded = config.per_character, made is not None
            for item in _chosen(named, known, similarity, most, ledger, reworded=reworded):
                writer.write(specific_row(item))


def is_wanted(config: QuestionsConfig | GeneralConfig, known: Collection[Instruction]) -> bool:
    """Whether a character whose source brings some questions, or answers to general ones, is to get more."""
    return config.when == "always" or (config.when == "missing" and not known)


def _stand_there(dialogues: Iterable[Row], names: frozenset[str]) -> Iterator[Instruction | Rejected]:
    return chain.from_iterable(extract_questions(dialogue_of(row), names) for row in dialogues)


def _names(folder: DataFolder) -> frozenset[str]:
    """What those who speak in the source may be called."""
    if not folder.has("imported/utterances"):
        return frozenset()
    return names_of(row["speaker"] for row in folder.rows("imported/utterances", columns=["speaker"]))


def _accounted(outcomes: Iterable[Instruction | Rejected], ledger: Ledger) -> Iterator[Instruction]:
    for outcome in outcomes:
        ledger.read("question")
        if isinstance(outcome, Rejected):
            ledger.reject(outcome)
        else:
            yield outcome


def _chosen(
    items: list[Instruction],
    known: list[Instruction],
    similarity: float,
    most: int,
    ledger: Ledger,
    *,
    reworded: bool,
) -> Iterator[Instruction]:
    """The first items that repeat neither one another nor what is known already, `most` at most."""
    out = repeats(items, known, similarity, reworded=reworded)
    kept = 0
    for item in items:
        if repeat := out.get(item.id):
            ledger.reject(_left_out(item, repeat.reason, repeat.payload))
        elif kept == most:
            ledger.reject(_left_out(item, "enough", {}))
        else:
            kept += 1
            yield item


def _left_out(item: Instruction, reason: str, more: dict[str, Any]) -> Rejected:
    payload = {"question": item.instruction, "answer": item.responses[0], **more}
    return Rejected("question", reason, "ask", item.place or Place("", 0, 0), payload, character=item.character)


def everyone(folder: DataFolder) -> list[str]:
    """All who have a dialogue, a profile or an instruction, in that order."""
    tables = ("dialogues", "imported/profiles", "cleaned/specific", "cleaned/general")
    found = chain.from_iterable(folder.by_character(table).names for table in tables)
    return [name for name in dict.fromkeys(found) if name]
