"""Whether answers are in the language that they should be in."""

from collections.abc import Sequence

import numpy as np

from roleinstruct.errors import ConfigError
from roleinstruct.language import language_of
from roleinstruct.metrics.pairing import listed
from roleinstruct.metrics.score import Score, score_of
from roleinstruct.metrics.signature import signature

__all__ = ["language_match"]


def language_match(predictions: Sequence[str], expected: str | Sequence[str]) -> Score:
    """The share of answers in the expected language.

    Args:
        predictions: One text an item, 1 or more.
        expected: "zh" or "en", for all answers or one an item; "" where any will do. For the language of the questions:
            `[language_of(question) for question in questions]`.

    Returns:
        The values are 1 or 0. An answer without a word of either language, such as "……" or "42", is in any; one of
        nothing but blanks is in none. There is no floor.

    Raises:
        RecordError: See `listed`.
        ConfigError: It is another language.
    """
    wanted = [expected] * len(predictions) if isinstance(expected, str) else list(expected)
    answers, targets = listed(predictions, wanted)
    if unknown := {language for (language,) in targets} - {"zh", "en", ""}:
        raise ConfigError(f"the language {min(unknown)!r} cannot be told; expected zh or en.")
    values = [
        float(bool(answer.strip()) and (not language or language_of(answer) in (language, "")))
        for answer, (language,) in zip(answers, targets, strict=True)
    ]
    return score_of(np.array(values), signature("language-match", version=_VERSION))


_VERSION = 1
