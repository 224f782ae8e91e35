"""How a model is told which emotion to answer with, in training and whenever somebody wants one."""

from collections.abc import Sequence
from typing import Literal

from roleinstruct.emotions import Emotion
from roleinstruct.prompting import Prompt, read_prompt
from roleinstruct.records import Message

__all__ = ["asking_for"]


def asking_for(
    prompt: Sequence[Message], emotion: Emotion, language: str, how: Literal["tag", "system"]
) -> tuple[Message, ...]:
    """A prompt that asks for an emotion; one whose answer may have any is left as it is.

    The word stands in what the model is told and never in the answer: there, it would be scored with the answer, and
    nobody could choose it.

    Args:
        prompt: A system prompt, and turns that end with the user's.
        emotion: To answer with.
        language: "zh" or "en", of the words.
        how: "tag": a tag in a line of its own after the last thing that the user says. "system": a sentence at the end
            of the system prompt.
    """
    place = -1 if how == "tag" else 0
    said = list(prompt)
    words = _words(language)[how].user(emotion=emotion.zh if language == "zh" else emotion.value)
    said[place] = Message(said[place].role, f"{said[place].content}\n{words}")
    return tuple(said)


def _words(language: str) -> dict[str, Prompt]:
    found = read_prompt("roleinstruct.dataset", "emotion", language)
    return {"tag": Prompt("", found.system), "system": Prompt("", found.template)}
