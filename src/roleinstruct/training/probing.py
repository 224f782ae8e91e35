"""Answers of a model while it is trained: a few to be read, and Rouge-L over a small part of the validation rows."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from roleinstruct.metrics.rouge_l import rouge_l
from roleinstruct.records import Example
from roleinstruct.training.encoding import prompt_ids

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

__all__ = ["Probe", "Said", "probe_of"]


@dataclass(frozen=True, slots=True)
class Said:
    """What a model said to the questions of a probe.

    Attributes:
        answers: One a question.
        rouge_l: F by character against the validation answers, 0 to 1.
    """

    answers: tuple[str, ...]
    rouge_l: float


@dataclass(frozen=True, slots=True)
class Probe:
    """Questions that are asked again and again; the answers are greedy, so that they change with the weights alone.

    Attributes:
        examples: Where the questions and the reference answers are from.
        prompts: The questions as tokens.
        ends: The tokens that end an answer.
        tokenizer: That reads what is said; what it pads with fills up.
        limit: The most tokens of an answer.
    """

    examples: tuple[Example, ...]
    prompts: tuple[tuple[int, ...], ...]
    ends: tuple[int, ...]
    tokenizer: "PreTrainedTokenizerBase"
    limit: int

    def ask(self, model: Any) -> Said:  # noqa: ANN401 - PEFT's, or FSDP's of it
        """Have the model answer; no random number is drawn, and the model is as it was afterwards."""
        answers = tuple(
            str(self.tokenizer.decode(tokens, skip_special_tokens=True)).strip() for tokens in self._spoken(model)
        )
        references = [example.completion.content for example in self.examples]
        return Said(answers, rouge_l(answers, references, floor=False).value)

    def _spoken(self, model: Any) -> list[list[int]]:  # noqa: ANN401
        import torch

        width = max(map(len, self.prompts))
        pad = self.tokenizer.pad_token_id if self.tokenizer.pad_token_id is not None else self.ends[0]
        tokens = torch.tensor([[pad] * (width - len(prompt)) + list(prompt) for prompt in self.prompts])
        mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in self.prompts])
        was_training = model.training
        model.eval()
        with torch.no_grad(), torch.random.fork_rng(), _bare_generation(model):
            out = model.generate(
                input_ids=tokens.to(model.device),
                attention_mask=mask.to(model.device),
                max_new_tokens=self.limit,
                do_sample=False,
                pad_token_id=pad,
                eos_token_id=list(self.ends),
            )
        model.train(was_training)
        return [_until(answer, self.ends) for answer in out[:, width:].tolist()]


def probe_of(
    validation: Sequence[Example], tokenizer: "PreTrainedTokenizerBase", ends: Sequence[int], *, room: int
) -> Probe | None:
    """The questions of a probe, the same ones whatever else is in the validation rows; None where there are none.

    Args:
        validation: What to choose from; answers in character come first.
        tokenizer: With the template.
        ends: The tokens that end an answer.
        room: The most tokens that a prompt and its answer may have together.
    """
    fit: list[tuple[Example, tuple[int, ...]]] = []
    for example in sorted(validation, key=lambda example: (not example.character, _draw(example))):
        prompt = prompt_ids(example.prompt, tokenizer)
        if len(prompt) + _LONGEST <= room:
            fit.append((example, prompt))
        if len(fit) == _SLICE:
            break
    if not fit:
        return None
    wanted = (len(tokenizer(example.completion.content)["input_ids"]) for example, _ in fit)
    return Probe(
        tuple(example for example, _ in fit),
        tuple(prompt for _, prompt in fit),
        tuple(sorted(ends)),
        tokenizer,
        min(_LONGEST, 2 * max(wanted)),
    )


@contextmanager
def _bare_generation(model: Any) -> Iterator[None]:  # noqa: ANN401
    """Leave out what the model's own configuration says of sampling: the answers are to be greedy and unadorned."""
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    before = base.generation_config
    base.generation_config = type(before)()
    try:
        yield
    finally:
        base.generation_config = before


def _until(answer: list[int], ends: tuple[int, ...]) -> list[int]:
    return answer[: next((place for place, token in enumerate(answer) if token in ends), None)]


def _draw(example: Example) -> bytes:
    return hashlib.blake2b(example.id.encode(), digest_size=8).digest()


_SLICE = 16
"""Validation rows that Rouge-L is taken over: a batch that is answered in seconds."""

_LONGEST = 128
"""Tokens of an answer."""
