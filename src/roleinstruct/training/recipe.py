"""A recipe, `recipes/*.yaml`: which model is tuned, how, and on what, in PEFT's and TRL's own words."""

import inspect
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from roleinstruct.errors import ConfigError, MissingExtraError, needs_extra
from roleinstruct.settings import with_keys
from roleinstruct.training.architectures import target_modules
from roleinstruct.training.config_keys import checked, expect_keys, made, nearest_key
from roleinstruct.training.precision import on_this_machine
from roleinstruct.training.recipe_file import read_recipe, recipe_path

if TYPE_CHECKING:
    from peft import LoraConfig
    from transformers import BitsAndBytesConfig
    from trl.trainer.dpo_config import DPOConfig
    from trl.trainer.sft_config import SFTConfig

__all__ = ["ModelBlock", "Recipe"]


class ModelBlock(BaseModel):
    """The model that is tuned.

    Attributes:
        name_or_path: A repository of the Hub, a folder (seen from the recipe, else from here), or "tiny-glm", which
            is made on the spot.
        revision: Of the repository.
        dtype: Of the frozen weights; "auto" is bfloat16 where the device computes in it, and float32 elsewhere.
        attn_implementation: As transformers names it; None leaves the choice to it.
        chat_template: A Jinja file beside the recipe that takes the place of the tokenizer's own template.
        end_of_turn: The token that ends an answer where the template writes none; None is the architecture's.
        quantization: Keys of `transformers.BitsAndBytesConfig`.
        trust_remote_code: Run code that comes with the model.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name_or_path: str = Field(min_length=1)
    revision: str | None = None
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    attn_implementation: str | None = None
    chat_template: Path | None = None
    end_of_turn: str | None = None
    quantization: dict[str, Any] | None = None
    trust_remote_code: bool = False


class Recipe(BaseModel):
    """A whole recipe.

    Attributes:
        model: The model that is tuned.
        lora: Keys of `peft.LoraConfig`; `target_modules: auto`, or none, is the architecture's.
        sft: Keys of `trl.SFTConfig`.
        data: The mixture that is trained on.
        preference: Keys of `trl.DPOConfig`, or None.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: ModelBlock
    lora: dict[str, Any]
    sft: dict[str, Any]
    data: dict[str, Any]
    preference: dict[str, Any] | None = None
    _path: Path = PrivateAttr()
    _words: dict[str, Any] = PrivateAttr()
    _set: tuple[str, ...] = PrivateAttr()

    @classmethod
    def load(cls, name_or_path: str, settings: Iterable[str] = ()) -> Self:
        """Read a recipe.

        Args:
            name_or_path: A path, or the name of a recipe that comes with the package ("glm4-9b-lora").
            settings: Keys to set anew, each such as "sft.max_steps=20"; see `roleinstruct.settings.with_keys`.

        Raises:
            ConfigError: The file is missing, no recipe, or says something that has no meaning there.
            MissingExtraError: peft or trl, whose words it is in, is not installed.
        """
        path, settings = recipe_path(name_or_path), list(settings)
        read = {str(path): read_recipe(path)}
        if settings:
            read["--set"] = with_keys(read[str(path)], settings)
        shaped = {where: cls._shaped(words, path, where) for where, words in read.items()}
        needs_extra("train", "torch", "transformers", "peft", "trl")  # what was wrong so far took no import to see
        for where, draft in shaped.items():
            recipe = draft.model_copy(update=_in_their_words(draft, where))
        recipe._path, recipe._words = path, read[where]
        recipe._set = tuple(setting.partition("=")[0] for setting in settings)
        return recipe

    @property
    def path(self) -> Path:
        """The file that it was read from."""
        return self._path

    @property
    def name(self) -> str:
        """The file's name without its ending, such as "glm4-9b-lora"."""
        return self._path.stem

    def said_by(self, key: str) -> str:
        """Who is to be told that a key or a block, such as "lora.r" or "lora", does not do: "--set", or the file."""
        is_set = any(f"{said}.".startswith(f"{key}.") or f"{key}.".startswith(f"{said}.") for said in self._set)
        return "--set" if is_set else str(self._path)

    def text(self) -> str:
        """The recipe as YAML, as it was written, with the settings that were said; paths as they were written."""
        return yaml.safe_dump(self._words, allow_unicode=True, sort_keys=False)

    def lora_config(self, model_type: str) -> "LoraConfig":
        """The adapter's configuration.

        Args:
            model_type: The `model_type` of the model's config.json, for `target_modules: auto`.

        Raises:
            ConfigError: LoraConfig refuses a value.
        """
        from peft import LoraConfig

        words = {"task_type": "CAUSAL_LM", "target_modules": "auto", **self.lora}
        if words["target_modules"] == "auto":
            words["target_modules"] = target_modules(model_type)
        return made(LoraConfig, words, f"{self.said_by('lora')}: lora")

    def sft_config(self, out: Path, **forced: object) -> "SFTConfig":
        """The trainer's configuration on this machine.

        Device and precision are the machine's where the recipe does not say them; TRL's own bf16 is refused on a
        machine without a GPU. Gradient checkpointing is on, as in TRL, where nothing is said.

        Args:
            out: The folder for checkpoints and logs.
            forced: Keys of SFTConfig that the run decides whatever the recipe says, such as
                `gradient_checkpointing=False` where memory is plenty.

        Raises:
            ConfigError: SFTConfig refuses a value.
        """
        from trl.trainer.sft_config import SFTConfig

        words = on_this_machine(SFTConfig, self.sft, forced, out)
        return made(SFTConfig, words, f"{self.said_by('sft')}: sft")

    def dpo_config(self, out: Path, **forced: object) -> "DPOConfig":
        """The configuration of the preference stage's trainer on this machine; see `sft_config`.

        Raises:
            ConfigError: DPOConfig refuses a value.
        """
        from trl.trainer.dpo_config import DPOConfig

        words = on_this_machine(DPOConfig, self.preference or {}, forced, out)
        return made(DPOConfig, words, f"{self.said_by('preference')}: preference")

    def quantization_config(self) -> "BitsAndBytesConfig | None":
        """How the frozen weights are quantised, or None.

        Raises:
            ConfigError: BitsAndBytesConfig refuses a value.
            MissingExtraError: bitsandbytes is not installed.
        """
        from transformers import BitsAndBytesConfig

        if self.model.quantization is None:
            return None
        if find_spec("bitsandbytes") is None:
            raise MissingExtraError(
                f"{self._path}: bitsandbytes is not installed and model.quantization needs it: run "
                "pip install bitsandbytes, or take the recipe of the same model that ends in -lora."
            )
        where = f"{self.said_by('model.quantization')}: model.quantization"
        return made(BitsAndBytesConfig, self.model.quantization, where)

    @classmethod
    def _shaped(cls, words: dict[str, Any], path: Path, where: str) -> Self:
        """The blocks, but for what other libraries have to say of their keys."""
        try:
            recipe = cls.model_validate(words)
        except ValidationError as error:
            raise ConfigError(f"{where}: {_first(error)}") from error
        return recipe.model_copy(update={"model": _beside(recipe.model, path, where)})


def _in_their_words(recipe: Recipe, where: str) -> dict[str, Any]:
    """The blocks that are other libraries' words, checked against their classes."""
    from peft import LoraConfig
    from transformers import BitsAndBytesConfig
    from trl.trainer.sft_config import SFTConfig

    keys = [key for key in inspect.signature(BitsAndBytesConfig).parameters if key != "kwargs"]
    expect_keys(recipe.model.quantization or (), keys, f"{where}: model.quantization", "BitsAndBytesConfig")
    found = {
        "lora": checked(recipe.lora, LoraConfig, f"{where}: lora"),
        "sft": checked(recipe.sft, SFTConfig, f"{where}: sft"),
    }
    if recipe.preference is not None:
        from trl.trainer.dpo_config import DPOConfig

        found["preference"] = checked(recipe.preference, DPOConfig, f"{where}: preference")
    return found


def _beside(model: ModelBlock, path: Path, where: str) -> ModelBlock:
    """The model block with its paths as they are seen from the recipe."""
    beside, changes = path.absolute().parent, dict[str, object]()
    folder = beside / Path(model.name_or_path).expanduser()
    if folder.is_dir():
        changes["name_or_path"] = str(folder)
    if model.chat_template is not None:
        changes["chat_template"] = beside / model.chat_template
        if not (beside / model.chat_template).is_file():
            raise ConfigError(
                f"{where}: model.chat_template is {model.chat_template}, and {beside} has no such file: put it there."
            )
    return model.model_copy(update=changes)


def _first(error: ValidationError) -> str:
    """The first complaint, in one sentence."""
    found = error.errors()[0]
    where = ".".join(str(part) for part in found["loc"])
    if found["type"] == "missing":
        return f"{where} is missing; a recipe has model (with name_or_path), lora, sft and data."
    if found["type"] == "extra_forbidden":
        known = ModelBlock.model_fields if where.startswith("model.") else (*Recipe.model_fields, *_USUAL)
        return f"{where} is no key of a recipe{nearest_key(str(found['loc'][-1]), known)}."
    message = found["msg"].removesuffix(".")
    return f"{where} is {found['input']!r}: {message[0].lower()}{message[1:]}."


_USUAL = (
    *(f"lora.{key}" for key in ("lora_alpha", "lora_dropout", "r", "target_modules")),
    *(f"sft.{key}" for key in ("learning_rate", "max_length", "max_steps", "num_train_epochs")),
    "sft.per_device_train_batch_size",
    "sft.save_steps",
    "sft.seed",
)
"""Keys that are often set, for who forgets their block."""
