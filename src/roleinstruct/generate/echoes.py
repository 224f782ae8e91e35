"""What was not written but taken over: from the script, from the question, from the prompt."""

import re
import unicodedata

from roleinstruct.generate.wording import size

__all__ = ["copies", "plain", "takes_over"]


def plain(text: str) -> str:
    """A text as it is compared: letters and digits alone, without case, width and punctuation."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def copies(text: str, source: str) -> bool:
    """Whether a text stands in another word for word; a very short one is alike by chance.

    Args:
        text: As it was written.
        source: As `plain` gives it.
    """
    return size(text) >= _BY_CHANCE and plain(text) in source


def takes_over(answer: str, question: str, prompt: str) -> bool:
    """Whether an answer repeats the whole question, a sentence of the prompt, or a heading out of one.

    Args:
        answer: As the model gave it.
        question: What it answers.
        prompt: What else the model was shown, as `plain` gives it.
    """
    if (heading := _HEADING.search(answer)) and heading.group().strip() not in question:
        return True
    asked = plain(question)
    if size(question) >= _SENTENCE and _begins_with(answer, asked) and not _ASKS_TO_REPEAT.search(question):
        return True
    sentences = (plain(found) for found in _ENDS.split(answer) if size(found) >= _SENTENCE)
    return any(sentence in prompt and sentence not in asked for sentence in sentences)


_BY_CHANCE = 8
_SENTENCE = 12
_ENDS = re.compile(r"[。！？!?\n；;]|(?<=\w)\.(?=\s|$)")
_STARTS = re.compile(r"[。！？!?\n；;：:，,]|\.(?=\s)")
_ASKS_TO_REPEAT = re.compile(
    r"重复|复述|翻译|改写|抄|念[一出]|朗读|读[一出]|原话|repeat|translat|copy|read out|read aloud|rephrase|rewrite",
    re.IGNORECASE,
)
_HEADING = re.compile(
    r"\A[\s>*【]*(?:人物|介绍|问题|规则|Person|Description|Question|Rules|Answer)[ \t*】]*[:：]"
    r"|^[ \t>*【]*(?:(?:用户|助手)(?:指令|提示|提问|输入|回答|回复|问题)?|System|User|Assistant)[ \t*】]*[:：]"
    r"|<\|\w+\|>|\[/?INST\]|\b(?:user|system|assistant) (?:prompt|response|completion)\b|##\s*(?:回答|Answer)",
    re.IGNORECASE | re.MULTILINE,
)


def _begins_with(answer: str, asked: str) -> bool:
    """Whether the question begins a clause of the answer; in the middle of one it may well be taken up."""
    starts = (0, *(found.end() for found in _STARTS.finditer(answer)))
    return asked in plain(answer) and any(plain(answer[start:]).startswith(asked) for start in starts)
