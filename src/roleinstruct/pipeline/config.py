"""A builder file, `builders/*.yaml`: what is built of what, in words that are checked."""

from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from roleinstruct import assets
from roleinstruct.errors import AssetError, ConfigError
from roleinstruct.sources.detect import FORMATS

__all__ = ["BuildConfig", "CardConfig", "CleaningConfig", "QuestionsConfig", "SourceConfig", "SplitsConfig"]

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


def _known_format(name: str) -> str:
    if name not in ("auto", *FORMATS):
        raise ValueError(f"no source format of that name; there are auto, {', '.join(FORMATS)}")
    return name


class _Block(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceConfig(_Block):
    """Where the raw dialogue lies and how to read it."""

    path: Path | None = None
    """A file or folder, relative to the builder file; `--source` replaces it."""
    format: Annotated[str, AfterValidator(_known_format)] = "auto"
    """"auto", or the name of a reader for every file."""
    characters: Literal["auto", "each"] | tuple[str, ...] = "auto"
    """"auto": the folders, or else the speaker with most lines; "each": every dialogue belongs to the one of its
    speakers who has the most lines in the whole source; or names."""
    columns: dict[str, str] = {}
    """For tables: "speaker", "text", "emotion", "dialogue", "instruction", "input", "response" to names of columns."""
    labels: dict[str, str] = {}
    """Emotion words of the source to names of the ten, in place of the reader's own table."""
    gap: float | None = Field(default=None, gt=0)
    """Seconds of silence that end a dialogue, where the source has times."""


class CleaningConfig(_Block):
    """How scripts become two-party dialogues."""

    max_interruption: Count = 2
    min_turns: Annotated[int, Field(ge=2)] = 2
    min_rounds: Annotated[int, Field(ge=1)] = 10
    target_rounds: Annotated[int, Field(ge=2)] = 15
    max_rounds: Annotated[int, Field(ge=2)] = 20
    dialogue_similarity: Share = 0.9
    instruction_similarity: Share = 0.9


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
    cleaning: CleaningConfig = CleaningConfig()
    questions: QuestionsConfig = QuestionsConfig()
    splits: SplitsConfig = SplitsConfig()
    card: CardConfig = CardConfig()

    @classmethod
    def load(cls, name: str) -> Self:
        """Read a builder file.

        Args:
            name: A path, or the name of a builder that comes with the package ("sample").

        Raises:
            ConfigError: The file is missing, no YAML, or says something that has no meaning here.
        """
        path = Path(name)
        if not path.is_file():
            try:
                path = assets.find(path.name, "builders")
            except AssetError as error:
                raise ConfigError(f"{name} is no file, and {error}") from error
        try:
            config = cls._checked(yaml.safe_load(path.read_text(encoding="utf-8")) or {}, str(path))
        except UnicodeDecodeError as error:
            raise ConfigError(
                f"{path} is not UTF-8 ({error.reason} at byte {error.start}); save it as UTF-8."
            ) from error
        except yaml.YAMLError as error:
            raise ConfigError(f"{path} is no YAML: {' '.join(str(error).split())}") from error
        if config.source.path is None or config.source.path.is_absolute():
            return config
        return config.with_source(path=path.parent / config.source.path)

    def with_source(self, **changes: object) -> Self:
        """The same build with other keys of its `source` block.

        Raises:
            ConfigError: A value has no meaning there.
        """
        words = {**self.model_dump(), "source": {**self.source.model_dump(), **changes}}
        return self._checked(words, "the options")

    @classmethod
    def _checked(cls, words: object, where: str) -> Self:
        try:
            return cls.model_validate(words)
        except ValidationError as error:
            raise ConfigError(f"{where}: {_first(error)}") from error


def _first(error: ValidationError) -> str:
    """The first complaint, in one sentence."""
    found = error.errors()[0]
    where = ".".join(str(part) for part in found["loc"]) or "the file"
    if found["type"] == "extra_forbidden":
        return f"{where} is no key of a builder file; see roleinstruct assets show builders/screenplay.yaml."
    message = found["msg"].removeprefix("Value error, ")
    return f"{where} is {found['input']!r}: {message[0].lower()}{message[1:]}."
