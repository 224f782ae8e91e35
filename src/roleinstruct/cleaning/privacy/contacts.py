"""Where a person is met online: e-mail addresses, QQ numbers and WeChat ids."""

import re
from collections.abc import Iterator

from roleinstruct.cleaning.privacy.spans import Span
from roleinstruct.cleaning.privacy.view import ALSO, is_catalogue_number, is_quantity

__all__ = ["find_contacts"]


def find_contacts(view: str) -> Iterator[Span]:
    """Find `email`, `qq` and `wechat`; the latter two need a word in front that names them."""
    if "@" in view:
        yield from (Span("email", *match.span()) for match in _EMAIL.finditer(view))
    yield from _find_qq(view)
    yield from _find_wechat(view)


def _find_qq(view: str) -> Iterator[Span]:
    for cue in _QQ_CUE.finditer(view):
        place = cue.end()
        while (match := _QQ.match(view, place)) and not is_quantity(view, match.end()):
            yield Span("qq", *match.span("id"))
            place = match.end()
            if not (also := ALSO.match(view, place)):
                break
            place = also.end()
    for match in (*_QQ_BEHIND.finditer(view), *_QQ_AFAR.finditer(view)):
        if not is_catalogue_number(view, match.start()):
            yield Span("qq", *match.span("id"))


def _find_wechat(view: str) -> Iterator[Span]:
    for match in _WXID.finditer(view):
        yield Span("wechat", *match.span())
    yield from (Span("wechat", *match.span("id")) for match in _WECHAT_AFAR.finditer(view))
    for cue in _WECHAT_CUE.finditer(view):
        word = _WECHAT.match(view, cue.end())
        if word and _looks_like_an_id(word.group(), named=cue["named"] is not None, joined=bool(cue["joined"])):
            yield Span("wechat", *word.span())
            also = ALSO.match(view, word.end())
            if also and (other := _WECHAT.match(view, also.end())) and re.search(r"[a-z].*[\d_]", other.group(), re.I):
                yield Span("wechat", *other.span())


def _looks_like_an_id(word: str, *, named: bool, joined: bool) -> bool:
    """Whether a word behind "WeChat" is an id and not the next word of the sentence.

    Args:
        word: The candidate.
        named: An id was announced ("微信号", "WeChat ID", a colon).
        joined: Something like "is" or ":" leads to it.
    """
    if word.casefold() in _PRODUCTS:
        return False
    if re.search(r"[\d_]", word) or (named and "-" in word):
        return word[0].isalpha() or (named and joined)
    return word[0].isalpha() and joined and named and word.casefold() not in _COMMON


_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+\-])[A-Za-z0-9](?:[A-Za-z0-9._%+'\-]{0,62}[A-Za-z0-9_+\-])?@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\.){1,5}[A-Za-z]{2,18}(?![A-Za-z0-9])"
)
_LINK = (
    r"[早就已经现在新老旧也都是"
    r"不改换成了居然竟好像应可能大概只才还仍原本来前以之当年最初为号码的加我你他她这那个给记着一下发搜"
    r"叫:：=,，（(\s]{0,8}"
)
_QQ_CUE = re.compile(
    r"(?:(?<![A-Za-z])QQ|扣扣|企鹅号|秋秋|(?<=[加扣的])Q(?![A-Za-z])|(?<![A-Za-z])Q(?=\s?[:：]|群))"
    r"(?:(?:账号|帐号|邮箱|号码|号|小号|大号|群号?|number|no\.?|id)?(?:(?:\s?(?:is|was)|['’]s)(?![A-Za-z]))?)" + _LINK,
    re.IGNORECASE,
)
_QQ = re.compile(r"(?P<id>[1-9](?:\d{2,4}[ \-]\d{3,4}(?:[ \-]\d{2,4})?|\d{4,10}))(?![\dA-Za-z@])(?![.\-,]\d)")
_QQ_BEHIND = re.compile(
    r"(?<![\dA-Za-z.\-])(?P<id>[1-9]\d{4,10})(?:\s|这?就?是|[,，])*(?:我|他|她|咱|俺)的?\s?(?:QQ|扣扣)", re.I
)
# Spoken of some words before: long enough to be no age, price or year.
_QQ_AFAR = re.compile(
    r"(?:(?<![A-Za-z])QQ|扣扣|(?<![A-Za-z])Q友)(?!音乐|飞车|炫舞|空间|农场|浏览器|堂|游戏|会员|钱包)[^\d。！!\n]{0,16}"
    r"(?<![\dA-Za-z.\-])(?P<id>(?!(?:19|20)\d\d(?:0[1-9]|1[0-2])[0-3]\d(?!\d))(?!1[3-9]\d{9})[1-9]\d{5,10})(?![\dA-Za-z@])(?![.\-,]\d)"
    r"(?!\s?[元块个次人条张级分秒天年月米克斤万亿])",
    re.IGNORECASE,
)
_WXID = re.compile(r"(?<![A-Za-z0-9_])wxid_[A-Za-z0-9]{6,24}(?![A-Za-z0-9_])")
_WECHAT_CUE = re.compile(
    r"(?:(?:微信|薇信|威信|V信|(?<![A-Za-z])(?:we ?chat|weixin|wx|vx)(?![A-Za-z])|(?<=[加的])(?:V|卫星)(?![A-Za-z])"
    r"|(?<![A-Za-z])V(?=[:：]))\s?(?P<named>号码?|账号|帐号|(?:[,，]?\s?my\s)?(?:ID|username|handle)(?![A-Za-z])"
    r"|(?=\s?[:：]))?)"
    rf"(?P<joined>{_LINK}(?:(?:(?<![A-Za-z])(?:is|was)|['’]s)(?![A-Za-z])[\s:]*)?)"
    r"|(?<![A-Za-z])(?:wx|vx)(?=[a-z][a-z0-9\-]*[_\d])(?!id_)",
    re.IGNORECASE,
)
_WECHAT = re.compile(r"[A-Za-z][A-Za-z0-9_\-]{5,19}(?![A-Za-z0-9_@\-])(?!\.[a-z])|[1-9]\d{5,9}(?![\dA-Za-z])")
# Spoken of some words before: only what can be nothing but an id.
_WECHAT_AFAR = re.compile(
    r"(?:微信|薇信|威信|V信|(?<![A-Za-z])(?:we ?chat|weixin|wx|vx)(?![A-Za-z])|(?<=[我加])v(?![A-Za-z]))"
    r"[^A-Za-z\d。！!\n@/]{0,16}(?<![A-Za-z0-9_.\-/])"
    r"(?P<id>(?=[A-Za-z\-]{0,18}[\d_\-])[A-Za-z][A-Za-z0-9_\-]{5,19})(?![A-Za-z0-9_@\-])(?!\.[a-z])",
    re.IGNORECASE,
)
_PRODUCTS = frozenset("android iphone windows wechat weixin wechatpay".split())
_COMMON = frozenset(
    "please because instead though anyway however account number always broken blocked hacked already really "
    "public private something nothing anything cannot should before friend friends different required".split()
)
