"""Answers of a model on this machine: a base model of transformers, alone or with a LoRA adapter on it."""

import hashlib
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roleinstruct.errors import ConfigError, needs_extra
from roleinstruct.evaluation.responses import Query, Response, spoken
from roleinstruct.evaluation.sampling import Sampling, TokenDraws
from roleinstruct.training.fetching import damaged_file, hub_words, keeping_hub_quiet

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["LocalModel", "batches_of", "weights_of"]


class LocalModel:
    """A model that is loaded, in the type its weights are saved in on GPUs, in float32 on a CPU.

    Args:
        base: A folder, or a name on the Hub; "" for the one that the adapter names.
        adapter: Likewise, of PEFT; "" for the base alone.

    Attributes:
        base: The base that was loaded.

    Raises:
        MissingExtraError: torch, transformers, accelerate or, for an adapter, peft is not installed.
        ConfigError: There is no such model, it needs code of its own, or it brings no chat template.
    """

    def __init__(self, base: str = "", adapter: str = "") -> None:
        _expect_there(base, adapter)
        needs_extra("train", "torch", "transformers", "accelerate", *(["peft"] if adapter else []))
        from safetensors import SafetensorError

        try:
            with _without_bars(), keeping_hub_quiet():
                self.base, self._model, self._tokenizer = _loaded(base, adapter)
        except (OSError, ValueError, ImportError, SafetensorError) as error:  # the last of a file that is cut off
            raise ConfigError(f"{adapter or base} cannot be loaded {_because(error, base, adapter)}.") from error
        if not self._tokenizer.chat_template:
            raise ConfigError(
                f"the tokenizer of {adapter or base} brings no chat template, so that nobody knows how it wants to be "
                "asked: put a chat_template.jinja into its folder, that of the training."
            )
        self._model.eval()
        self._limit: int | None = getattr(self._model.config, "max_position_embeddings", None)
        self._ends = _ends(self._model, self._tokenizer)
        self._pad = next((n for n in (self._tokenizer.pad_token_id, *self._ends) if n is not None), 0)
        self._model.generation_config = type(self._model.generation_config)()  # penalties of its own are no part of it

    @property
    def dtype(self) -> str:
        """The type of its weights, such as "bfloat16"."""
        return str(self._model.dtype).removeprefix("torch.")

    def tokens_of(self, query: Query) -> list[int]:
        """The prompt as the model's chat template writes it.

        Raises:
            ConfigError: The template refuses it, as those do that know no system prompt.
        """
        from jinja2 import TemplateError

        told = [{"role": message.role, "content": message.content} for message in query.messages]
        try:
            # Templates of models that think know the last argument; the others do not look at it.
            text = self._tokenizer.apply_chat_template(
                told, add_generation_prompt=True, tokenize=False, enable_thinking=False
            )
        except TemplateError as error:
            raise ConfigError(f"the model's chat template refuses a system prompt and a question ({error}).") from error
        tokens: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        return tokens

    def answer(self, queries: Sequence[Query], sampling: Sampling) -> list[Response]:
        """Answer questions side by side; a prompt that leaves no room for an answer is refused."""
        prompts = {number: self.tokens_of(query) for number, query in enumerate(queries)}
        fit = {n: p for n, p in prompts.items() if self._limit is None or len(p) + sampling.max_tokens <= self._limit}
        seeds = [queries[number].seed(sampling.seed) for number in fit]
        said = iter(self._generated(list(fit.values()), seeds, sampling) if fit else ())
        return [self._response(next(said)) if n in fit else Response("", refusal=_NO_ROOM) for n in prompts]

    def _generated(self, prompts: Sequence[list[int]], seeds: Sequence[int], sampling: Sampling) -> "Tensor":
        """The new tokens: (prompts, at most `max_tokens`)."""
        import torch

        width = max(map(len, prompts))
        padded = torch.tensor([[self._pad] * (width - len(prompt)) + prompt for prompt in prompts])
        mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts])
        # The draws leave one token with a score, and the greedy choice takes it.
        with torch.inference_mode():
            out: Tensor = self._model.generate(
                padded.to(self._model.device),
                attention_mask=mask.to(self._model.device),
                max_new_tokens=sampling.max_tokens,
                do_sample=False,
                pad_token_id=self._pad,
                eos_token_id=self._ends,
                logits_processor=[TokenDraws(sampling, seeds)],
            )
        return out[:, width:].cpu()

    def _response(self, tokens: "Tensor") -> Response:
        said = tokens.tolist()
        end = next((place for place, token in enumerate(said) if token in self._ends), None)
        return Response(spoken(self._tokenizer.decode(said[:end], skip_special_tokens=True)), end is None)


def batches_of(model: LocalModel, queries: Sequence[Query], size: int) -> Iterator[list[Query]]:
    """All questions, those of like length together: the same batches whichever of them have been answered before."""
    lengths = {number: len(model.tokens_of(query)) for number, query in enumerate(queries)}
    order = sorted(lengths, key=lambda number: (lengths[number], number))
    for begin in range(0, len(order), size):
        yield [queries[number] for number in order[begin : begin + size]]


def weights_of(adapter: str) -> str:
    """What an adapter's weights are known by, 16 hexadecimal digits; "" where it does not lie on this machine."""
    files = sorted(Path(adapter).glob("adapter_*"))
    if not files:
        return ""
    digest = hashlib.sha256()
    for path in files:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _loaded(base: str, adapter: str) -> tuple[str, Any, Any]:
    """The base's name, model and tokenizer, the adapter's own where it has one: its template was trained with."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    is_on_gpu = torch.cuda.is_available()
    where: dict[str, Any] = {"dtype": "auto", "device_map": "auto"} if is_on_gpu else {"dtype": torch.float32}
    if not adapter:
        reach = hub_words(base)
        return (
            base,
            AutoModelForCausalLM.from_pretrained(base, **where, **reach),
            AutoTokenizer.from_pretrained(base, **reach),
        )
    from peft import PeftConfig, PeftModel

    base = base or str(PeftConfig.from_pretrained(adapter, **hub_words(adapter)).base_model_name_or_path)
    model: Any = AutoModelForCausalLM.from_pretrained(base, **where, **hub_words(base))
    has_own = not Path(adapter).is_dir() or (Path(adapter) / "tokenizer_config.json").is_file()
    own = adapter if has_own else base
    tokenizer: Any = AutoTokenizer.from_pretrained(own, **hub_words(own))
    if len(tokenizer) > model.get_input_embeddings().num_embeddings:
        model.resize_token_embeddings(len(tokenizer))
    with warnings.catch_warnings():  # peft calls what transformers is about to rename
        warnings.simplefilter("ignore", FutureWarning)
        return base, PeftModel.from_pretrained(model, adapter, **hub_words(adapter)), tokenizer


def _because(error: Exception, base: str, adapter: str) -> str:
    reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
    if damaged := damaged_file(adapter) or damaged_file(base):
        return f"({reason}): {damaged} is cut off or damaged, copy it again"
    return (
        f"({reason}): give the folder or the name on the Hub of a model that transformers knows, or of an adapter "
        "whose base is there (else say where with --base)"
    )


def _expect_there(base: str, adapter: str) -> None:
    """Refuse what is a path of this machine with nothing there, before the Hub is asked for it again and again."""
    for option, name in (("--base", base), ("--adapter", adapter)):
        is_path = name.startswith(("/", ".", "~")) or "\\" in name or name.count("/") > 1
        is_path = is_path or (option == "--adapter" and "/" not in name)  # on the Hub, adapters have an owner
        if name and is_path and not Path(name).is_dir():
            raise ConfigError(f"{name} cannot be loaded (there is no such folder): name one that is there by {option}.")
    folder = Path(adapter)
    if adapter and (folder / "config.json").is_file() and not (folder / "adapter_config.json").is_file():
        raise ConfigError(f"{adapter} holds no adapter_config.json; this is a base model: use --base {adapter}.")


@contextmanager
def _without_bars() -> Iterator[None]:
    """Let transformers draw its progress bars on a terminal alone."""
    from transformers.utils import logging

    bars: Any = logging  # its functions bring no types
    if sys.stderr.isatty() or not bars.is_progress_bar_enabled():
        yield
        return
    bars.disable_progress_bar()
    try:
        yield
    finally:
        bars.enable_progress_bar()


def _ends(model: Any, tokenizer: Any) -> list[int]:  # noqa: ANN401 - of many classes
    """The tokens that end an answer: those that the model names, and the one its template puts behind an answer."""
    named = model.generation_config.eos_token_id
    found = [*(named if isinstance(named, list) else [named]), tokenizer.eos_token_id]
    told = [{"role": "user", "content": "?"}, {"role": "assistant", "content": _MARK}]
    behind = tokenizer.apply_chat_template(told, tokenize=False).rpartition(_MARK)[2]
    after = tokenizer(behind, add_special_tokens=False)["input_ids"]
    found += [token for token in after[:1] if token in tokenizer.all_special_ids]
    return sorted({token for token in found if token is not None})


_MARK = "7319"

_NO_ROOM = "the prompt and the longest answer do not fit into the model's context"
