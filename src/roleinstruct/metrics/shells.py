"""Rouge-L and RPCS as metrics of the package `evaluate`.

The package picks one format for all references by the first of them, and then makes a text of every list: so each item
is given to it as a list of texts, whatever it came as, and what is neither a text nor texts is refused before.
"""

from collections.abc import Sequence
from typing import Any, cast

from datasets import Features, Value
from datasets import Sequence as Several
from evaluate import Metric, MetricInfo

from roleinstruct.encoders.encoder import Encoder
from roleinstruct.encoders.load import load_encoder
from roleinstruct.metrics.pairing import References, listed
from roleinstruct.metrics.rouge_l import rouge_l
from roleinstruct.metrics.rpcs import rpcs
from roleinstruct.metrics.score import Score

__all__ = ["RPCS", "RougeL"]

_INPUTS = """
Args:
    predictions: One text an item, 1 or more.
    references: One text an item, or a list of texts, which may differ in number.
"""


class _Answers(Metric):  # type: ignore[misc]  # the library ships no types
    """What the two have in common: how answers and references are taken in."""

    def add_batch(
        self, *, predictions: Sequence[str] | None = None, references: References | None = None, **others: object
    ) -> None:
        """Add answers with their references."""
        answers, targets = listed(() if predictions is None else predictions, () if references is None else references)
        super().add_batch(predictions=answers, references=[list(some) for some in targets], **others)

    def add(
        self,
        *,
        prediction: str | None = None,
        reference: str | Sequence[str] | None = None,
        predictions: str | None = None,
        references: str | Sequence[str] | None = None,
    ) -> None:
        """Add one answer with its reference or references; either word will do, as `combine` uses the plural."""
        one = prediction if predictions is None else predictions
        wanted = reference if references is None else references
        answers, targets = listed(cast("list[str]", [one]), cast("list[str]", [wanted]))  # which refuses None
        super().add(prediction=answers[0], reference=list(targets[0]))

    def _described(self, description: str, citation: str) -> MetricInfo:
        return MetricInfo(
            description=description,
            citation=citation,
            inputs_description=_INPUTS,
            features=Features({"predictions": Value("string"), "references": Several(Value("string"))}),
        )


class RougeL(_Answers):
    """Rouge-L that works in Chinese; `compute` takes what `rouge_l` takes."""

    def _info(self) -> MetricInfo:
        return self._described(
            "Rouge-L by character for Chinese and by word for other scripts, with an interval and a signature.",
            "Lin 2004, ROUGE: A Package for Automatic Evaluation of Summaries.",
        )

    def _compute(self, *, predictions: Sequence[str], references: References, **settings: Any) -> dict[str, Any]:  # noqa: ANN401 - those of `rouge_l`
        return _result("rougeL", rouge_l(predictions, references, **settings))


class RPCS(_Answers):
    """Cosine of embeddings; `compute` takes what `rpcs` takes.

    Args:
        config_name: As every metric has it.
        encoder: An encoder, or one by its name, see `load_encoder`; `compute` takes another, which then stays.
        given: What else every metric has.
    """

    def __init__(
        self,
        config_name: str | None = None,
        *,
        encoder: str | Encoder = "ngrams",
        **given: Any,  # noqa: ANN401 - those of `Metric`
    ) -> None:
        super().__init__(config_name, **given)
        self._encoder = encoder

    def _info(self) -> MetricInfo:
        return self._described(
            "Cosine of the embeddings of answer and reference, with an interval, a floor and a signature.",
            "Tao et al. 2024, RoleCraft-GLM, section 4.1.",
        )

    def _compute(
        self,
        *,
        predictions: Sequence[str],
        references: References,
        encoder: str | Encoder | None = None,
        **settings: Any,  # noqa: ANN401 - those of `rpcs`
    ) -> dict[str, Any]:
        if encoder is not None:
            self._encoder = encoder
        if isinstance(self._encoder, str):
            self._encoder = load_encoder(self._encoder)
        return _result("rpcs", rpcs(predictions, references, encoder=self._encoder, **settings))


def _result(name: str, score: Score) -> dict[str, Any]:
    found = score.as_json()
    return {name: found.pop("value"), **found}
