"""What was not written but taken over: from the script, from the question, from the prompt."""

import re
import unicodedata

from roleinstruct.generate.wording import size

__all__ = ["copies", "plain", "speaks_as_machine", "takes_over"]


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
    """Whether an answer holds the whole question, a sentence of the prompt, or a heading out of one.

    Args:
        answer: As the model gave it.
        question: What it answers.
        prompt: What else the model was shown, as `plain` gives it.
    """
    if (heading := _HEADING.search(answer)) and heading.group() not in question:
        return True
    if size(question) >= _SENTENCE and plain(question) in plain(answer) and not _ASKS_TO_REPEAT.search(question):
        return True
    sentences = (found for found in _ENDS.split(answer) if size(found) >= _SENTENCE)
    return any(plain(found) in prompt and plain(found) not in plain(question) for found in sentences)


def speaks_as_machine(answer: str, question: str) -> bool:
    """Whether somebody says to be a program, in words that the question does not hold already."""
    return any(found.group() not in question for found in _MACHINE.finditer(answer))


_BY_CHANCE = 8
_SENTENCE = 12
_ENDS = re.compile(r"[。！？!?\n；;]|(?<=\w)\.(?=\s|$)")
_HEADING = re.compile(
    r"^\s*(?:人物|介绍|问题|规则|回答|Person|Description|Question|Rules|Answer|System|User|Assistant)\s*[:：]"
    r"|<\|\w+\|>|\[/?INST\]|(?:user|system|assistant) prompt|##\s*(?:回答|Answer)",
    re.IGNORECASE | re.MULTILINE,
)
_ASKS_TO_REPEAT = re.compile(
    r"重复|复述|翻译|改写|抄|念|读|原话|repeat|translat|copy|read|rephrase|rewrite", re.IGNORECASE
)

# A trade is none: "作为人工智能专业的学生", "as an AI engineer".
_MACHINE = re.compile(
    r"(?:作为|我(?:只|其实|不过|只不过|毕竟)?(?:是|只是))(?:一个|一名|一位|一款|个)?[^，。！？,.!?]{0,8}?"
    r"(?:(?:大)?语言模型|人工智能(?:助手|模型|程序|助理)?|AI(?:助手|模型|语言模型|程序|助理)?|聊天机器人|虚拟(?:助手|角色|人物))"
    r"(?=[，,。！!？?、；]|$|我|没有|无法|不能|不会)"
    r"|我(?:正在|是在|只是在)(?:扮演|模拟)|我的(?:训练数据|知识截止)"
    r"|\b(?:as|I am|I['’]m)(?: just| only| merely)? an? (?:AI|artificial intelligence|(?:large )?language model|chatbot"
    r"|virtual assistant)(?: model| assistant| language model)?\b(?=[,.!?;]|$| and| so| I\b| that| without)"
    r"|\bmy (?:training data|knowledge cutoff)|\bthe (?:role|character) I(?:['’]m| am) playing",
    re.IGNORECASE,
)
