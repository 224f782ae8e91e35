"""A tokenizer of Chinese and English that is learnt from local text, with GLM-4's special tokens and turns."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from roleinstruct.errors import ConfigError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

__all__ = ["ENDS", "END_OF_TEXT", "SPECIAL", "TEMPLATE", "train_tokenizer"]

END_OF_TEXT = "<|endoftext|>"
"""Ends a text; also the padding, as in GLM-4."""

SPECIAL = (END_OF_TEXT, "[gMASK]", "<sop>", "<|system|>", "<|user|>", "<|assistant|>", "<|observation|>")
"""The special tokens, in the order of their ids from 0."""

ENDS = (END_OF_TEXT, "<|user|>", "<|observation|>")
"""What a model of this shape stops at: as in GLM-4, an answer ends where the user's next turn begins."""

TEMPLATE = (
    "[gMASK]<sop>"
    "{%- for message in messages %}"
    "{%- if message['role'] not in ['system', 'user', 'assistant', 'observation'] %}"
    "{{- raise_exception('no turn is known of the role ' + message['role']) }}"
    "{%- endif %}"
    "{{- '<|' + message['role'] + '|>\\n' + message['content'] }}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|assistant|>\\n' }}{%- endif %}"
)
"""The chat template: turns one after the other, each a role's token, a line break and what is said."""

_BYTES = 256
_LONGEST = 12
"""Bytes of the longest token: four Chinese characters. Longer ones would be whole phrases of a small corpus."""


def train_tokenizer(texts: Iterable[str], vocabulary: int = 4096) -> "PreTrainedTokenizerFast":
    """Learn a byte-level BPE (Sennrich, Haddow and Birch 2016; bytes as in GPT-2), so that no text is unknown to it.

    The same texts in the same order give the same tokenizer.

    Args:
        texts: What it is learnt from.
        vocabulary: The most tokens, special ones included; fewer where the texts are few.

    Raises:
        ConfigError: The vocabulary has no room for the bytes and the special tokens.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    least = _BYTES + len(SPECIAL)
    if vocabulary < least:
        raise ConfigError(f"a vocabulary of {vocabulary} tokens was asked for; expected {least} or more.")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer: Any = trainers.BpeTrainer(
        vocab_size=vocabulary,
        min_frequency=2,
        special_tokens=list(SPECIAL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        max_token_length=_LONGEST,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    made: Any = PreTrainedTokenizerFast  # brings no types
    found: PreTrainedTokenizerFast = made(
        tokenizer_object=tokenizer,
        pad_token=END_OF_TEXT,
        eos_token=END_OF_TEXT,
        extra_special_tokens=[token for token in SPECIAL if token != END_OF_TEXT],
        padding_side="left",
        chat_template=TEMPLATE,
        clean_up_tokenization_spaces=False,
        model_input_names=["input_ids", "attention_mask"],
    )
    return found
