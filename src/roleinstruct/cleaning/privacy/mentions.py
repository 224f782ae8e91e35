"""Names that the words around them prove, of people whom no roster knows."""

import re
from collections.abc import Iterator

from roleinstruct.cleaning.privacy.chinese_names import is_addressed, is_joint
from roleinstruct.cleaning.privacy.wordlists import any_of, names, words

__all__ = ["mentioned_in_chinese", "mentioned_in_english"]


def mentioned_in_chinese(text: str) -> Iterator[tuple[int, str]]:
    """Place and name of everybody whom a Chinese text introduces or addresses by a title."""
    for match in _FAMILY.finditer(text):
        if not is_joint(text[match.end() - 1 : match.end() + 1]):
            yield match.start(), match["name"]
    for match in _INTRODUCED.finditer(text):
        name = match["name"] or match["other"]
        if name[1:] in words("titles"):
            continue  # 联系人乔女士
        if not is_joint(name[:2]) or (name in words("words") and _FINAL.match(text, match.end())):
            yield match.start(), name
    yield from _titled(text)


def mentioned_in_english(text: str) -> Iterator[tuple[int, str]]:
    """Place and name of everybody whom an English text introduces or addresses by a title."""
    for pattern in (_ENGLISH_TITLE, _ENGLISH_INTRODUCED):
        for match in pattern.finditer(text):
            tokens = match["name"].split()
            while tokens and tokens[-1] in _NO_ENGLISH_NAME:
                tokens.pop()
            if tokens and tokens[0] not in _NO_ENGLISH_NAME:
                yield match.start(), " ".join(tokens)


def _titled(text: str) -> Iterator[tuple[int, str]]:
    for match in _TITLED.finditer(text):
        name, start = match["name"], match.start()
        proved = is_addressed(text, start, match.end())
        if match["given"]:
            begins = _LEFT.search(text[:start]) is not None
            proved = begins and not is_joint(name[:2]) and name[0] not in words("function_surnames")
        if proved:
            yield start, name
    for match in _SURNAME_TITLED.finditer(text):
        if is_addressed(text, match.start(), match.end()) and _LEFT.search(text[: match.start()]):
            yield match.start(), match.group()


_SURNAMES = any_of(tuple({*names("chinese", "surnames"), *names("chinese", "double_surnames")}))
_NO_GIVEN = frozenset(
    "我你您他她它们的了着过是在有和跟与及或也都就还又才只把被让给从到去来很太真不没别要会能可这那哪些吗呢吧啊呀哦嗯啦嘛说问叫请谁什么怎几个位今年从住岁先后前上下里外吃喝走等看听打发写填姓"
)
_GIVEN = rf"(?:(?![{''.join(sorted(_NO_GIVEN))}])[\u3400-\u9fff])"
_END = (
    r"(?=[，。！？!?,.;；、~…\s（(）)」”\"：:]|$|今年|来自|住在?|的"
    r"|是|在|从|也|就|来|和|跟|想|不|很|有|吧|吗|呢|啊|呀|哦|要|他|她|我|你|您|先生|女士|小姐|老师|[0-9])"
)
_NAME = rf"(?P<name>{_SURNAMES}{_GIVEN}{{1,2}}?){_END}"
_FINAL = re.compile(r"[，。！？!?,.；]|$")
_FAMILY = re.compile(rf"(?:(?<!百)姓|(?:我是|叫我|这是|我叫)[小老])(?P<name>{_SURNAMES})(?![名氏])")
_INTRODUCED = re.compile(
    r"(?:(?:我|他|她|名字|大名|本名|全名|真名|孩子|儿子|女儿|闺女|爸|妈|哥|姐|弟|妹|爷爷|奶奶|老公|老婆|老板|老师|同学|同事|朋友|室友|邻居|人|[，,]|^)(?:就|也|是)?(?:叫做?"
    r"|名叫)|名叫|名字是|我是(?=.{2,4}[，,。]))"
    rf"{_NAME}"
    r"|(?:姓名|联系人|收件人|收货人|寄件人|发件人|户主|户名|持卡人|申请人|投保人|被保险人|经办人|负责人|签收人|预约人|乘机人|乘客|患者|病人|开户人|本人|法人|法定代表人|监护人|签名|署名|落款)"
    rf"(?:名字?|姓名)?(?:写的?|填的?|是|叫|为|[：:\s])*{_NAME.replace('?P<name>', '?P<other>')}"
)
_TITLED = re.compile(rf"(?P<name>{_SURNAMES}(?P<given>{_GIVEN}{{1,2}}?)?)(?=先生|女士|小姐|太太|同志)")
_SURNAME_TITLED = re.compile(
    rf"{_SURNAMES}(?={any_of(tuple(t for t in words('titles') if len(t) > 1))}"
    r"|[总工哥姐](?![0-9]|[\u3400-\u9fff]?[的资作经司]))"
)
_LEFT = re.compile(
    r"(?:^|[^\u3400-\u9fff]|[的了是找问叫和跟给对向请让在有那这个位说我你他她您老小到把被替帮谢约见等陪来去从名与及挂看接系呼喊告诉通知麻烦感谢联系我们咱家班任])$"
)
_WORD = r"[A-Z][a-zÀ-ɏ]*(?:['’][A-Z])?[A-Za-zÀ-ɏ\-]+"
_ENGLISH_TITLE = re.compile(
    rf"(?<![A-Za-z])(?:Mr|Mrs|Ms|Miss|Dr|Prof|MR|MRS|MS|DR|mr|mrs|ms|dr|Professor|Mister|Officer|Nurse|Detective"
    rf"|Coach)\b\.? (?P<name>{_WORD}(?: {_WORD})?)"
)
_ENGLISH_INTRODUCED = re.compile(
    r"(?<![A-Za-z])(?:(?i:my|his|her|the) (?:full |first |last )?(?i:name)(?:['’]s| is| was)|[Nn]ame on it is"
    r"|[Nn]ame(?:d|:)|[Cc]all me|[Cc]ontact:|[Aa]ttn:?|[Rr]ecipient:"
    rf"|[Cc]ardholder:|[Tt]his is(?= {_WORD}(?: {_WORD})?(?:,| speaking| from| calling| here"
    rf"|\.)))\s+(?P<name>{_WORD}(?: {_WORD}){{0,2}})"
)
_NO_ENGLISH_NAME = frozenset(
    "Right Pepper Who Strange President Speaker Chairman Wrong Big Perfect Bean Potato"
    " The A An And But Or My Your His Her Our Not Just Only Also I He She We They It You"
    " Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
    " January February March July September October November December Mom Dad Sir Madam Please Thanks Hello Hi".split()
)
