"""What rows ask of a model: tokens that it knows, and positions that it was made for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from roleinstruct.training.encoding import Encoded

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedTokenizerBase

__all__ = ["far_rows", "pad_with", "unknown_tokens"]


def unknown_tokens(rows: Sequence[Encoded], config: "PretrainedConfig") -> str:
    """A sentence that says that a tokenizer is not the model's; "" where every token is known to it.

    Args:
        rows: To train on.
        config: The model's.
    """
    known = config.get_text_config().vocab_size
    highest = max((max(row.input_ids) for row in rows), default=0)
    if highest < known:
        return ""
    return (
        f"the tokenizer makes token {highest:,}, and the model has {known:,} tokens: they do not belong together; "
        "take both from one model."
    )


def far_rows(rows: Sequence[Encoded], config: "PretrainedConfig") -> str:
    """A sentence about rows that are longer than what a model was made for; "" where there are none.

    Args:
        rows: To train on.
        config: The model's.
    """
    most = getattr(config.get_text_config(), "max_position_embeddings", None)
    far = [len(row.input_ids) for row in rows if most and len(row.input_ids) > most]
    if not far:
        return ""
    return (
        f"{len(far):,} of {len(rows):,} rows are longer than the {most:,} tokens that the model was made for (the "
        f"longest has {max(far):,}): set sft.max_length to {most:,}."
    )


def pad_with(tokenizer: "PreTrainedTokenizerBase", end: str, config: "PretrainedConfig") -> None:
    """Have a tokenizer pad with the end of a turn, where it names nothing to pad with that the model knows.

    So it is with many models that others have tuned: a word was added to the tokenizer, and no row to the weights.

    Args:
        tokenizer: Changed in place.
        end: The token that ends an answer.
        config: The model's.
    """
    pad = tokenizer.pad_token_id
    if pad is None or pad >= config.get_text_config().vocab_size:
        tokenizer.pad_token = end
