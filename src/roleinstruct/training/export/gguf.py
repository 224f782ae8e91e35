"""A GGUF file by llama.cpp's own converter, where that is installed, and what the file says held against the training.

The converter is no part of this package: it is convert_hf_to_gguf.py of https://github.com/ggml-org/llama.cpp.
"""

import json
import math
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from roleinstruct.errors import ConfigError, ExportError
from roleinstruct.training.export.chat_template import served_template
from roleinstruct.training.export.gguf_file import GgufFile
from roleinstruct.training.export.merging import write_merged
from roleinstruct.training.export.opening import Adapter
from roleinstruct.training.export.parity import Parity, compare_prompts
from roleinstruct.training.export.staging import staged
from roleinstruct.training.rendering import prompt_text

__all__ = ["OUTTYPES", "export_gguf", "find_converter", "write_gguf"]

OUTTYPES = ("auto", "f32", "f16", "bf16", "q8_0")
"""The types of weights that the converter writes; "auto" is that of the model."""


def find_converter(llama_cpp: Path | None) -> Path | None:
    """llama.cpp's converter: in a folder that was named, else on the PATH; None where there is none and none was named.

    Raises:
        ConfigError: It is not in the folder.
    """
    if llama_cpp is None:
        found = shutil.which(_CONVERTER)
        return Path(found) if found else None
    if not (llama_cpp / _CONVERTER).is_file():
        raise ConfigError(f"{llama_cpp} holds no {_CONVERTER}: name the folder of a copy of llama.cpp's repository.")
    return llama_cpp / _CONVERTER


def export_gguf(adapter: Adapter, out: Path, llama_cpp: Path | None = None, outtype: str = "auto") -> Parity:
    """Write a folder with model.gguf for llama.cpp and what is built on it.

    Args:
        adapter: See `opening.open_adapter`.
        out: A folder that does not exist yet, or is empty.
        llama_cpp: The folder of llama.cpp; None to look on the PATH.
        outtype: One of `OUTTYPES`.

    Raises:
        ConfigError: There is no converter, the adapter does not fit its base, or `out` is not free.
        ExportError: The converter fails, or the file would be asked otherwise than was trained; `out` stays empty.
    """
    converter = find_converter(llama_cpp)
    if converter is None:
        raise ConfigError(
            f"llama.cpp's {_CONVERTER} is not on the PATH, and it is what writes GGUF: get llama.cpp "
            "(git clone https://github.com/ggml-org/llama.cpp) and name its folder with --llama-cpp."
        )
    with staged(out, adapter.sources) as folder:
        parity = write_gguf(adapter, folder, converter, outtype)
        parity.write(folder)
    return parity


def write_gguf(adapter: Adapter, folder: Path, converter: Path, outtype: str) -> Parity:
    """Merge, convert and compare; see `export_gguf`."""
    with TemporaryDirectory(prefix=".merged-", dir=folder.parent) as beside:
        merged = Path(beside) / adapter.folder.resolve().name  # what the file will call itself
        parity = write_merged(adapter, merged)
        _say_whether_bos(adapter, merged)
        _convert(merged, folder / "model.gguf", converter, outtype)
    parity.export = "gguf"
    file = _as_trained(GgufFile.read(folder / "model.gguf"), parity.stop_ids[0])
    file = _as_configured(file, adapter.base_config, parity.notes)
    _expect_same_vocabulary(file, adapter)
    tokenize = _tokenizer(file.path, converter)
    if tokenize:
        parity.prompts["llama.cpp"] = compare_prompts(
            adapter, lambda one: tokenize(prompt_text(one.messages, adapter.tokenizer)), "llama.cpp"
        )
    else:
        parity.not_compared.append(
            "the tokens that llama.cpp itself makes, since llama-tokenize is neither in its build/bin nor on the PATH; "
            "the vocabulary, the chat template, the stop tokens and the beginning-of-text token were."
        )
    parity.not_compared.append("logits of the GGUF file: the weights were compared before they were converted.")
    return parity


_CONVERTER = "convert_hf_to_gguf.py"
_KEY = "tokenizer.ggml.{}"


def _say_whether_bos(adapter: Adapter, merged: Path) -> None:
    """Write down whether the tokenizer adds a beginning-of-text token, so that the GGUF says so, which can be changed.

    The training's prompts have theirs from the template; added once more by llama.cpp it would stand there twice.
    """
    path = merged / "tokenizer_config.json"
    words: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    bos = adapter.tokenizer.bos_token_id
    adds = bos is not None and adapter.tokenizer("x")["input_ids"][:1] == [bos]
    path.write_text(json.dumps({"add_bos_token": adds, **words}, ensure_ascii=False, indent=2), encoding="utf-8")


def _convert(merged: Path, file: Path, converter: Path, outtype: str) -> None:
    command = [sys.executable, str(converter), str(merged), "--outfile", str(file), "--outtype", outtype]
    ran = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if ran.returncode or not file.is_file():
        said = [line for line in ran.stderr.splitlines() if line.strip()]
        raise ExportError(
            f"{converter} does not convert this model ({said[-1].strip() if said else ran.returncode}): take a model "
            "and tokenizer that llama.cpp knows, or a newer llama.cpp; nothing was exported."
        )


def _as_trained(file: GgufFile, end: int) -> GgufFile:
    """Have it add nothing around a prompt, and stop where answers ended in training."""
    for key in (_KEY.format("add_bos_token"), _KEY.format("add_eos_token")):
        if file.words.get(key):
            file = file.put(key, 0)
    if _KEY.format("add_bos_token") not in file.words:
        raise ExportError(
            f"{file.path.name} does not say whether a beginning-of-text token is added: update llama.cpp."
        )
    if end not in _stops(file):
        if _KEY.format("eos_token_id") not in file.words:
            raise ExportError(f"{file.path.name} names no token that ends an answer: give the tokenizer an eos_token.")
        file = file.put(_KEY.format("eos_token_id"), end)
    return file


def _as_configured(file: GgufFile, config: Any, notes: list[str]) -> GgufFile:  # noqa: ANN401 - of many classes
    """Have it compute with the base's own numbers.

    For GLM in the form of transformers, the converter of 2026 looks for those of ChatGLM, which are not there, and
    writes a constant: an epsilon 64 times too large, a base of rotary positions that is another, and a context that is
    as long as the model is wide.
    """
    rotary = getattr(config, "rope_parameters", None)
    said = {
        "attention.layer_norm_rms_epsilon": getattr(config, "rms_norm_eps", None),
        "rope.freq_base": rotary.get("rope_theta") if isinstance(rotary, dict) else None,
        "context_length": getattr(config, "max_position_embeddings", None),
    }
    for name, value in said.items():
        key = f"{file.words.get('general.architecture')}.{name}"
        if value is not None and key in file.words and not math.isclose(file.words[key], value, rel_tol=1e-6):
            notes.append(
                f"llama.cpp's converter wrote {key} {file.words[key]:g}, which was set to the base's {value:g}."
            )
            file = file.put(key, value)
    return file


def _stops(file: GgufFile) -> set[int]:
    """The tokens at which llama.cpp stops for certain: others it knows by their names."""
    keys = (_KEY.format(f"{name}_token_id") for name in ("eos", "eot", "eom"))
    return {file.words[key] for key in keys if key in file.words}


def _expect_same_vocabulary(file: GgufFile, adapter: Adapter) -> None:
    tokens, own = file.words[_KEY.format("tokens")], adapter.tokenizer.get_vocab()
    spaced = [token.replace("\u2581", " ") for token in tokens]  # the converter writes added tokens so
    other = {
        name: number
        for name, number in own.items()
        if number >= len(tokens) or name.replace("\u2581", " ") != spaced[number]
    }
    if other:
        name, number = next(iter(other.items()))
        there = repr(tokens[number]) if number < len(tokens) else "nothing"
        raise ExportError(f"token {number} of {file.path.name} is {there} where the training has {name!r}.")
    if file.words.get("tokenizer.chat_template") != served_template(adapter):
        raise ExportError(f"{file.path.name} holds another chat template than that of the training: update llama.cpp.")


def _tokenizer(model: Path, converter: Path) -> Callable[[str], list[int]] | None:
    """llama.cpp's own tokenizer, where its llama-tokenize is installed."""
    beside = converter.resolve().parent
    places = [str(beside / "build" / "bin"), str(beside)]
    program = next(filter(None, (shutil.which("llama-tokenize", path=place) for place in [*places, None])), None)
    if program is None:
        return None

    def tokens(text: str) -> list[int]:
        with TemporaryDirectory() as folder:
            prompt = Path(folder) / "prompt.txt"
            prompt.write_bytes(text.encode())
            command = [program, "-m", str(model), "-f", str(prompt), "--ids", "--no-escape", "--log-disable"]
            ran = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        if ran.returncode:
            raise ExportError(f"{program} fails on the exported model: {ran.stderr.strip()[-200:]}")
        ids: list[int] = json.loads(ran.stdout.strip().splitlines()[-1])
        return ids

    return tokens
