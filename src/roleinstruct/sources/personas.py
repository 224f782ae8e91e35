"""Whom the system text of a chat makes of the assistant, where it says so plainly, as in "You are Nadia, an agent"."""

import re
from dataclasses import dataclass

from roleinstruct.sources.roles import is_chat_role

__all__ = ["Persona", "persona_of"]


@dataclass(frozen=True, slots=True)
class Persona:
    """What a system text says of the assistant.

    Attributes:
        name: Who the assistant is.
        text: What it says besides, or "".
    """

    name: str
    text: str


def persona_of(text: str) -> Persona | None:
    """Read the persona off the front of a system text; None where it names nobody.

    "You are a patient agent" and 你是修鞋匠 say what somebody is and not who. So a name has capitals, or is no Chinese
    word for a trade, and ends the clause; or "named" or 名叫 stands in front of it.

    Examples:
        >>> persona_of("You are Nadia, a patient agent. Be kind.")
        Persona(name='Nadia', text='a patient agent. Be kind.')
        >>> persona_of("你是一个名叫老杨头的修鞋匠。").name
        '老杨头'
        >>> persona_of("You are a helpful assistant.")
    """
    for pattern in _PLAIN:
        match = pattern.match(text.lstrip())
        if match and not is_chat_role(match["name"]) and not _TRADE.fullmatch(match["name"]):
            return Persona(match["name"], text.lstrip()[match.end("front") :].strip().lstrip(",.;，。； "))
    return None


_WORD = r"[A-Z][\w'’-]*"
_LATIN = rf"(?:(?:Mr|Mrs|Ms|Dr|St)\.? )?(?!(?:An?|The|My|Your|One)\b){_WORD}(?: (?:of |de |van |von )?{_WORD}){{0,3}}"
_HAN = r"(?![一这那我你他她它谁])[\u3400-\u9fff·]{2,8}"
_ENDS = r"\s*(?:[,.;:!(—–\n，。；：！（、]|$|who\b|from\b|and you\b)"
_YOU = r"(?:from now on,? |now,? )?you are (?:now )?"
_NI = r"(?:从现在(?:开始|起)[，,]?)?(?:请你?)?"
_PLAIN = (
    re.compile(rf"(?P<front>(?:(?i:{_YOU})|[Yy]our name is )(?P<name>{_LATIN}))(?={_ENDS})"),
    re.compile(rf"(?P<front>(?i:{_YOU}))(?:an?|the) [^.;:\n]{{1,80}}? (?:named|called) (?P<name>{_LATIN})"),
    re.compile(
        rf"(?P<front>{_NI}(?:你?(?:现在)?(?:就?是|叫|扮演)|你的名字(?:是|叫))\s?(?P<name>{_HAN}|{_LATIN}))(?={_ENDS})"
    ),
    re.compile(
        rf"(?P<front>{_NI}你(?:现在)?是)[^，。；\n]{{1,40}}?(?:名叫|名为|叫做)(?P<name>{_HAN}?|{_LATIN})(?=的|{_ENDS})"
    ),
)
_TRADE = re.compile(
    r".*\b(?:(?i:assistant|expert|developer|engineer|teacher|tutor|coach|agent|bot|chatbot|model|writer|doctor|nurse"
    r"|specialist|analyst|consultant|advisor|generator|helper|ai))"
    r"|.*的.*|.*[员家者匠工人]|.*(?:(?<![老律])师|助手|助理|客服|模型|智能|系统|顾问|角色|学生|朋友|专业|AI)"
    r"|(?:..+)?(?:医生|护士|教授|律师|老师|老板|经理|警官)"
)
