"""A text as the recognisers read it: full-width letters and digits made plain, character by character.

The view has the length of the text, so that a place in one is the same place in the other. Sentence punctuation stays
as it is: a full-width comma ends a web address where a plain one may belong to it.
"""

import re
import sys
import unicodedata
from functools import cache

__all__ = [
    "ALSO",
    "NO_LETTER_OR_DIGIT_AFTER",
    "cued",
    "digits_of",
    "is_catalogue_number",
    "is_quantity",
    "plain",
]

ALSO = re.compile(
    r"(?:\s?(?:或者?是?|还有|以及|[和与跟、/，,&]|(?<![a-z])(?:or|and)(?![a-z]))){1,2}\s?"
    r"(?:(?:[我你他她咱]|[我他她你]?(?:[爸妈弟哥姐妹]|老公|老婆|爱人|先生|太太|媳妇|儿子|女儿|闺女|孩子))的?(?:是|叫)?|(?:his|hers|mine|her)(?:\s(?:is|was))?(?![a-z]))?\s?",
    re.IGNORECASE,
)
"""What stands between two items that one word in front announces."""

NO_LETTER_OR_DIGIT_AFTER = r"(?![0-9A-Za-z])(?![.,]\d)"
"""The number ends here: no longer run of digits, no decimal fraction."""


def plain(text: str) -> str:
    """The view of a text.

    Examples:
        >>> plain("１３８－Ａ＠ｂ")
        '138-A@b'
    """
    return text if text.isascii() else _DASH.sub("-", text.translate(_table()))


def digits_of(text: str) -> str:
    """The digits of a view, without what separates them."""
    return "".join(c for c in text if "0" <= c <= "9")


def cued(view: str, start: int, cue: re.Pattern[str], reach: int = 24) -> bool:
    """Whether a cue stands in front of `start`: its expression must match up to the end of the `reach` characters."""
    return cue.search(view[max(0, start - reach) : start]) is not None


def is_catalogue_number(view: str, start: int) -> bool:
    """Whether the words in front say that the number counts things, not people: an order, a parcel, an invoice."""
    return cued(view, start, _CATALOGUE, 28)


def is_quantity(view: str, end: int) -> bool:
    """Whether a unit follows, so that the digits are an amount."""
    return _UNIT.match(view, end) is not None


_DASH = re.compile(r"(?<=[0-9A-Za-z])—(?=[0-9A-Za-z])")  # other long dashes part clauses
_CATALOGUE = re.compile(
    r"(?:订单|单号|户号|编号|流水|运单|快递|货号|条码|条形码|批号|批次|学号|工号|案号|合同|发票|票号|序列号|型号|货运"
    r"|物流|追踪"
    r"|料号|版本|版号|书号|凭证|受理|工单|取件|取餐|提货|兑换码|激活码|验证码|密码|参考|退款|交易|入库|出库|礼品"
    r"|优惠|券|产品|商品|设备|房源|档案|单据|包裹"
    r"|(?<![a-z])(?:order|invoice|tracking|parcel|serial|sku|part|item|case|ticket|ref|reference|model|batch|receipt"
    r"|confirmation|product|policy|claim|isbn|transaction|shipment|booking|version|catalog(?:ue)?|po|sn|s/n|lot))"
    r"(?:号码|编号|单号|号|码|id|numbers?|no\.?|num|code)?"
    r"(?:\s|[:：#＃=，,]|是|为|(?<![a-z])(?:is|was|id|numbers?|no\.?|code))*[A-Za-z]{0,4}[-#]?$",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"\s?(?:元|块钱|块|万|亿|美元|人民币|港币|欧元|日元|人次|人|次|步|个|年|公里|米|吨|克|字节|字|票|％|%)"
)


@cache
def _table() -> dict[int, str]:
    table = {code: chr(code - 0xFEE0) for code in (*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
    table |= {ord(wide): narrow for wide, narrow in zip("＠．－＋＿／＃＆＝％～", "@.-+_/#&=%~", strict=True)}
    table |= dict.fromkeys(map(ord, "‐‑‒–−﹣"), "-")
    table |= dict.fromkeys(map(ord, "\u00a0\u2002\u2003\u2007\u2009\u200b\u202f\u2060\u3000\ufeff\t"), " ")
    for code in range(0x80, sys.maxunicode + 1):
        if unicodedata.category(chr(code)) == "Nd":
            table[code] = str(unicodedata.decimal(chr(code)))
    return table
