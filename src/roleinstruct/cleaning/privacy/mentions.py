"""Names that the words around them prove, of people whom no roster knows."""

import re
from collections.abc import Iterator

from roleinstruct.cleaning.privacy.chinese_evidence import is_addressed
from roleinstruct.cleaning.privacy.segmentation import is_word, word_across
from roleinstruct.cleaning.privacy.wordlists import any_of, names, words

__all__ = ["mentioned_in_chinese", "mentioned_in_english"]


def mentioned_in_chinese(text: str) -> Iterator[tuple[int, str]]:
    """Place and name of everybody whom a Chinese text introduces or addresses by a title."""
    for match in _FAMILY.finditer(text):
        if not word_across(text, match.end()):
            yield match.start(), match["name"]
    for match in _INTRODUCED.finditer(text):
        name = match["name"] or match["other"]
        if name[1:] in words("titles"):
            continue  # 联系人乔女士
        double = name[:2] in names("chinese", "double_surnames") and len(name) > 2
        if double or not is_word(name[:2]) or (len(name) == 2 and _FINAL.match(text, match.end())):
            yield match.start(), name
    for match in _FOREIGN.finditer(text):
        if len(match["name"]) > 3 or not is_word(match["name"][:2]):
            yield match.start(), match["name"]
    yield from _titled(text)


def mentioned_in_english(text: str) -> Iterator[tuple[int, str]]:
    """Place and name of everybody whom an English text introduces or addresses by a title."""
    for pattern in (_ENGLISH_TITLE, _ENGLISH_INTRODUCED):
        for match in pattern.finditer(text):
            tokens = match["name"].split()
            while tokens and tokens[-1] in words("english_no_names"):
                tokens.pop()
            if tokens and tokens[0] not in words("english_no_names"):
                yield match.start(), " ".join(tokens)


def _titled(text: str) -> Iterator[tuple[int, str]]:
    reached = 0
    for match in _TITLED.finditer(text):
        start, end = match.span("name")
        if match["given"] and _is_full_name(text, start, match.start("given"), end):
            yield start, match["name"]
            reached = match.end()
    for match in _SURNAME_TITLED.finditer(text):
        if match.start() >= reached and is_addressed(text, *match.span()):
            yield match.start(), match.group()


def _is_full_name(text: str, start: int, given: int, end: int) -> bool:
    """Whether a surname and one or two characters in front of a title are a name, and no word sticks out of them."""
    if word_across(text, start) or word_across(text, end) or text[start:given] in words("function_surnames"):
        return False
    known = word_across(text, given)
    if is_word(text[start:end]) or (known and known != (start, end)) or (known and end - start > 2):
        return False  # 温哥华
    return not is_word(text[given:end]) or text[given:end] in words("words")


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
_FAMILY = re.compile(
    r"(?:(?<!百)姓|(?:我是|叫我|这是|我叫|我是[^，。！？]{1,8}的"
    r"|物业|中介|快递|客服|销售|前台|财务|人事|维修|家政|社区)[小老])"
    rf"(?P<name>{_SURNAMES})(?![名氏])"
)
_LED = (
    r"(?:(?:我|他|她|名字|大名|本名|全名|真名|孩子|儿子|女儿|闺女|爸|妈|哥|姐|弟|妹|爷爷|奶奶|老公|老婆|老板|老师"
    r"|同学|同事|朋友|室友|邻居|人|[，,]|^)(?:就|也|是)?(?:叫做?"
    r"|名叫)|名叫|名字是|我是(?=.{2,4}[，,。])|[叫喊]我(?=[^，。]{2,6}(?:就行|就好|就成|吧|即可)))"
)
_FORM = (
    r"(?:姓名|业主|租客|车主|机主|学员|考生|住户|联系人|收件人|收货人|寄件人|发件人|户主|户名|持卡人|申请人|投保人"
    r"|被保险人|经办人|负责人|签收人"
    r"|预约人|乘机人|乘客|患者|病人|开户人|本人|法人|法定代表人|监护人|签名|署名|落款)"
    r"(?:名字?|姓名)?(?:写的?|填的?|是|叫|为|[：:\s])*"
)
_INTRODUCED = re.compile(rf"{_LED}{_NAME}|{_FORM}{_NAME.replace('?P<name>', '?P<other>')}")
_LONG_TITLES = any_of(tuple(t for t in words("titles") if len(t) > 1))
_TITLED = re.compile(rf"(?P<name>{_SURNAMES}(?!{_LONG_TITLES}|老)(?P<given>{_GIVEN}{{1,2}}?))(?={_LONG_TITLES})")
_SURNAME_TITLED = re.compile(rf"{_SURNAMES}(?={_LONG_TITLES}|[总工哥姐](?![0-9]|[\u3400-\u9fff]?[的资作经司]))")
_SYLLABLE = f"[{''.join(sorted(words('transliterating')))}]"
_FOREIGN = re.compile(
    rf"(?:{_LED}|{_FORM})(?P<name>[\u3400-\u9fff]{{2,8}}(?:[·•・][\u3400-\u9fff]{{2,8}}?)+|{_SYLLABLE}{{3,8}}?){_END}"
)
_WORD = r"[A-Z][a-zÀ-ɏ]*(?:['’][A-Z])?[A-Za-zÀ-ɏ\-]+"
_ENGLISH_TITLE = re.compile(
    rf"(?<![A-Za-z])(?:Mr|Mrs|Ms|Miss|Dr|Prof|MR|MRS|MS|DR|mr|mrs|ms|dr|Professor|Mister|Officer|Nurse|Detective"
    rf"|Coach)\b\.? (?P<name>{_WORD}(?: {_WORD})?)"
)
_ENGLISH_INTRODUCED = re.compile(
    r"(?<![A-Za-z])(?:(?i:my|his|her|the) (?:full |first |last )?(?i:name)(?:['’]s| is| was)|\w+['’]s name(?:['’]s"
    r"| is| was)|[Nn]ame on it is"
    r"|[Nn]ame(?:d|:)|[Cc]all me|[Cc]ontact:|[Aa]ttn:?|[Rr]ecipient:"
    rf"|[Cc]ardholder:|I(?:['’]m| am)(?= (?!\w+(?:an|ese|ish|ic) ){_WORD} {_WORD}(?:[,.!]| from| with| and))"
    rf"|[Tt]his is(?= {_WORD}(?: {_WORD})?(?:,| speaking| from| calling| here"
    rf"|\.)))\s+(?P<name>{_WORD}(?: {_WORD}){{0,2}})"
)
