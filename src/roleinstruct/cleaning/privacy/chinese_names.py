"""Chinese names in running text, which has no blanks: where the characters of a name are a name, and where a word."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from roleinstruct.cleaning.privacy.wordlists import any_of, words

__all__ = ["ChineseNames", "is_addressed", "is_joint"]

Hit = tuple[int, int, str]


def is_joint(text: str) -> bool:
    """Whether two characters are a common word, so that a name does not begin or end between them."""
    return text in words("joints")


@dataclass(frozen=True, slots=True)
class ChineseNames:
    """Finds the names of a cast.

    Attributes:
        wholes: Full name to pseudonym.
        givens: Given name or nickname, two characters or more, to pseudonym.
        surnames: Surname to pseudonym.
        finals: A character that a given name ends in, to that of its pseudonym, for "阿伟".
        pattern: Finds all of them.
    """

    wholes: Mapping[str, str]
    givens: Mapping[str, str]
    surnames: Mapping[str, str]
    finals: Mapping[str, str]
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, wholes: Mapping[str, str], givens: Mapping[str, str], surnames: Mapping[str, str]) -> "ChineseNames":
        """Make it ready, given the pseudonyms of full names, given names and surnames."""
        finals: dict[str, str] = {}
        for given, pseudonym in givens.items():
            finals.setdefault(given[-1], pseudonym[-1])
        long = {given: pseudonym for given, pseudonym in givens.items() if len(given) > 1}
        double = {surname: pseudonym for surname, pseudonym in surnames.items() if len(surname) > 1}
        called = any_of(tuple({**surnames, **finals}))
        surname, title = any_of(tuple(surnames)), any_of(words("titles"))
        pattern = re.compile(
            rf"(?P<whole>{any_of(tuple(wholes))})|(?P<given>{any_of(tuple(long))})"
            rf"|(?:(?P<prefix>[老小大阿])(?P<called>{called}))|姓(?P<family>{surname})"
            rf"|(?P<titled>{surname})(?={title})|(?P<brother>{called})(?=[哥姐](?!们|俩))"
            rf"|(?P<house>{surname})(?=家(?:的|里人|人|儿子|闺女|女儿|媳妇|老[大二三爷]|孩子|两口|那|今|出|最近))"
            rf"|(?P<double>{any_of(tuple(double))})"
        )
        return cls(wholes, long, surnames, finals, pattern)

    def find(self, text: str) -> Iterator[Hit]:
        """Start, end and what stands there instead, in order, none overlapping another."""
        place = 0
        while match := self.pattern.search(text, place):
            hit = self._judge(text, match)
            if hit:
                yield hit
            place = hit[1] if hit else match.start() + 1

    def _judge(self, text: str, match: re.Match[str]) -> Hit | None:
        kind = match.lastgroup if match.lastgroup != "called" else "prefix"
        if kind in ("whole", "given"):
            table = self.wholes if kind == "whole" else self.givens
            return self._hit(text, match.span(), table) if _is_name(text, *match.span()) else None
        if kind == "prefix":
            return self._nickname(text, match)
        if kind == "family":
            return self._hit(text, match.span("family"), self.surnames)
        start, end = match.span(kind or 0)
        if kind == "double" and not _has_evidence(text, start, end):
            return None
        if kind == "titled" and not is_addressed(text, start, end):
            return None
        if kind == "brother" and ((start and is_joint(text[start - 1 : end])) or text[start:end] in "大小老二三表堂"):
            return None
        return self._hit(text, (start, end), {**self.finals, **self.surnames})

    def _nickname(self, text: str, match: re.Match[str]) -> Hit | None:
        start, end = match.span("called")
        prefix, called = match["prefix"], match["called"]
        title = _TITLE.match(text, end)
        if is_joint(text[end - 1 : end + 1]) and not title:
            return None
        if match.start() and is_joint(text[match.start() - 1 : match.start() + 1]):
            return None
        if prefix + called in words("prefixed") and not _has_evidence(text, match.start(), end):
            return None
        own = self.finals if prefix == "阿" else self.surnames
        return self._hit(text, (start, end), {**self.surnames, **self.finals, **own})

    @staticmethod
    def _hit(text: str, span: tuple[int, int], table: Mapping[str, str]) -> Hit:
        return (*span, table[text[span[0] : span[1]]])


def is_addressed(text: str, start: int, end: int) -> bool:
    """Whether a surname in front of a title is one, and not the end of a word or a preposition."""
    if start and is_joint(text[start - 1 : start + 1]):
        return False
    if start and text[start - 1] in "前现新历责主副总":
        return False
    title = _TITLE.match(text, end)
    if not title or (len(title.group()) == 1 and is_joint(text[end - 1 : end + 1])):
        return False
    if len(title.group()) == 1 and is_joint(text[title.end() - 1 : title.end() + 1]) and title.group() not in "哥姐":
        return False  # 王国, 高工资
    if text[start:end] in words("function_surnames"):
        return _STOPPED.match(text, title.end()) is not None and text[start:end] not in "和从由同"
    return True


def _is_name(text: str, start: int, end: int) -> bool:
    """Whether the characters of a full or given name are a name here."""
    if text.strip() == text[start:end]:
        return True
    if text[start:end] in words("words"):
        return _has_evidence(text, start, end)
    left = start > 0 and is_joint(text[start - 1 : start + 1])
    right = is_joint(text[end - 1 : end + 1])
    if end - start > 2:
        return not (left and right)
    if left and right:
        return False
    return not (left or right) or _has_evidence(text, start, end)


def _has_evidence(text: str, start: int, end: int) -> bool:
    """Whether what stands around a word speaks for a name."""
    before, after = text[max(0, start - 12) : start], text[end : end + 14]
    if text.strip() == text[start:end] or _TITLE.match(after) or _NAMED.search(before):
        return True
    if _QUALITY.search(before) or (start and is_joint(text[start - 1 : start + 1])):
        return False
    if is_joint(text[end - 1 : end + 1]):
        return False
    if _ACTS.match(after):
        return True
    opening = _OPENING.search(before) is not None
    if opening and _CALLS.match(after):
        return True
    return _REACHED.search(before) is not None and _STOPPED.match(after) is not None


_TITLE = re.compile(any_of(words("titles")) + r"(?!式|制)")
_STOPPED = re.compile(r"\s*(?:[，。！？!?,.;；：:、~…）)」”\"'＂]|$|[吗呢吧啊呀啦嘛和跟与])")
_OPENING = re.compile(r"(?:^|[，。！？!?,.;；：:、~…（(「“\"\s]|[哎喂嗨嘿诶欸哟唉嗯哦呀啊])$")
_CALLS = re.compile(
    r"\s*(?:[！!？?~]|[，,…]+(?=.{0,6}(?:你|您|快|别|接|上车|下来|开门|坐|站|拿|等|起床|醒|来|走|帮|把|咱|听|看|过|给|到|吃|喝|喊|叫|护士|妈|爸|我|今|明|昨|晚|早|怎|什么|哪|有|谢|对不起|抱歉)))"
)
_NAMED = re.compile(
    r"(?:(?<!大)(?:我|他|她|名字|大名|本名|孩子|儿子|女儿|爸|妈|老公|老婆)叫|名叫|姓名|名字是|联系人|收件人|收货人|寄件人|户主|联系|喊|告诉|通知|转告|嫁给|娶了|@|问问|找找|叫上|约上"
    r"|带上|同学|同事|朋友|邻居|哥们)"
    r"[是为写填叫：:\s]*$"
)
_QUALITY = re.compile(
    r"(?:[很真太更最挺够较比没不超蛮极算]|非常|特别|十分|这么|那么|多么|有点|比较|有些|还是您|还是你|一点|一片|一阵|一个|一朵|一块|成|个|种|朵|片|的)$"
)
_REACHED = re.compile(r"[找问给跟和与对让请帮替等陪谢为向把被是约]$")
_ACTS = re.compile(
    r"(?:(?:刚才?|刚刚|已经|也|就|又|还|都|正在?|才|可能|肯定|今天|明天|昨天|昨晚|今早|上次|下午|晚上|上午|中午|总|老是|一直|自己|一个人|突然|终于|居然|到底|好像|应该)?"
    r"(?:说(?!明|法|服|白)|问(?!题)|喊|叫|告诉|回答|答应|想(?!法)|来(?!源|自)|去(?!年|世界)|走(?!路|廊)|跑|笑|哭|骂|打(?!扮)|发(?!展|明|现场)|给|让(?!人)"
    r"|要(?!求|是)|会(?!议|场)|能(?!力|源)|不(?!锈|断)|没|有没有"
    r"|同意|答应|知道|觉得|认识|喜欢|爱上|结婚|离婚|领证|怀孕|生病|住院|出院|搬|请|约|带|拿|买|卖|借|还|欠|寄|写|看|听|做(?!法|工)|吃|喝|睡|醒|起床|迟到|辞职|升职|考|学会|毕业|打来"
    r"|接|送|在(?!于)|回来|回家|到了|是(?!非)|加我|加你|把|被|跟|和|与(?!时)|同我)"
    r"|微信|手机|电话|QQ|邮箱|他|她|你|您|我|咱|吗|呢|呀|吧|啊|怎么|什么时候|为什么|最近|以前|的(?:妈|爸|爷|奶|哥|姐|弟|妹|手机|电话|微信|QQ|号|名字|车|家|老公|老婆|孩子|儿子|女儿"
    r"|快递|身份证|作业|生日|病|包裹|男朋友|女朋友|班主任|老师|房间|事|消息|照片|声音|行李|签名|票|卡|衣服|书包|意见|工资))"
)
