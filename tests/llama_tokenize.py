"""llama.cpp's tokenizer and its greedy answers, for a Python that has `llama_cpp` and needs nothing of ours.

python tests/llama_tokenize.py -m MODEL.gguf -f PROMPT.txt --ids …      as llama-tokenize does
python tests/llama_tokenize.py -m MODEL.gguf --jinja MESSAGES.json      the tokens of a conversation, by its template
python tests/llama_tokenize.py -m MODEL.gguf --greedy IDS.json          what the model says to tokens, 24 or fewer
"""

import json
import sys
from pathlib import Path
from typing import Any

import llama_cpp
from llama_cpp.llama_chat_format import Jinja2ChatFormatter


def main(model: str, kind: str, path: str) -> None:
    opened = llama_cpp.Llama(model, vocab_only=kind != "--greedy", n_ctx=1024, verbose=False)
    content: Any = Path(path).read_bytes() if kind == "-f" else json.loads(Path(path).read_text(encoding="utf-8"))
    if kind == "-f":
        ids = opened.tokenize(
            content, add_bos=bool(llama_cpp.llama_vocab_get_add_bos(opened._model.vocab)), special=True
        )
    elif kind == "--jinja":
        ids = [tokens(opened, messages) for messages in content]
    else:
        ids = [greedy(opened, prompt) for prompt in content]
    sys.stdout.write(json.dumps(ids) + "\n")


def tokens(opened: llama_cpp.Llama, messages: list[dict[str, str]]) -> list[int]:
    names = [opened._model.token_get_text(token) for token in (opened.token_eos(), opened.token_bos())]
    written = Jinja2ChatFormatter(opened.metadata["tokenizer.chat_template"], *names)(messages=messages)
    return opened.tokenize(written.prompt.encode(), add_bos=not written.added_special, special=True)


def greedy(opened: llama_cpp.Llama, prompt: list[int]) -> list[int]:
    said: list[int] = []
    for token in opened.generate(prompt, temp=0, repeat_penalty=1, reset=True):
        said.append(token)
        if len(said) == 24 or llama_cpp.llama_vocab_is_eog(opened._model.vocab, token):
            return said
    return said


if __name__ == "__main__":
    main(*sys.argv[2:5])
