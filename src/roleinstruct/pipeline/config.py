"""A builder file, `builders/*.yaml`: what is built of what, in words that are checked."""

import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from roleinstruct import assets
from roleinstruct.cleaning.privacy.spans import KINDS
from roleinstruct.cleaning.segments import SegmentOptions
from roleinstruct.cleaning.sketches import FLOOR
from roleinstruct.dataset.mixture import Splits
from roleinstruct.emotions import Emotion
from roleinstruct.errors import AssetError, ConfigError, LabelError
from roleinstruct.sources.detect import FORMATS

__all__ = [
    "BuildConfig",
    "CardConfig",
    "CleaningConfig",
    "ModelConfig",
    "PrivacyConfig",
    "QuestionsConfig",
    "SourceConfig",
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


class QuestionsConfig(_Block):
    """Questions and answers taken from real adjacent turns."""

    when: Literal["missing", "always", "never"] = "missing"
    """"missing": only for characters whose source brings none."""
    per_character: Annotated[int, Field(ge=1)] = 200


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


class ModelConfig(_Block):
    """The language model that writes what the extractive stages only find; without a name there is none."""

    name: str = ""
    """As its server knows it, such as gpt-4o-mini."""
    base_url: str | None = None
    """An OpenAI-compatible server, such as http://localhost:8000/v1; None takes OPENAI_BASE_URL, or OpenAI."""
    concurrency: Annotated[int, Field(ge=1, le=1024)] = 64
    requests_per_minute: Annotated[float, Field(gt=0)] | None = None
    tokens_per_minute: Annotated[float, Field(gt=0)] | None = None
    timeout: Annotated[float, Field(gt=0)] = 120.0
    """Seconds that one request may take."""
    price: str | None = None
    """Dollars per million tokens, "input,output" or "input,cached,output", where the package's table does not know."""
    max_cost: Annotated[float, Field(gt=0)] | None = None
    """Dollars after which a run stops."""
    samples: Annotated[int, Field(ge=1, le=15)] = 1
    """Emotion labels asked for each line, of which the majority counts."""


class CardConfig(_Block):
    """What the card says and the data cannot."""

    pretty_name: str = "RoleInstruct data set"
    license: str = "unknown"
    language: tuple[str, ...] = ()
    """Language codes; () writes what the profiles say."""
    source: str = ""
    """A sentence about where the dialogue comes from."""


class BuildConfig(_Block):
    """A whole builder file."""

    source: SourceConfig = SourceConfig()
    privacy: PrivacyConfig = PrivacyConfig()
    cleaning: CleaningConfig = CleaningConfig()
    questions: QuestionsConfig = QuestionsConfig()
    splits: SplitsConfig = SplitsConfig()
    model: ModelConfig = ModelConfig()
    card: CardConfig = CardConfig()

    @classmethod
    def load(cls, name: str) -> Self:
        """Read a builder file.

        Args:
            name: A path, or the name of a builder that comes with the package ("sample", "builders/sample.yaml").

        Raises:
            ConfigError: The file is missing, no YAML, or says something that has no meaning here.
        """
        path = Path(name)
        if not path.is_file():
            path = _bundled(name)
        try:
            config = cls.checked(yaml.safe_load(path.read_text(encoding="utf-8")) or {}, str(path))
        except UnicodeDecodeError as error:
            raise ConfigError(
                f"{path} is not UTF-8 ({error.reason} at byte {error.start}); save it as UTF-8."
            ) from error
        except yaml.YAMLError as error:
            raise ConfigError(f"{path} is no YAML: {' '.join(str(error).split())}") from error
        if config.source.path is None or config.source.path.is_absolute():
            return config
        return config.with_source(path=path.absolute().parent / config.source.path)

    def with_source(self, **changes: object) -> Self:
        """The same build with other keys of its `source` block.

        Raises:
            ConfigError: A value has no meaning there.
        """
        return self._with("source", changes)

    def with_model(self, **changes: object) -> Self:
        """The same build with other keys of its `model` block.

        Raises:
            ConfigError: A value has no meaning there.
        """
        return self._with("model", changes)

    def _with(self, block: str, changes: Mapping[str, object]) -> Self:
        words = self.model_dump()
        return self.checked({**words, block: {**words[block], **changes}}, "the options")

    @classmethod
    def checked(cls, words: object, where: str) -> Self:
        """Read a builder from plain values.

        Args:
            words: What a builder file holds.
            where: What to call it in a message.

        Raises:
            ConfigError: A key or value has no meaning.
        """
        try:
            return cls.model_validate(words)
        except ValidationError as error:
            raise ConfigError(f"{where}: {_first(error)}") from error


def _bundled(name: str) -> Path:
    """The builder of that name that comes with the package; a path into another folder names none."""
    path = Path(name)
    if path.parent not in (Path(), Path("builders")):
        raise ConfigError(f"{name} is no file, and a builder file was expected: check the path.")
    try:
        return assets.find(path.name, "builders")
    except AssetError as error:
        raise ConfigError(f"{name} is no file, and {error}") from error


def _first(error: ValidationError) -> str:
    """The first complaint, in one sentence."""
    found = error.errors()[0]
    where = ".".join(str(part) for part in found["loc"]) or "the file"
    if found["type"] == "extra_forbidden":
        return f"{where} is no key of a builder file; see roleinstruct assets show builders/screenplay.yaml."
    message = found["msg"].removeprefix("Value error, ").removesuffix(".")
    if isinstance(found["input"], dict):  # its values contradict each other, and the message has them
        return f"{where}: {message}."
    return f"{where} is {found['input']!r}: {message[0].lower()}{message[1:]}."
