"""Writes a model of one megabyte for llama.cpp; runs in a Python that has `gguf` and `numpy` and needs nothing of ours.

    python tests/tiny_gguf.py MODEL.gguf

It has the shape of a Llama and knows nothing: attention and feed-forward are zero, so that the next token depends on
the last one alone, by random numbers that lean towards short numbers, short lists and the digit 1. Whatever it says
that is JSON, it says because the server holds it to a schema.
"""

import sys

import gguf
import numpy as np

PIECES = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), *map(chr, range(33, 127)), "\u2581"]
WIDTH = 384
LEANS = [*((str(digit), "\u2581") for digit in range(10)), ('"', "1"), ('"', "]"), ("]", "}"), ("}", "</s>")]
TEMPLATE = (
    "{% for message in messages %}<{{ message['role'] }}>{{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)


def write(path: str) -> None:
    """Write the model."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(16384)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(32)
    writer.add_head_count(4)
    writer.add_head_count_kv(4)
    writer.add_rope_dimension_count(WIDTH // 4)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(PIECES))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(PIECES)
    writer.add_token_scores([-float(number) for number in range(len(PIECES))])
    kinds = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL]
    kinds += [gguf.TokenType.BYTE] * 256
    writer.add_token_types(kinds + [gguf.TokenType.NORMAL] * (len(PIECES) - len(kinds)))
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_chat_template(TEMPLATE)
    for name, tensor in tensors():
        writer.add_tensor(name, np.ascontiguousarray(tensor, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def tensors() -> list[tuple[str, np.ndarray]]:
    """Name and values of each tensor."""
    pieces, following = len(PIECES), np.random.default_rng(0).normal(0, 0.02, (len(PIECES), WIDTH))
    for before, after in LEANS:
        following[PIECES.index(after), PIECES.index(before)] += 0.5
    square, inner = np.zeros((WIDTH, WIDTH)), np.zeros((32, WIDTH))
    made = [("token_embd.weight", np.eye(pieces, WIDTH)), ("output.weight", following)]
    made += [("output_norm.weight", np.ones(WIDTH))]
    made += [(f"blk.0.{name}_norm.weight", np.ones(WIDTH)) for name in ("attn", "ffn")]
    made += [(f"blk.0.attn_{name}.weight", square) for name in ("q", "k", "v", "output")]
    made += [("blk.0.ffn_gate.weight", inner), ("blk.0.ffn_up.weight", inner), ("blk.0.ffn_down.weight", inner.T)]
    return made


if __name__ == "__main__":
    write(sys.argv[1])
