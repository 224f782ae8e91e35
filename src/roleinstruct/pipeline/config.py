"""A builder file, `builders/*.yaml`: what is built of what, in words that are checked."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from roleinstruct import assets
from roleinstruct.errors import AssetError, ConfigError
from roleinstruct.pipeline.data_blocks import (
    CardConfig,
    CleaningConfig,
    PrivacyConfig,
    SourceConfig,
    SplitsConfig,
)
from roleinstruct.pipeline.model_blocks import AnnotationConfig, GeneralConfig, ModelConfig, QuestionsConfig

__all__ = ["BuildConfig"]


class BuildConfig(BaseModel):
    """A whole builder file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: SourceConfig = SourceConfig()
    privacy: PrivacyConfig = PrivacyConfig()
    cleaning: CleaningConfig = CleaningConfig()
    questions: QuestionsConfig = QuestionsConfig()
    general: GeneralConfig = GeneralConfig()
    splits: SplitsConfig = SplitsConfig()
    model: ModelConfig = ModelConfig()
    annotation: AnnotationConfig = AnnotationConfig()
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
        beside = path.absolute().parent
        if config.annotation.labelled is not None:
            config = config.with_annotation(cascade=beside / config.annotation.labelled)
        if config.general.path is not None:
            config = config.with_general(source=str(beside / config.general.path))
        if config.model.tokenizer and (beside / config.model.tokenizer).exists():
            config = config.with_model(tokenizer=str(beside / config.model.tokenizer))
        if config.source.path is None:
            return config
        return config.with_source(path=beside / config.source.path)

    def with_source(self, **changes: object) -> Self:
        """The same build with other keys of its `source` block.

        Raises:
            ConfigError: A value has no meaning there.
        """
        return self._with("source", changes)

    def with_general(self, **changes: object) -> Self:
        """The same build with other keys of its `general` block.

        Raises:
            ConfigError: A value has no meaning there.
        """
        return self._with("general", changes)

    def with_model(self, **changes: object) -> Self:
        """The same build with other keys of its `model` block.

        Raises:
            ConfigError: A value has no meaning there.
        """
        return self._with("model", changes)

    def with_annotation(self, **changes: object) -> Self:
        """The same build with other keys of its `annotation` block.

        Raises:
            ConfigError: A value has no meaning there.
        """
        return self._with("annotation", changes)

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
