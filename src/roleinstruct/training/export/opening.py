"""A trained adapter as its folder has it, with the base that it is for."""

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from roleinstruct.errors import ConfigError, needs_extra
from roleinstruct.records import Message
from roleinstruct.training.architectures import end_of_turn
from roleinstruct.training.fetching import damaged_file, hub_words, keeping_hub_quiet
from roleinstruct.training.quiet import quiet
from roleinstruct.training.rendering import render
from roleinstruct.training.templates import stop_ids

__all__ = ["Adapter", "load_base", "load_pair", "open_adapter", "put_on"]


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter that can be exported.

    Attributes:
        folder: Where it lies.
        words: Its adapter_config.json.
        base: The folder, or the name on the Hub, of the model that it is for.
        revision: Of the base on the Hub; None for the newest.
        base_config: The base's configuration, of transformers, with the stop tokens that its maker names.
        tokenizer: The one that it was trained with, of transformers, with its chat template.
        end: The name of the token that ends an answer in training.
        is_of_quantised: Whether the base was quantised while the adapter was trained.
    """

    folder: Path
    words: Mapping[str, Any]
    base: str
    revision: str | None
    base_config: Any
    tokenizer: Any
    end: str
    is_of_quantised: bool = False

    @property
    def sources(self) -> tuple[Path, ...]:
        """The folders that are read."""
        return (self.folder, Path(self.base))

    def stop_ids(self) -> list[int]:
        """The tokens that end an answer: the one of training first, then those that the base's maker names."""
        first = self.tokenizer.convert_tokens_to_ids(self.end)
        return list(dict.fromkeys([first, *stop_ids(self.base_config, self.tokenizer)]))


def open_adapter(folder: Path, base: str = "") -> Adapter:
    """Read what an adapter says of itself; no weights are read yet.

    Args:
        folder: Of PEFT: adapter_config.json, adapter_model.safetensors, and the tokenizer it was trained with.
        base: A folder or a name on the Hub; "" for the one that the adapter names.

    Raises:
        ConfigError: It is no LoRA adapter, its base is not there or quantised, or nobody knows its chat template.
        MissingExtraError: The libraries are not installed.
    """
    words = _words(folder)
    named = base or str(words.get("base_model_name_or_path") or "")
    if not named:
        raise ConfigError(f"{folder} does not say which model it is for: say so with --base.")
    if _is_path(named) and not Path(named).is_dir():
        raise ConfigError(f"{named}, the base of {folder}, is not there: say where it is with --base.")
    needs_extra("train", "torch", "transformers", "peft")
    revision = None if base else words.get("revision")
    config, tokenizer = _read(named, revision, folder)
    if getattr(config, "quantization_config", None):
        raise ConfigError(
            f"{named} holds quantised weights, into which an adapter cannot be merged without loss: give the model "
            "that it was quantised from with --base."
        )
    if not tokenizer.chat_template:
        raise ConfigError(
            f"neither {folder} nor its base brings a chat template, so that nobody knows how it wants to be asked: "
            "put the chat_template.jinja of the training into the folder."
        )
    said = _model_in_recipe(folder)
    end = render(_QUESTION, "7", tokenizer, end=said.get("end_of_turn") or end_of_turn(config.model_type)).end
    if end not in tokenizer.get_vocab():
        raise ConfigError(f"{end!r}, with which answers are to end, is no token of {folder}: train with one that is.")
    return Adapter(folder, words, named, revision, config, tokenizer, end, bool(said.get("quantization")))


def load_base(base: str, revision: str | None = None) -> Any:  # noqa: ANN401 - of many classes
    """A model in the type that its weights are saved in, on the GPU if there is one.

    Raises:
        ConfigError: There are no weights, or transformers does not know them.
    """
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM

    where = {"device_map": "auto"} if torch.cuda.is_available() else {}
    try:
        with quiet():
            model: Any = AutoModelForCausalLM.from_pretrained(
                base, revision=revision, dtype="auto", **where, **hub_words(base)
            )
    except (OSError, ValueError, ImportError, SafetensorError) as error:  # the last of a file that is cut off
        damaged = damaged_file(base)
        mend = f"{damaged} is cut off or damaged, copy it again" if damaged else "give another with --base"
        raise ConfigError(f"{base} cannot be loaded ({_first_line(error)}): {mend}.") from error
    return model.eval()


def load_pair(adapter: Adapter) -> Any:  # noqa: ANN401 - of many classes
    """The base with the adapter on it, not merged.

    Raises:
        ConfigError: The adapter does not fit the base, or one of them cannot be loaded.
    """
    model = load_base(adapter.base, adapter.revision)
    if len(adapter.tokenizer) > model.get_input_embeddings().num_embeddings:
        model.resize_token_embeddings(len(adapter.tokenizer))
    return put_on(model, adapter).eval()


def put_on(model: Any, adapter: Adapter, *, is_trainable: bool = False) -> Any:  # noqa: ANN401 - of many classes
    """A model of transformers with the adapter on it, under the name "default".

    Args:
        model: Its base, which is changed.
        adapter: See `open_adapter`.
        is_trainable: Whether the adapter is to be tuned further.

    Raises:
        ConfigError: The adapter does not fit the base, or cannot be read.
    """
    from peft import PeftModel
    from peft.utils import get_peft_model_state_dict
    from safetensors import SafetensorError, safe_open

    weights = adapter.folder / "adapter_model.safetensors"
    try:
        with safe_open(weights, framework="pt") as file:
            there = set(file.keys())
        with quiet(), warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of what does not fit, which is said below
            pair = PeftModel.from_pretrained(model, str(adapter.folder), is_trainable=is_trainable)
            expected = set(get_peft_model_state_dict(pair))
    except (OSError, SafetensorError) as error:
        raise ConfigError(f"{weights} cannot be read ({_first_line(error)}): train the adapter again.") from error
    except (RuntimeError, ValueError) as error:
        raise ConfigError(
            f"{adapter.folder} does not fit {adapter.base} ({_first_line(error)}): it was trained on another model; "
            "name that one with --base."
        ) from error
    if there != expected:
        raise ConfigError(
            f"{adapter.folder} does not fit {adapter.base}: {min(there ^ expected)} is in one of them alone; it was "
            "trained on another model: name that one with --base."
        )
    return pair


_QUESTION = (Message("user", "?"),)


def _words(folder: Path) -> Mapping[str, Any]:
    path = folder / "adapter_config.json"
    try:
        words: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ConfigError(f"{path} is not there: name the folder of an adapter, as train writes it.") from error
    except ValueError as error:
        raise ConfigError(f"{path} is no JSON ({error}): train the adapter again.") from error
    if words.get("peft_type") != "LORA":
        raise ConfigError(f"{path} is of an adapter of type {words.get('peft_type')}, and LORA was expected.")
    return words


def _read(base: str, revision: str | None, folder: Path) -> tuple[Any, Any]:
    from transformers import AutoConfig, AutoTokenizer, GenerationConfig

    own, where = folder if (folder / "tokenizer_config.json").is_file() else None, hub_words(base)
    try:
        with keeping_hub_quiet():
            config: Any = AutoConfig.from_pretrained(base, revision=revision, **where)
            tokenizer = AutoTokenizer.from_pretrained(own or base, revision=None if own else revision, **where)
    except (OSError, ValueError, ImportError) as error:
        damaged = damaged_file(str(folder)) or damaged_file(base)
        mend = f"{damaged} is cut off or damaged, copy it again" if damaged else "say where it is with --base"
        raise ConfigError(f"{base} cannot be read ({_first_line(error)}): {mend}.") from error
    try:
        named = GenerationConfig.from_pretrained(base, revision=revision or "main", **where).eos_token_id
    except OSError:  # a base without that file: its config.json names the token
        return config, tokenizer
    if named is not None:
        config.eos_token_id = named
    return config, tokenizer


def _model_in_recipe(folder: Path) -> Mapping[str, Any]:
    """What the recipe of the training, if it lies there, says of the model."""
    path = folder / "recipe.yaml"
    recipe = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else None
    said = recipe.get("model") if isinstance(recipe, dict) else None
    return said if isinstance(said, dict) else {}


def _is_path(name: str) -> bool:
    return name.startswith(("/", ".", "~")) or "\\" in name or name.count("/") > 1


def _first_line(error: Exception) -> str:
    first, *rest = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return f"{first} {rest[0]}".rstrip(".") if first.endswith(":") and rest else first.rstrip(".:")
