"""What people are told: the ten labels and the rules, in the words that a model is told them in.

One text for both, so that their agreement says something about the labels and not about two sets of instructions.
"""

import re
from dataclasses import dataclass
from functools import cache

from roleinstruct.emotions import Emotion
from roleinstruct.generate.prompting import prompt

__all__ = ["KEYS", "RULES", "Meaning", "guidelines", "meanings"]

KEYS = {emotion: str((number + 1) % 10) for number, emotion in enumerate(Emotion)}
"""The key of each label: 1 to 9, then 0, as they lie on a keyboard."""

RULES = {
    "zh": (
        "每行恰好选一个标签。",
        "一行里有几种情绪，选最突出的那一种；拿不准，选中立。",
        "依据是说话人在这个语境里说了什么，不是你读了之后的感受，也不评对错。",
        "自己标完之前，不要和别人商量。",
    ),
    "en": (
        "Give every line exactly one label.",
        "If a line shows several emotions, take the most prominent; if you are not sure, take neutral.",
        "Go by what the speaker says in this situation, not by what you feel when you read it, and do not judge it.",
        "Do not talk about lines with other annotators before you are done.",
    ),
}
"""The rules by language, a sentence each."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a label means, in both languages."""

    zh: str
    en: str


@cache
def meanings() -> dict[Emotion, Meaning]:
    """The ten definitions, in the order of the labels; they are those of the prompt "annotate"."""
    chinese, english = (_definitions(prompt("annotate", language).system) for language in ("zh", "en"))
    return {emotion: Meaning(chinese[emotion], english[emotion]) for emotion in Emotion}


def guidelines() -> str:
    """The rules and the definitions as Markdown, Chinese first."""
    parts = []
    for language, title in (("zh", "# 给每句台词标注情绪"), ("en", "# Label the emotion of every line")):
        rules = [f"- {rule}" for rule in RULES[language]]
        labels = [
            f"- **{emotion.zh} {emotion.value}**: {getattr(meaning, language)}"
            for emotion, meaning in meanings().items()
        ]
        parts.append("\n".join((title, "", *rules, "", *labels)))
    return "\n\n".join(parts) + "\n"


def _definitions(system: str) -> dict[str, str]:
    """By label: lines such as "- anger: cross, accusing", in Chinese with the label's Chinese name in brackets."""
    return dict(re.findall(r"^- (\w+)(?:（.*?）)?[:：] ?(.+)$", system, re.MULTILINE))
