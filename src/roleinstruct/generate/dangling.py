"""Questions that point at something nobody has named: "why did he leave?", "那天你为什么哭？".

Precision before recall: a word that points is only counted where nothing that stands before it can be meant, so that
"你弟弟考上大学，他高兴吗？" passes, and so does much that a reader would stumble over.
"""

import re

from roleinstruct.language import language_of

__all__ = ["dangles"]


def dangles(question: str, character: str) -> bool:
    """Whether a question points at a person, a time or an event that it does not name.

    Args:
        question: As it is put to the character.
        character: Whose name at the beginning is an address, and nobody whom "he" could mean.
    """
    called = re.escape(character)
    asked = re.sub(rf"^\W*(?:{called}|{re.escape(character[-2:])})[，,、：:！!\s]+", "", question.strip())
    return _dangles_in_chinese(asked) if language_of(asked) == "zh" else _dangles_in_english(asked, character)


# Words that name nobody and nothing.
_BARE = re.compile(
    r"(?:[你您我]们?|自己|对于?|关于|和|跟|与|给|让|把|被|为什么|为啥|为何|为|怎么|怎样|如何|什么时候|什么|是不是|是否|是|会不会|会|能不能"
    r"|能|想不想|想|要不要|要|还|也|都|就|又|才|真的?|其实|到底|究竟|有没有|有|没有?|不|曾经|觉得|认为|以为|担心|害怕|怕|喜欢|讨厌|爱|恨"
    r"|知道|记得|记不记得|的|了|过|着|吗|吧|呢|在|当时|后来|之前|以前|之后|然后|那么|最后|一开始|第一次|请问|请|说说|说|告诉|多|很|非常"
    r"|这么|那么|这样|那样|看待|看|评价|相信|原谅|帮|帮助|认识|愿意|打算|可以|应该|一直|总是|现在|今天|昨天|[，,、\s])*"
)
_THIRD = re.compile(r"(?<![其吉维])[他她](?!人|乡|妈的|国|处|日)")
_POINTED = re.compile(
    r"(?:那|这)(?:次|一次|回|一天|天(?!天)|晚|件事|个问题|件东西|场|一刻|个人|个男人|个女人|个孩子)|那个?时候?|此人|这事|那事"
)
_ASKS = re.compile(r"什么|为何|为啥|怎|如何|谁|哪|几|多少|多久|吗|呢|是不是|是否|有没有|会不会|能不能")


def _dangles_in_chinese(question: str) -> bool:
    begins = _BARE.match(question)
    after = begins.end() if begins else 0
    if _THIRD.match(question, after):
        return True
    if not _POINTED.match(question, after):
        return False
    clauses = [clause for clause in re.split(r"[，,。！!；;？?]", question[after:]) if clause.strip()]
    return len(clauses) < 2 or _ASKS.search(clauses[0]) is not None


_HE = re.compile(r"\b(?:he|him|his|she|her|hers)\b", re.IGNORECASE)
_SOMEBODY = re.compile(
    r"\b(?:the|an?|your|my|our|their|this|that|these|those|some|every|each|any|no|another|which|whose|one)\s+[a-z]+"
    r"|\b(?:who|someone|somebody|anyone|anybody|everyone|everybody|mum|mom|mam|nan|dad|grandma|grandpa)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"\b[A-Z][\w'’.-]*")
_NO_NAME = re.compile(r"I(?:['’]\w+)?")
_THAT = re.compile(
    r"^(?:[a-z]+ ){0,6}?(?:that|this) (?:day|night|evening|morning|time|moment|incident|event|matter|thing|person|man"
    r"|woman|guy|fellow)\b(?! (?:when|that|who|you|at|in|on|with|after|before)\b)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[,;.]\s+\w+")


def _dangles_in_english(question: str, character: str) -> bool:
    if (found := _HE.search(question)) and not _somebody(question[: found.start()], character):
        return True
    pointed = _THAT.match(question)
    return bool(
        pointed
        and not _somebody(pointed.group().rpartition(" th")[0], character)
        and not _CLAUSE.search(question, pointed.end())
    )


def _somebody(before: str, character: str) -> bool:
    """Whether somebody is named whom a pronoun may mean; a word that begins a sentence is no name."""
    mine = {part.casefold() for part in re.findall(r"\w+", character)}
    inner = re.sub(r"(?:^|[.?!]\s+)\W*\w+", " ", before)
    named = (word for word in _NAME.findall(inner) if not _NO_NAME.fullmatch(word))
    others = any(re.sub(r"['’]s$", "", word).casefold().strip(".") not in mine for word in named)
    return others or _SOMEBODY.search(before) is not None
