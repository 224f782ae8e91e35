"""The page of a metric's Space: answers and references are pasted in, a line each, and scored."""

from collections.abc import Callable, Sequence
from typing import Any

from roleinstruct.errors import ConfigError, RoleInstructError
from roleinstruct.metrics.score import Score

__all__ = ["page", "scored"]

Measure = Callable[[Sequence[str], Sequence[Sequence[str]]], Score]


def scored(measure: Measure, predictions: str, references: str) -> dict[str, Any]:
    """Score what was pasted.

    Args:
        measure: The metric.
        predictions: An answer a line; empty lines do not count.
        references: In the same order; several for one answer with " || " between them.

    Raises:
        ConfigError: There is nothing, or not as many lines of the one as of the other.
    """
    answers = [line.strip() for line in predictions.splitlines() if line.strip()]
    targets = [[one.strip() for one in line.split("||")] for line in references.splitlines() if line.strip()]
    if not answers or len(answers) != len(targets):
        raise ConfigError(
            f"there are {len(answers)} answers and {len(targets)} lines of references: paste one line of each an item."
        )
    return measure(answers, targets).as_json()


def page(measure: Measure, title: str, about: str) -> Any:  # noqa: ANN401 - a gradio.Blocks, which is imported late
    """The page, not yet launched; needs the package gradio."""
    import gradio

    def told(predictions: str, references: str) -> dict[str, Any]:
        try:
            return scored(measure, predictions, references)
        except RoleInstructError as error:
            raise gradio.Error(str(error)) from error

    return gradio.Interface(
        told,
        [
            gradio.Textbox(label="Answers, one a line", lines=6),
            gradio.Textbox(label="References, with || between", lines=6),
        ],
        gradio.JSON(label="Score"),
        title=title,
        description=about,
        flagging_mode="never",
        api_name="score",
        analytics_enabled=False,
    )
