"""The chat template for servers, which know nothing of what the training did around the template.

The training asks thinking models not to think, and puts the persona into the first user turn where a template takes no
system role. Servers hand a conversation to the template and nothing else, so that the template itself has to do this.
"""

from collections.abc import Callable
from typing import Any

from jinja2 import TemplateError

from roleinstruct.errors import ExportError
from roleinstruct.training.encoding import prompt_ids
from roleinstruct.training.export.conversations import CONVERSATIONS, Conversation
from roleinstruct.training.export.opening import Adapter
from roleinstruct.training.export.parity import compare_prompts
from roleinstruct.training.rendering import tokens_of

__all__ = ["by_server", "served_template"]


def served_template(adapter: Adapter) -> str:
    """The template of the training where a server can use it as it is, else with the least before it that does it.

    Raises:
        ExportError: No server would ask as was trained.
    """
    own = str(adapter.tokenizer.chat_template)
    candidates = [own, _WITHOUT_THOUGHTS + own, _PERSONA_IN_THE_FIRST_TURN + own]
    candidates.append(_WITHOUT_THOUGHTS + _PERSONA_IN_THE_FIRST_TURN + own)
    for template in candidates:
        if _does(adapter, by_server(adapter.tokenizer, template)):
            return template
    compare_prompts(adapter, by_server(adapter.tokenizer, own), "a server with the training's chat template")
    raise ExportError("no chat template asks as was trained; nothing was exported.")


def by_server(
    tokenizer: Any,  # noqa: ANN401 - of transformers, whose classes bring no types
    template: str,
) -> Callable[[Conversation], tuple[int, ...]]:
    """How a server makes tokens of a conversation with a template: that of vLLM, SGLang or llama.cpp with --jinja."""

    def tokens(conversation: Conversation) -> tuple[int, ...]:
        told = [{"role": message.role, "content": message.content} for message in conversation.messages]
        try:
            text = tokenizer.apply_chat_template(
                told, chat_template=template, tokenize=False, add_generation_prompt=True
            )
        except TemplateError as error:
            raise ExportError(
                f"a server's chat template refuses {conversation.name!r} ({error}); nothing was exported."
            ) from error
        return tokens_of(str(text), tokenizer)

    return tokens


_WITHOUT_THOUGHTS = "{%- set enable_thinking = false -%}\n"

_PERSONA_IN_THE_FIRST_TURN = (
    "{%- if messages[0]['role'] == 'system' -%}{%- set messages = [{'role': 'user', 'content': "
    "(messages[0]['content'].strip() + '\\n\\n' + messages[1]['content']).strip()}] + messages[2:] -%}{%- endif -%}\n"
)


def _does(adapter: Adapter, found: Callable[[Conversation], tuple[int, ...]]) -> bool:
    try:
        return all(found(one) == prompt_ids(one.messages, adapter.tokenizer) for one in CONVERSATIONS)
    except ExportError:  # the template refuses: the next one is tried
        return False
