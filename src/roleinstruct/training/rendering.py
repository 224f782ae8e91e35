"""A conversation as a tokenizer's chat template writes it, taken apart where training has to know: prompt and answer.

The template is asked, never imitated. Two things are made good, both in the open. A template that refuses a system role
(Mistral's early ones) or passes over it gets the persona in front of the first user turn. A template that writes no end
behind an answer (GLM-4's, whose model stops where the next user turn opens) gets the model's stop token put there,
since a model that never sees an end never stops.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jinja2.exceptions import TemplateError, TemplateSyntaxError

from roleinstruct.errors import ConfigError
from roleinstruct.records import Message

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

__all__ = ["Rendered", "prompt_text", "render", "tokens_of"]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A conversation with its answer, as text.

    Attributes:
        prompt: What the model is given when it is asked: the conversation, and the opening of an answer.
        answer: What it is to say: the answer up to and with the end of the turn. What the template writes behind that,
            such as a line break, is left out, since nobody waits for it.
        end: The end of the turn, a token's name.
        is_end_added: Whether the template writes no end, so that it was put there.
        is_folded: Whether the template takes no system role, so that the persona stands in the first user turn.
    """

    prompt: str
    answer: str
    end: str
    is_end_added: bool
    is_folded: bool


def prompt_text(prompt: Sequence[Message], tokenizer: "PreTrainedTokenizerBase") -> str:
    """What a model is given when it is asked.

    Args:
        prompt: A conversation that ends with a user's turn.
        tokenizer: "PreTrainedTokenizerBase" of transformers' with a chat template.

    Raises:
        ConfigError: There is no template, or it refuses the conversation.
    """
    return _write(_accepted(prompt, tokenizer), tokenizer, opening=True)


def render(
    prompt: Sequence[Message], answer: str, tokenizer: "PreTrainedTokenizerBase", *, end: str | None
) -> Rendered:
    """Write a conversation with its answer.

    Args:
        prompt: A conversation that ends with a user's turn.
        answer: What the assistant says to it.
        tokenizer: "PreTrainedTokenizerBase" of transformers' with a chat template; a thinking one is told not to think.
        end: The stop token that is put behind the answer where the template writes none; None if there is none.

    Raises:
        ConfigError: The template refuses the conversation, changes the answer, writes no end of turn while `end` is
            None, or does not begin with the prompt.
    """
    accepted = _accepted(prompt, tokenizer)
    asked = _write(accepted, tokenizer, opening=True)
    before, after = _around(accepted, asked, tokenizer)
    whole = _write((*accepted, Message("assistant", answer)), tokenizer, opening=False)
    if whole != asked + before + answer + after:
        raise ConfigError(
            f"the chat template changes the answer {answer[:40]!r}: it writes {whole[len(asked) :][:60]!r} where "
            f"{(before + answer + after)[:60]!r} was expected; give a template that leaves answers alone as "
            "model.chat_template."
        )
    written = _end_of(after, tokenizer)
    if not written and end is None:
        raise ConfigError(
            f"the chat template writes no end of turn behind an answer (it goes on with {after[:20]!r}), so that a "
            "model trained on it would never stop; set model.end_of_turn to the token that it stops at, such as "
            "--set 'model.end_of_turn=<|user|>' for GLM-4."
        )
    closing = written or str(end)
    return Rendered(asked, before + answer + closing, closing.strip(), not written, accepted != tuple(prompt))


def tokens_of(text: str, tokenizer: "PreTrainedTokenizerBase") -> tuple[int, ...]:
    """The token ids of a text that a template wrote: nothing is put around it, so that no BOS comes twice."""
    return tuple(tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])


_MARK = "THE-ANSWER-STANDS-HERE"


def _around(prompt: tuple[Message, ...], asked: str, tokenizer: "PreTrainedTokenizerBase") -> tuple[str, str]:
    """What the template writes before an answer, behind the prompt, and after it."""
    whole = _write((*prompt, Message("assistant", _MARK)), tokenizer, opening=False)
    if not whole.startswith(asked):
        same = next((i for i, (a, b) in enumerate(zip(asked, whole, strict=False)) if a != b), len(whole))
        raise ConfigError(
            f"the chat template does not write an answered conversation as it opens one: a prompt goes on with "
            f"{asked[same : same + 40]!r} where an answered one has {whole[same : same + 40]!r}, so that the model "
            "would be asked otherwise than it was trained; give a template that does both alike as model.chat_template."
        )
    before, mark, after = whole[len(asked) :].partition(_MARK)
    if not mark:
        raise ConfigError(
            "the chat template leaves out or changes the assistant's answer; give one that keeps it as "
            "model.chat_template."
        )
    return before, after


def _end_of(after: str, tokenizer: "PreTrainedTokenizerBase") -> str:
    """The end of turn that the template writes, with the white space before it; "" where it writes none."""
    text = after.lstrip()
    names = {*tokenizer.get_added_vocab(), *tokenizer.all_special_tokens}
    found = max((name for name in names if name and text.startswith(name)), key=len, default="")
    return after[: len(after) - len(text)] + found if found else ""


def _accepted(prompt: Sequence[Message], tokenizer: "PreTrainedTokenizerBase") -> tuple[Message, ...]:
    """The conversation as the template takes it: as it is, or with the persona in the first user turn."""
    first, *turns = prompt
    if first.role != "system":
        return tuple(prompt)
    try:
        if first.content.strip() in _apply(prompt, tokenizer, opening=True):
            return tuple(prompt)
    except TemplateError:
        pass  # it refuses: whatever else is wrong shows when the folded conversation is written
    if turns and turns[0].role == "user":
        opened = Message("user", f"{first.content.strip()}\n\n{turns[0].content}".strip())
        return (opened, *turns[1:])
    return (Message("user", first.content), *turns)


def _write(messages: Sequence[Message], tokenizer: "PreTrainedTokenizerBase", *, opening: bool) -> str:
    try:
        return _apply(messages, tokenizer, opening=opening)
    except TemplateSyntaxError as error:
        raise ConfigError(f"line {error.lineno} of the chat template is no Jinja: {error.message}.") from error
    except TemplateError as error:
        roles = ", ".join(message.role for message in messages)
        raise ConfigError(
            f"the chat template refuses a conversation of {roles}: {error}; give another as model.chat_template."
        ) from error


def _apply(messages: Sequence[Message], tokenizer: "PreTrainedTokenizerBase", *, opening: bool) -> str:
    if not tokenizer.chat_template:
        raise ConfigError(
            "the tokenizer has no chat template, so that it is not known how to write a conversation for this model: "
            "take a chat model, or give a .jinja file as model.chat_template."
        )
    said = [{"role": message.role, "content": message.content} for message in messages]
    return str(
        tokenizer.apply_chat_template(said, tokenize=False, add_generation_prompt=opening, enable_thinking=False)
    )
