"""General instructions that a model answers in the voice of each character."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path

from roleinstruct.dataset.features import features
from roleinstruct.dataset.folder import PRIVATE, DataFolder
from roleinstruct.dataset.persona import persona
from roleinstruct.dataset.rows import dialogue_of, general_row, instruction_of, profile_of
from roleinstruct.dataset.splits import instruction_key
from roleinstruct.encoders.load import load_encoder
from roleinstruct.generate.answering import AnswerOptions, Answers, answers_by_model
from roleinstruct.generate.describing import spoken
from roleinstruct.generate.profiles import parse_profile
from roleinstruct.generate.repertoire import Repertoire
from roleinstruct.generate.roles import Role
from roleinstruct.language import language_of
from roleinstruct.llm.clipping import clipped
from roleinstruct.llm.ordered import in_order
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.general import general_instructions
from roleinstruct.pipeline.generating import everyone, is_wanted
from roleinstruct.pipeline.imported import imported_profiles
from roleinstruct.pipeline.ledger import open_ledger
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.model_blocks import GeneralConfig, ModelConfig
from roleinstruct.pipeline.session import Session
from roleinstruct.pipeline.watching import Watch
from roleinstruct.records import CharacterProfile, Instruction

__all__ = ["ANSWERED", "Job", "answer_jobs", "answer_options", "run_answer"]

ANSWERED = "answered/general"
"""The working table of what was answered."""


@dataclass(frozen=True, slots=True)
class Job:
    """One instruction for one character.

    Attributes:
        id: Of the row that is to come of it.
        instruction: What is asked.
        role: Who answers, with the examples for this instruction.
    """

    id: str
    instruction: Instruction
    role: Role


def run_answer(folder: DataFolder, session: Session, config: GeneralConfig) -> list[str]:
    """Write `answered/general`: what a model answers to general instructions as each character that wants answers.

    Every answer that was asked for is in a row, or rejected with its reason (unit "answer").

    Returns:
        The requests whose answers were used, in the journal. `run_generated` says what is raised.
    """
    asked, options, keys = _asked(folder, config, session.listener), answer_options(config), list[str]()
    if not asked:
        session.listener.say(f"no character is asked general instructions (general.when: {config.when}).")
        return keys
    watch = Watch("answer", session.config.least_yield)
    total = sum(options.asked(instruction) for mine in asked.values() for instruction in mine)
    with open_ledger(folder, "answer") as ledger, folder.writer(ANSWERED, features("general").arrow_schema) as writer:

        async def answer_all() -> None:
            async with session.asker("answering instructions", total) as asker:

                async def answer(job: Job) -> tuple[Job, Answers]:
                    return job, await answers_by_model(job.instruction, job.role, asker, options)

                every = _jobs(folder, asked, session.config, session.out)
                jobs = takewhile(lambda _: not watch.is_hopeless, every)
                async for job, found in in_order(jobs, answer, session.window):
                    ledger.read("answer", options.asked(job.instruction))
                    watch.hear(options.asked(job.instruction) - len(found.failed), found.failed)
                    for rejected in found.failed:
                        ledger.reject(rejected)
                    if found.item is not None:
                        writer.write(general_row(replace(found.item, id=job.id)))
                        keys.extend(found.keys)
            watch.expect_hope()

        session.run(answer_all())
    return keys


def answer_jobs(folder: DataFolder, config: BuildConfig, listener: Listener) -> Iterator[Job]:
    """What `run_answer` asks, character by character; the folder need only be cleaned."""
    return _jobs(folder, _asked(folder, config.general, listener), config.model, folder.root)


def answer_options(config: GeneralConfig) -> AnswerOptions:
    """How each of them is asked."""
    return AnswerOptions(samples=config.samples, neutral=config.neutral)


def _asked(folder: DataFolder, config: GeneralConfig, listener: Listener) -> dict[str, list[Instruction]]:
    """By character, the instructions for those who want some; what the source has them answer is not asked again."""
    general = folder.by_character("cleaned/general")
    known = {name: [instruction_of(row) for row in general.rows(name)] for name in everyone(folder)}
    profiles, dialogues = _profiles(folder), folder.by_character("dialogues")
    languages = {
        name: spoken(profiles[name], map(dialogue_of, dialogues.rows(name)))
        for name, items in known.items()
        if is_wanted(config, items)
    }
    if not languages:
        return {}
    every = general_instructions(config, set(languages.values()), listener)
    return {name: _fit(every, known[name], language, config) for name, language in languages.items()}


def _fit(every: list[Instruction], known: list[Instruction], language: str, config: GeneralConfig) -> list[Instruction]:
    """The instructions in a character's language, but those that are answered, up to the limit."""
    answered = {instruction_key(item.instruction) for item in known}
    fit = [
        item
        for item in every
        if instruction_key(item.instruction) not in answered
        and (config.language == "any" or language_of(item.instruction) in ("", language))
    ]
    return fit[: config.limit]


def _jobs(folder: DataFolder, asked: Mapping[str, list[Instruction]], model: ModelConfig, home: Path) -> Iterator[Job]:
    """What is asked; the vectors of an encoder are kept in the folder that the user named."""
    encoder = load_encoder(model.encoder, cache=home / PRIVATE)
    profiles, dialogues = _profiles(folder), folder.by_character("dialogues")
    tables = [folder.by_character(table) for table in ("cleaned/specific", "asked/specific")]
    for name, instructions in asked.items():
        profile = profiles[name]
        # A third of the context for who it is; the rest is for examples, instruction and answer.
        who = clipped(persona(profile), model.context_tokens // 3)
        role = Role.of(profile, who, list(map(dialogue_of, dialogues.rows(name))))
        own = (instruction_of(row) for table in tables for row in table.rows(name))
        repertoire = Repertoire(encoder, own)
        for number, instruction in enumerate(instructions, 1):
            shown = role.showing(repertoire.nearest(instruction.instruction))
            yield Job(f"{name}-answered-{number:05d}", instruction, shown)


def _profiles(folder: DataFolder) -> dict[str, CharacterProfile]:
    """By character: as they were written, or before that as the source has them."""
    if folder.has("profiles"):
        return {row["character"]: profile_of(row) for row in folder.rows("profiles")}
    texts = imported_profiles(folder)
    return {name: parse_profile(texts.get(name, CharacterProfile(name))) for name in everyone(folder)}
