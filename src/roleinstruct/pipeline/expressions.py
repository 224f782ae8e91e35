"""The ten emotions as expressions: the names of the pictures that SillyTavern shows beside a character's lines."""

from types import MappingProxyType

from roleinstruct.emotions import Emotion

__all__ = ["EXPRESSIONS", "EXPRESSION_OF"]

EXPRESSIONS = tuple(
    "admiration amusement anger annoyance approval caring confusion curiosity desire disappointment disapproval "
    "disgust embarrassment excitement fear gratitude grief joy love nervousness neutral optimism pride realization "
    "relief remorse sadness surprise".split()
)
"""The common 28: the labels of GoEmotions (Demszky et al. 2020), which SillyTavern's expressions are named by."""

EXPRESSION_OF = MappingProxyType(
    {
        Emotion.ANGER: "anger",
        Emotion.DISGUST: "disgust",
        Emotion.FEAR: "fear",
        Emotion.HAPPINESS: "joy",
        Emotion.SADNESS: "sadness",
        Emotion.SURPRISE: "surprise",
        Emotion.NEUTRAL: "neutral",
        Emotion.FRUSTRATION: "disappointment",
        Emotion.EXCITEMENT: "excitement",
        Emotion.OTHER: "neutral",
    }
)
"""The expression for each emotion. Frustration is 沮丧, being let down; "other" is many things, and shows none."""
