"""What a model is trained on: instructions, dialogues and neutral answers of a data set folder, mixed."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from roleinstruct.dataset.candidates import Candidate
from roleinstruct.dataset.choosing import amount, balanced, chosen
from roleinstruct.dataset.emotion_prompts import asking_for
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.mixed import Mixed, Mixture
from roleinstruct.dataset.persona import PHRASINGS, persona
from roleinstruct.dataset.pool import Pool
from roleinstruct.dataset.rows import profile_of
from roleinstruct.emotions import Emotion
from roleinstruct.errors import ConfigError, FolderError
from roleinstruct.records import CharacterProfile, Example, Message

__all__ = ["MixtureConfig", "mix"]

Share = Annotated[float, Field(ge=0, lt=1)]
Count = Annotated[int, Field(ge=0, strict=True)]  # strict, so that 1.0 is not a single row
Positive = Annotated[int, Field(ge=1)]


class MixtureConfig(BaseModel):
    """How a data set folder is mixed: a recipe's `data` block.

    Without a word everything in character is taken once, as the paper does (RoleCraft-GLM, section 3.3).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    strategy: Literal["general", "specific", "hybrid"] = "hybrid"
    """"general": general instructions answered in character. "specific": questions about the character's own life, and
    dialogues. "hybrid": both."""
    specific: Count | Annotated[float, Field(gt=0, lt=1)] | None = None
    """Rows of each character: a count, or in a hybrid the share that they have in its instructions; None: all."""
    general: Count | None = None
    """Rows of each character, an answer being a row; None: all."""
    max_repeats: Positive = 4
    """How often one row may be used to reach a share or a count. Up to four times, rows that are seen again teach
    about as much as new ones (Muennighoff et al. 2023, Scaling Data-Constrained Language Models)."""
    answers: Positive | None = None
    """Answers taken of a general instruction; None: all that there are."""
    characters: tuple[str, ...] | None = None
    """Whose rows; None: everybody's."""
    dialogues: Count | Share = 0
    """Turns of dialogues: a count for each character, or the share that they have in its rows."""
    context_turns: Positive = 6
    """Turns that are shown before a turn of a dialogue, at most."""
    neutral: Count | Share = 0
    """Neutral answers to general instructions, asked without a system prompt, against forgetting: a count, or their
    share in all rows."""
    emotion: Literal["none", "tag", "system"] = "none"
    """How the prompt asks for the emotion that the answer has; see `asking_for`."""
    emotion_share: Annotated[float, Field(ge=0, le=1)] = 0.8
    """Of the rows whose emotion is known, the share that asks for it. The others, like all rows of which nobody knows
    it, ask for none, and so does whoever asks the model without wanting one."""
    persona_tokens: Positive | None = None
    """The most tokens of a system prompt; see `persona` for what goes first. None: as long as the profile is."""
    phrasings: Annotated[int, Field(ge=1, le=PHRASINGS)] = 1
    """In how many ways the system prompt is said."""

    @model_validator(mode="after")
    def _is_a_share_or_counts(self) -> Self:
        if isinstance(self.specific, float) and self.general is not None:
            raise ValueError(
                f"specific is a share ({self.specific}), and general a count ({self.general}): give two counts, or "
                "the share alone"
            )
        return self


def mix(folder: DataFolder, config: MixtureConfig, split: str, *, count_tokens: Callable[[str], int]) -> Mixture:
    """Mix the rows of one split.

    The same tables and configuration give the same mixture, in whatever order the rows stand. A grown data set keeps
    the rows that it had, but for those that new ones with lesser digests displace. Only the split "train" is repeated,
    and only it has dialogues: never one of a held-out character, one that a row of another split was taken from, or one
    in which the benchmark's questions and answers are said (see `Held.why`).

    A model is asked as it was trained when its system prompt is that of `Mixture.personas` and no emotion is named.

    Args:
        folder: A data set folder; its published tables are enough.
        config: How.
        split: "train", "validation", "test" or "unseen".
        count_tokens: The tokens of a text.

    Returns:
        The mixture, without rows where the folder has none to offer. Rows that a strategy has no use for are left out
        by "strategy", those above a count or share by "not_needed".

    Raises:
        ConfigError: It names a character that is not there.
        FolderError: There are no profiles, or one of a character is missing.
    """
    profiles = {row["character"]: profile_of(row) for row in folder.rows("profiles")}
    if unknown := sorted(set(config.characters or ()) - set(profiles)):
        raise ConfigError(f"data.characters names {unknown[0]}, and {folder.root} has {', '.join(sorted(profiles))}.")
    pool = Pool(folder, split, config.characters)
    taken = [*_of_characters(pool, config)]
    if config.neutral:
        taken += _taken(pool, pool.neutral(), amount(config.neutral, len(taken)), 1)
    writer = _Writer(profiles, config, count_tokens)
    mixed = sorted((writer.mixed(row, time) for row, time in taken), key=lambda one: _draw(one.example.id))
    return Mixture(
        split,
        config.model_dump(mode="json"),
        tuple(mixed),
        {name: writer.persona(name, 0) for name in sorted(profiles)},
        pool.left_out,
        _digest(mixed),
    )


def _of_characters(pool: Pool, config: MixtureConfig) -> Iterator[tuple[Candidate, int]]:
    most = config.max_repeats if pool.split == "train" else 1
    instructions = _by_character(pool.instructions(config.answers))
    with_dialogues = config.dialogues and config.strategy != "general" and pool.split == "train"
    turns = _by_character(pool.turns(config.context_turns)) if with_dialogues else {}
    for name in sorted({*instructions, *turns}):
        rows = instructions.get(name, [])
        kinds = {kind: [row for row in rows if row.kind == kind] for kind in ("specific", "general")}
        for kind in kinds:
            if config.strategy not in (kind, "hybrid"):
                pool.leave_out(kind, "strategy", len(kinds[kind]))
                kinds[kind] = []
        wanted = _wanted(len(kinds["specific"]), len(kinds["general"]), config, most)
        taken = [*_taken(pool, kinds["specific"], wanted[0], most), *_taken(pool, kinds["general"], wanted[1], most)]
        yield from taken
        yield from _taken(pool, turns.get(name, []), amount(config.dialogues, len(taken)), 1)


def _by_character(rows: Iterator[Candidate]) -> dict[str, list[Candidate]]:
    found: dict[str, list[Candidate]] = {}
    for row in rows:
        found.setdefault(row.character, []).append(row)
    return found


def _wanted(specific: int, general: int, config: MixtureConfig, most: int) -> tuple[int, int]:
    """How many rows of each kind are to be taken of a character that has so many."""
    if isinstance(config.specific, float):
        return balanced(specific, general, config.specific, most)
    return (
        specific if config.specific is None else config.specific,
        general if config.general is None else config.general,
    )


def _taken(pool: Pool, rows: list[Candidate], count: int, most: int) -> list[tuple[Candidate, int]]:
    found = chosen(rows, count, most)
    if rows:
        pool.leave_out(rows[0].kind, "not_needed", len(rows) - len({row.id for row, _ in found}))
    return found


@dataclass(frozen=True, slots=True)
class _Writer:
    """Makes examples of candidates; each text is counted once."""

    profiles: dict[str, CharacterProfile]
    config: MixtureConfig
    count_tokens: Callable[[str], int]
    _tokens: dict[str, int] = field(default_factory=dict)
    _personas: dict[tuple[str, int], str] = field(default_factory=dict)

    def mixed(self, row: Candidate, time: int) -> Mixed:
        phrasing = (row.key + time) % self.config.phrasings if row.character else 0
        system = (Message("system", self.persona(row.character, phrasing)),) if row.character else ()
        prompt, emotion = (*system, *row.turns), self._emotion(row)
        if emotion is not None and self.config.emotion != "none":
            language = "en" if self.profiles[row.character].language == "en" else "zh"
            prompt = asking_for(prompt, emotion, language, self.config.emotion)
        answer = Message("assistant", row.answer)
        id_ = f"{row.id}+{time}" if time else row.id
        return Mixed(
            Example(id_, row.character, row.kind, prompt, answer, row.source),
            time,
            phrasing,
            emotion,
            sum(self._counted(message.content) for message in prompt),
            self._counted(answer.content),
        )

    def persona(self, character: str, phrasing: int) -> str:
        if character not in self.profiles:
            raise FolderError(f"{character} has no profile, so that nobody knows who answers: add one to profiles.")
        if (character, phrasing) not in self._personas:
            limit = self.config.persona_tokens
            self._personas[character, phrasing] = persona(
                self.profiles[character],
                phrasing=phrasing,
                fits=lambda prompt: limit is None or self._counted(prompt) <= limit,
            )
        return self._personas[character, phrasing]

    def _emotion(self, row: Candidate) -> Emotion | None:
        is_told = self.config.emotion != "none" and _draw(f"emotion {row.key}") < self.config.emotion_share * 2**64
        return row.emotion if is_told else None

    def _counted(self, text: str) -> int:
        if text not in self._tokens:
            self._tokens[text] = self.count_tokens(text)
        return self._tokens[text]


def _draw(text: str) -> int:
    """A number of 64 bits, the same for the same text."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def _digest(mixed: list[Mixed]) -> str:
    digest = hashlib.sha256()
    for one in mixed:
        said = [(message.role, message.content) for message in (*one.example.prompt, one.example.completion)]
        digest.update(json.dumps([one.example.id, one.example.character, one.example.kind, said]).encode())
    return digest.hexdigest()
