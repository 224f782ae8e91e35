"""A recipe's block held against the class that it is for: names of keys and plain values."""

import types
from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import Field, TypeAdapter, ValidationError

from roleinstruct.errors import ConfigError
from roleinstruct.nearest import nearest

__all__ = ["checked", "expect_keys", "made", "nearest_key", "renamed"]

Made = TypeVar("Made")


def checked(words: Mapping[str, Any], config: type, where: str) -> dict[str, Any]:
    """Check the keys of a block, and its plain values, which a dataclass takes as they come.

    Args:
        words: The block. A number that YAML takes for a word ("2e-4") becomes one.
        config: The dataclass that it goes into.
        where: What to call the block in a message, such as "my.yaml: sft".

    Raises:
        ConfigError: A key is unknown or not for a recipe to say, or a value has no meaning.
    """
    hints = get_type_hints(config)
    for new, old in _RENAMED.items():
        if new in hints or old in hints:  # a recipe may use either name, whichever is installed
            hints[new] = hints[old] = hints.get(old, hints.get(new))
    for key in words:
        decided = _PUSH if key.startswith(("hub_", "push_to_hub")) else _ELSEWHERE.get(key)
        if decided and key in hints:
            raise ConfigError(f"{where}.{key} is not for a recipe to say: {decided}.")
    expect_keys(words, hints, where, config.__name__)
    return {key: _value(value, hints[key], f"{where}.{key}") for key, value in words.items()}


def expect_keys(words: Iterable[str], known: Iterable[str], where: str, owner: str) -> None:
    """Check that keys are known.

    Raises:
        ConfigError: One is not; the message names the nearest that is.
    """
    known = list(known)
    for key in words:
        if key not in known:
            raise ConfigError(f"{where}.{key} is no key of {owner}{nearest_key(key, known)}.")


def nearest_key(key: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown key, see `nearest`; what other programs call a key is known."""
    return nearest(_ELSEWHERE_CALLED.get(key, key), known)


def made(config: type[Made], words: Mapping[str, Any], where: str) -> Made:
    """Make the configuration of a block.

    Args:
        config: The class.
        words: Its keys and values.
        where: What to call the block in a message.

    Raises:
        ConfigError: The class refuses a value.
    """
    try:
        return config(**words)
    # AttributeError: torch has no such dtype; ImportError, OSError: DeepSpeed and its file.
    except (AttributeError, ImportError, OSError, TypeError, ValueError) as error:
        said = " ".join(str(error).split()).removesuffix(".")
        raise ConfigError(f"{where} is refused by {config.__name__}: {said}.") from error


def renamed(words: Mapping[str, Any], config: type) -> dict[str, Any]:
    """The same words with each key under the name that the installed version knows and does not warn of."""
    known = get_type_hints(config)
    names = {old: new for new, old in _RENAMED.items() if new in known}
    names |= {new: old for new, old in _RENAMED.items() if new not in known}
    return {names.get(key, key): value for key, value in words.items()}


_RENAMED = {  # transformers 5.23 has both and warns of the old names; 5.10 has the old ones only
    "activation_checkpointing": "gradient_checkpointing",
    "activation_checkpointing_kwargs": "gradient_checkpointing_kwargs",
}
_MODEL = "the model block decides it"
_PUSH = "what is published goes through roleinstruct push, and a token never into a file"
_ANSWERS = "answers alone are trained, whatever the template marks"
_ELSEWHERE = {
    "assistant_only_loss": _ANSWERS,
    "base_model_name_or_path": _MODEL,
    "chat_template_path": "it is model.chat_template",
    "completion_only_loss": _ANSWERS,
    "inference_mode": "a recipe is for training",
    "model_init_kwargs": _MODEL,
    "output_dir": "it is --out",
    "report_to": "it is --report-to",
    "resume_from_checkpoint": "it is --resume",
    "trust_remote_code": "it is model.trust_remote_code",
}
_ELSEWHERE_CALLED = {
    "alpha": "lora_alpha",
    "batch_size": "per_device_train_batch_size",
    "dropout": "lora_dropout",
    "epochs": "num_train_epochs",
    "lora_rank": "r",
    "lora_target": "target_modules",
    "lr": "learning_rate",
    "rank": "r",
    "steps": "max_steps",
}
_BOUNDS = {  # what the classes accept and the training then stumbles over
    "gradient_accumulation_steps": Field(ge=1),
    "learning_rate": Field(ge=0),
    "lora_dropout": Field(ge=0, lt=1),
    "max_length": Field(ge=2),
    "num_train_epochs": Field(gt=0),
    "per_device_eval_batch_size": Field(ge=1),
    "per_device_train_batch_size": Field(ge=1),
    "r": Field(ge=1),
}


def _value(value: object, hint: object, where: str) -> object:
    """A number, a switch or names as such; what may be anything else stays as it is, for the class to judge."""
    kinds = {*get_args(hint)} if get_origin(hint) in (Union, types.UnionType) else {hint}
    are_names = list[str] in kinds and kinds <= {list[str], str, types.NoneType}
    if not (are_names or kinds <= {bool, int, float, types.NoneType}):
        return value
    bounds = _BOUNDS.get(where.rpartition(".")[2])
    expected: Any = Annotated[hint, bounds] if bounds else hint
    if are_names:  # typing hands out the unions that it has made before, whatever the order that is asked for
        expected = reduce(or_, (kind for kind in (list[str], str, types.NoneType) if kind in kinds))
    try:
        meant: object = TypeAdapter(expected).validate_python(value)
    except ValidationError as error:
        said = error.errors()[0]["msg"]
        raise ConfigError(f"{where} is {value!r}: {said[0].lower()}{said[1:]}.") from error
    return meant
