"""What is wrong with an answer to a general instruction, and how to tell the model.

Precision before recall, as in `echoes`: a person may apologise, know nothing, or take up a foreign word; what is caught
is the voice of a machine.
"""

import re
from collections.abc import Collection
from types import MappingProxyType

from roleinstruct.generate.echoes import takes_over
from roleinstruct.generate.wording import size
from roleinstruct.language import language_of
from roleinstruct.machine import speaks_as_machine

__all__ = ["COMPLAINTS", "fault_in_character", "fault_of_neutral", "is_in_another_language", "refuses"]

COMPLAINTS = MappingProxyType(
    {
        "": "",
        "empty_answer": "the answer is empty: say something.",
        "ai_self_reference": "the answer speaks of being a machine or of playing a role: be the person, nothing else.",
        "prompt_echo": "the answer repeats the question, the description or the samples: say it in other words.",
        "refusal": "the answer refuses: answer as well as can be.",
        "wrong_language": "the answer is in the wrong language: use that of the question.",
    }
)
"""By the name of a fault, which is the reason of a rejected answer: what the model is told."""


def fault_in_character(answer: str, question: str, shown: str, language: str) -> str:
    """The fault of an answer in character, one of `COMPLAINTS`; "" for none.

    Args:
        answer: As the model gave it.
        question: What it answers.
        shown: Description and samples, as `echoes.plain` gives them.
        language: The character's, "zh" or "en". An answer may be in the question's language too: a Chinese character
            who is asked in English may answer in either.
    """
    if answer.strip() and speaks_as_machine(answer, question):
        return "ai_self_reference"
    fault = _common(answer, question, {language, language_of(question)})
    if not fault and takes_over(answer, question, shown):
        return "prompt_echo"
    return fault


def fault_of_neutral(answer: str, question: str) -> str:
    """The fault of an answer that nobody in particular gives; a machine may call itself one, but has to answer."""
    return _common(answer, question, {language_of(question)})


def refuses(answer: str) -> bool:
    """Whether an answer is nothing but a refusal, in the words of a service.

    A person who is sorry and cannot help says what the matter is; a service says that it cannot provide, and stops or
    names its rules.
    """
    found = _REFUSAL.match(answer.strip(" \n\"'“”‘’*"))
    if found is None:
        return False
    rest = answer.strip()[found.end() :]
    after = _SENTENCE_END.split(rest, maxsplit=1)[1:]  # what follows the sentence that refuses
    return size("".join(after)) <= _A_FEW_WORDS or bool(_RULES.search(rest) or _OFFER.search(rest))


def is_in_another_language(answer: str, question: str, languages: Collection[str]) -> bool:
    """Whether an answer is in none of some languages; a word or two are in any, and so are code and a translation.

    Args:
        answer: As the model gave it.
        question: What it answers.
        languages: "zh", "en", or "" for a question without words, which may be answered in any.
    """
    found = language_of(answer)
    if not found or "" in languages or found in languages or size(answer) < _WORDS:
        return False
    return not _FOREIGN.search(question)


_A_FEW_WORDS = 30
_WORDS = 6

_SENTENCE_END = re.compile(r"[。！？!?\n]|\.(?=\s|$)")

_REFUSAL = re.compile(
    r"(?:(?:非常|很|十分|真的?)?(?:抱歉|对不起|遗憾|不好意思)[，,。！!\s]*(?:但是?|可是?)?[，,\s]*)"
    r"(?:我|本人|这个问题我)?(?:暂时|目前|恐怕|实在|真的)?(?:无法|不能|没有办法|没办法)(?:为您|为你|给您|给你|向您|向你|就此|对此)?"
    r"(?:继续)?(?:回答|提供|协助|帮助|满足|完成|继续|讨论|生成|处理|参与|执行|给出)"
    r"|我(?:无法|不能)(?:为您|为你|给您|给你|就此|对此)?(?:回答这|提供这|提供相关|提供此|协助|满足|完成这个请求|讨论这|生成)"
    r"|(?:I(?:['’]m| am) (?:very |really |so )?sorry|(?:I |my )?apologi(?:es|[sz]e)|sorry|unfortunately)\b[,.!;:]?\s*"
    r"(?:but|that|however)?[,\s]*I(?:['’]m| am)? ?"
    r"(?:cannot|can['’]t|can not|am unable to|unable to|not able to|won['’]t)"
    r" (?:assist|help (?:with|you with) (?:that|this)|provide|fulfil|comply|continue|answer (?:that|this)|generate"
    r"|create|engage|discuss|complete|do that|respond|process)"
    r"|I (?:cannot|can['’]t|am unable to|['’]m unable to|am not able to) "
    r"(?:assist with|help with (?:that|this)|provide|fulfil|comply|answer that|generate|engage|discuss)",
    re.IGNORECASE,
)
_RULES = re.compile(
    r"政策|准则|规定|违反|违规|不适当|不恰当|不合适|敏感|法律法规|guideline|polic(?:y|ies)|inappropriate|harmful"
    r"|against my|violat",
    re.IGNORECASE,
)
_OFFER = re.compile(
    r"其他(?:问题|方面)|别的问题|还有什么(?:可以|能)帮|anything else|other questions?|something else", re.IGNORECASE
)
_FOREIGN = re.compile(
    r"翻译|译成|译为|英文|英语|中文|汉语|外语|双语|日语|法语|translat|English|Chinese|Mandarin|language|bilingual|French"
    r"|Spanish|German|代码|函数|程序|编程|\bcode\b|\bfunction\b|Python|Java|SQL|HTML",
    re.IGNORECASE,
)


def _common(answer: str, question: str, languages: Collection[str]) -> str:
    if not answer.strip():
        return "empty_answer"
    if refuses(answer):
        return "refusal"
    return "wrong_language" if is_in_another_language(answer, question, languages) else ""
