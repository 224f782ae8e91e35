"""What a model's tokenizer and chat template do, found out before anything is trained.

Only the small files of a model are read here, never its weights.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roleinstruct.errors import ConfigError, needs_extra
from roleinstruct.records import Message
from roleinstruct.training.architectures import end_of_turn
from roleinstruct.training.fetching import hub_words, keeping_hub_quiet, what_to_do
from roleinstruct.training.recipe import Recipe
from roleinstruct.training.rendering import render, tokens_of

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedTokenizerBase

__all__ = ["ChatFormat", "load_config", "load_tokenizer", "read_format", "stop_ids"]


@dataclass(frozen=True, slots=True)
class ChatFormat:
    """How a model's conversations are written.

    Attributes:
        end: The token that ends an answer, by name.
        added_end: The same where the template does not write it, so that `encoding.encode` has to put it there as its
            `end`; None where the template does.
        takes_system: Whether there is a system role; else the persona stands in front of the first user turn.
        stops: Ids of the tokens at which the model stops, `end` among them: what `generate` needs as `eos_token_id`.
        notices: Sentences worth telling, once each.
    """

    end: str
    added_end: str | None
    takes_system: bool
    stops: tuple[int, ...]
    notices: tuple[str, ...]


def load_tokenizer(recipe: Recipe) -> "PreTrainedTokenizerBase":
    """The tokenizer of a recipe's model, with the recipe's chat template if it has one of its own.

    Raises:
        MissingExtraError: transformers is not installed.
        ConfigError: There is no such model on this machine nor to be had, or the template is not UTF-8.
    """
    needs_extra("train", "transformers")
    from transformers import AutoTokenizer

    with _in_one_sentence(recipe, "tokenizer"):
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
            recipe.model.name_or_path,
            revision=recipe.model.revision,
            trust_remote_code=recipe.model.trust_remote_code,
            **hub_words(recipe.model.name_or_path),
        )
    if recipe.model.chat_template is not None:
        tokenizer.chat_template = _template(recipe.model.chat_template)
    return tokenizer


def load_config(recipe: Recipe) -> "PretrainedConfig":
    """The config.json of a recipe's model, with the stop tokens of its generation_config.json if it has one.

    Raises:
        MissingExtraError: transformers is not installed.
        ConfigError: There is no such model on this machine nor to be had.
    """
    needs_extra("train", "transformers")
    from transformers import AutoConfig, GenerationConfig

    name, revision, where = recipe.model.name_or_path, recipe.model.revision, hub_words(recipe.model.name_or_path)
    with _in_one_sentence(recipe, "config.json"):
        config: PretrainedConfig = AutoConfig.from_pretrained(
            name, revision=revision, trust_remote_code=recipe.model.trust_remote_code, **where
        )
    try:
        generation = GenerationConfig.from_pretrained(name, revision=revision or "main", **where)
    except OSError:  # many have none, and config.json tells as much
        return config
    if generation.eos_token_id is not None:
        config.eos_token_id = generation.eos_token_id
    return config


def stop_ids(config: "PretrainedConfig", tokenizer: "PreTrainedTokenizerBase") -> tuple[int, ...]:
    """Ids of the tokens at which a model stops: those its config names, and the tokenizer's end of sequence."""
    named = getattr(config.get_text_config(), "eos_token_id", None)
    found = [*_listed(getattr(config, "eos_token_id", None)), *_listed(named), *_listed(tokenizer.eos_token_id)]
    return tuple(dict.fromkeys(found))


def read_format(recipe: Recipe, config: "PretrainedConfig", tokenizer: "PreTrainedTokenizerBase") -> ChatFormat:
    """Try the chat template out, and see whether a model that is trained on it will know where to stop.

    Raises:
        ConfigError: The template does not do (see `rendering.render`), answers end with a token that the model does
            not stop at, or `model.end_of_turn` contradicts it or is no token.
    """
    said = recipe.model.end_of_turn
    usual = end_of_turn(config.model_type)
    if said is not None and not _is_token(said, tokenizer):
        raise ConfigError(
            f"model.end_of_turn is {said!r}, which is not one token of {recipe.model.name_or_path}: name one of its "
            f"special tokens, such as {tokenizer.eos_token}."
        )
    end = said or (usual if usual and _is_token(usual, tokenizer) else None)
    rendered = render(_PROBE, "fine", tokenizer, end=end)
    if said is not None and rendered.end != said:
        raise ConfigError(
            f"model.end_of_turn is {said}, but the chat template ends an answer with {rendered.end}: leave "
            "model.end_of_turn out, or give a template that says so as model.chat_template."
        )
    (stop,) = tokens_of(rendered.end, tokenizer)
    stops = stop_ids(config, tokenizer)
    if stop not in stops and said is None:
        names = ", ".join(map(str, tokenizer.convert_ids_to_tokens(list(stops)))) or "nothing"
        raise ConfigError(
            f"answers end with {rendered.end} in the chat template, but {recipe.model.name_or_path} stops at {names}, "
            f"so that it would never stop; set model.end_of_turn to {rendered.end!r} to have it stop there."
        )
    return ChatFormat(
        rendered.end,
        rendered.end if rendered.is_end_added else None,
        not rendered.is_folded,
        tuple(dict.fromkeys((stop, *stops))),
        tuple(_notices(rendered.end, is_added=rendered.is_end_added, is_folded=rendered.is_folded)),
    )


_PROBE = (Message("system", "You keep the lighthouse."), Message("user", "How is the sea?"))


def _notices(end: str, *, is_added: bool, is_folded: bool) -> Iterator[str]:
    if is_folded:
        yield "the chat template has no system role: the persona is put in front of the first user turn."
    if is_added:
        yield f"the chat template writes no end of turn: {end}, at which the model stops, is put behind every answer."


def _template(path: Path) -> str:
    """A chat template of the user's; whether it is any Jinja shows when it is tried."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 ({error.reason} at byte {error.start}); save it as UTF-8.") from error


def _listed(ids: Any) -> list[int]:  # noqa: ANN401 - a number, several or none, as configs have it
    return [] if ids is None else list(ids) if isinstance(ids, list | tuple) else [ids]


def _is_token(name: str, tokenizer: "PreTrainedTokenizerBase") -> bool:
    return len(tokens_of(name, tokenizer)) == 1


@contextmanager
def _in_one_sentence(recipe: Recipe, what: str) -> Iterator[None]:
    """Say in a sentence why a part of a model cannot be had, and nothing of each try."""
    try:
        with keeping_hub_quiet():
            yield
    except (OSError, ValueError, ImportError, KeyError, TypeError) as error:  # the last two of JSON of another shape
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        name = recipe.model.name_or_path
        raise ConfigError(f"the {what} of {name} cannot be had ({reason}): {what_to_do(name)}.") from error
