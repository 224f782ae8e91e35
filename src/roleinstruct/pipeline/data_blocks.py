"""The blocks of a builder file that say what is read, how it is cleaned, and what becomes of it."""

import unicodedata
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from roleinstruct.cleaning.privacy.spans import KINDS
from roleinstruct.cleaning.segments import SegmentOptions
from roleinstruct.cleaning.sketches import FLOOR
from roleinstruct.dataset.splits import Splits
from roleinstruct.emotions import Emotion
from roleinstruct.errors import LabelError
from roleinstruct.sources.detect import FORMATS

__all__ = [
    "CardConfig",
    "CleaningConfig",
    "Count",
    "PrivacyConfig",
    "Share",
    "SourceConfig",
    "SourceRight",
    "SplitsConfig",
]

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Similarity = Annotated[float, Field(ge=FLOOR, le=1)]


def _known_format(name: str) -> str:
    if name not in ("auto", *FORMATS):
        raise ValueError(f"no source format of that name; there are auto, {', '.join(FORMATS)}")
    return name


def _known_emotion(name: str) -> str:
    try:
        Emotion.parse(name)
    except LabelError:
        raise ValueError(f"none of the ten emotions; there are {', '.join(Emotion)}") from None
    return name


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


_IDENTIFIERS = tuple(kind for kind in KINDS if kind != "name")


class _Block(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceConfig(_Block):
    """Where the raw dialogue lies and how to read it."""

    path: Path | None = None
    """A file or folder, relative to the builder file; `--source` replaces it."""
    format: Annotated[str, AfterValidator(_known_format)] = "auto"
    """"auto", or the name of a reader for every file."""
    characters: Literal["auto", "each"] | tuple[Annotated[str, AfterValidator(_composed)], ...] = "auto"
    """"auto": the folders, or else the speaker with most lines; "each": every dialogue belongs to the one of its
    speakers who has the most lines in the whole source; or names."""
    columns: dict[str, str] = {}
    """For tables: "speaker", "text", "emotion", "dialogue", "instruction", "input", "response" to names of columns."""
    labels: dict[str, Annotated[str, AfterValidator(_known_emotion)]] = {}
    """Emotion words of the source, in a column or in brackets in front of a line, to names of the ten; in place of the
    reader's own table."""
    gap: float | None = Field(default=None, gt=0)
    """Seconds of silence that end a dialogue, where the source has times."""


def _known_kinds(names: str | tuple[str, ...]) -> str | tuple[str, ...]:
    if names not in ("all", "none") and (isinstance(names, str) or not set(names) <= set(_IDENTIFIERS)):
        raise ValueError(f"no list of kinds of private data; there are all, none, or {', '.join(_IDENTIFIERS)}")
    return names


class PrivacyConfig(_Block):
    """What is masked, in everything that is read, before anything else is done."""

    identifiers: Annotated[str | tuple[str, ...], AfterValidator(_known_kinds)] = "all"
    """Numbers and addresses that lead to a person: "all", "none", or some kinds; see docs/privacy.md."""
    names: Literal["keep", "replace"] = "keep"
    """"replace": people get pseudonyms, the same everywhere; who is who stays in a file beside the data set folder."""
    keep: tuple[Annotated[str, AfterValidator(_composed)], ...] = ()
    """Names that are nobody's secret, such as those of poets."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of identifiers to mask."""
        if isinstance(self.identifiers, tuple):
            return self.identifiers
        return _IDENTIFIERS if self.identifiers == "all" else ()


class CleaningConfig(_Block):
    """How scripts become two-party dialogues."""

    max_interruption: Count = 2
    min_turns: Annotated[int, Field(ge=2)] = 2
    min_rounds: Annotated[int, Field(ge=1)] = 10
    target_rounds: Annotated[int, Field(ge=2)] = 15
    max_rounds: Annotated[int, Field(ge=2)] = 20
    dialogue_similarity: Similarity = 0.9
    instruction_similarity: Similarity = 0.9

    @model_validator(mode="after")
    def _can_be_met(self) -> Self:
        SegmentOptions(self.target_rounds, self.min_rounds, self.max_rounds)
        return self


class SplitsConfig(_Block):
    """The shares that are kept from training."""

    validation: Share = 0.05
    test: Share = 0.05
    held_out_characters: Count = 1
    """Characters that `chat` keeps out of training whole; 0 where there are fewer than three."""

    @model_validator(mode="after")
    def _leave_some_for_training(self) -> Self:
        Splits(self.validation, self.test)
        return self


def _word(said: object) -> object:
    """YAML takes yes and no for true and false."""
    return {True: "yes", False: "no"}.get(said, said) if isinstance(said, bool) else said


class SourceRight(_Block):
    """One source of a data set, and by what right something made of it is published."""

    name: Annotated[str, Field(min_length=1)]
    license: str = "unknown"
    url: str = ""
    extends: str = ""
    """Its name on the Hub, where it is a data set there."""
    may_publish: Annotated[Literal["yes", "overlay", "no", "unknown"], BeforeValidator(_word)] = "unknown"
    """"overlay": not its text, but what was made of it and holds none of its words."""
    because: str = ""
    """The reason, in a sentence."""


class CardConfig(_Block):
    """What the card says and the data cannot."""

    pretty_name: str = "RoleInstruct data set"
    license: str = "unknown"
    license_name: str = ""
    """With the licence "other": its name."""
    license_link: str = ""
    """With the licence "other": where it stands."""
    language: tuple[str, ...] = ()
    """Language codes; () writes what the profiles say."""
    language_creators: tuple[
        Literal["found", "crowdsourced", "expert-generated", "machine-generated", "other"], ...
    ] = ()
    """Who wrote the texts, in the Hub's words; () writes that they were found, and what a model has written."""
    source: str = ""
    """A sentence about where the dialogue comes from."""
    sources: tuple[SourceRight, ...] = ()
    """What it was made of; nothing is published before the right to do so is stated for each."""
