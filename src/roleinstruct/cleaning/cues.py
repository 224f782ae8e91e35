"""Words that show where a conversation begins, where it ends, and what still waits for an answer."""

import re

__all__ = ["asks", "closes", "opens"]

_OPENING = re.compile(
    r"\W*(喂|你好|您好|大家好|嗨|哈喽|哈啰|早安|早上好|早啊|上午好|中午好|下午好|晚上好|好久不见|打扰一下|不好意思打扰|对不起打扰"
    r"|hello\b|hi\b|hey\b|good (morning|afternoon|evening)\b|excuse me\b|long time no see\b|welcome to\b)",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"再见|拜拜|回头见|明天见|待会儿?见|一会儿?见|回见|到时候?见|晚安|慢走|保重|一路顺风|我先走了|先挂了|挂了啊"
    r"|\b(good ?bye|bye|see you|good ?night|take care|farewell)\b",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"[?？]\W*$"
    r"|(吗|呢|么|嘛|没有|没|不)\W*$"
    r"|什么|怎么|怎样|咋|谁|哪|多少|几[点个岁天]|为啥|干嘛|干吗|是不是|有没有|能不能|要不要|会不会|好不好|行不行|对不对|可不可以"
    r"|^\W*(who|what|when|where|why|how|which|do|does|did|is|are|was|were|can|could|will|would|shall|should|may)\b",
    re.IGNORECASE,
)


def opens(text: str) -> bool:
    """Whether the line begins with a greeting or the call of somebody on the telephone."""
    return _OPENING.match(text) is not None


def closes(text: str) -> bool:
    """Whether the line holds a farewell."""
    return _CLOSING.search(text) is not None


def asks(text: str) -> bool:
    """Whether the line is a question, with or without a question mark: subtitles have none.

    Only the last clause counts. It errs towards yes: it costs little to cut elsewhere, and much to cut off an answer.
    """
    clauses = [clause for clause in re.findall(r"[^,，。;；!！.\n]+[?？]*", text) if clause.strip()]
    return bool(clauses) and _ASKING.search(clauses[-1]) is not None
