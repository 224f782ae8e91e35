"""Verb and object of Chinese instructions, by jieba's part-of-speech tags."""

import re
import warnings
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from roleinstruct.errors import needs_extra

__all__ = ["chinese_pairs"]


def chinese_pairs(texts: Iterable[str]) -> Iterator[tuple[str, str] | None]:
    """The first verb of each instruction that has a direct noun object, with the head of that object; None for none.

    The object is the last noun of the noun phrase behind the verb: "生成一个有趣的幽默笑话" gives 生成 and 笑话. Only
    the request itself is read, which is the first line up to "输入：" or any other colon.

    Raises:
        MissingExtraError: jieba is not installed.
    """
    tagger = _tagger()
    for text in texts:
        yield _pair([(word.word, word.flag) for word in tagger.cut(_COLON.split(text.strip(), maxsplit=1)[0])])


_COLON = re.compile(r"[:：\n]")

# Copulas, modals, the 有 of existence, and verbs that only open another clause: what is asked for stands behind them.
_LIGHT = frozenset(
    """
    是 为 有 没有 有没有 具有 拥有 会 能 能够 可以 可能 应该 应当 必须 需要 要 想 想要 愿意 敢 肯 请 让 使 使得 令 叫
    觉得 认为 以为 感觉 感到 作为 成为 属于 关于 进行 加以 予以 来 去 到 在 如 像 包括 根据 给定 得到 收到 给 给出 提供
    被 将 据 例如 比如 知名
    """.split()
)

_NOUN = frozenset({"n", "vn", "an", "nz", "nt", "ns", "ng", "s", "l", "nrt"})
# Aspect particles, numbers and measure words, pronouns, adjectives, "以下": between the verb and the noun.
_BETWEEN = frozenset({"ul", "uz", "ug", "m", "q", "mq", "r", "a", "b", "z", "ag", "d", "f", "eng"})
# Behind a noun these close the phrase, unless a 的 makes all of it the attribute of another noun.
_BEHIND = _BETWEEN | {"c", "nr", "t"}
_NO_OBJECT = re.compile("时|时候|是否是|.*不.*|.*什么.*")


def _pair(words: list[tuple[str, str]]) -> tuple[str, str] | None:
    before = ""
    for place, (word, flag) in enumerate(words):
        following = words[place + 1 :]
        # A verb between 的 and a noun, or right before 的, describes a noun ("你的成长环境", "提到的旅游").
        described = before == "uj" or (following and following[0][1] == "uj")
        before = flag
        if flag == "v" and word not in _LIGHT and not described and (noun := _object(following)):
            return word, noun
    return None


def _object(words: list[tuple[str, str]]) -> str | None:
    """The head of the noun phrase that opens these words: "工作中的压力" gives 压力."""
    head, is_open, before = "", True, ""
    for (word, flag), (_, after) in pairwise([*words, ("", "")]):
        if flag == "uj":
            is_open = True
        elif flag in _NOUN or (head and before == "uj" and flag in ("v", "a")):
            head = word if is_open else head
        elif flag in (_BEHIND if head else _BETWEEN) or (flag == "v" and after == "uj"):
            is_open = not head
        else:
            break
        before = flag
    return head if head and not _NO_OBJECT.fullmatch(head) else None


def _tagger() -> Any:  # noqa: ANN401 - jieba ships no types
    """A tagger of our own: silent, and without the cache file that jieba writes into the folder for temporary files."""
    needs_extra("figures", "jieba")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba 0.42 holds escapes that newer Pythons complain about when they compile
        import jieba
        import jieba.posseg
    words = jieba.Tokenizer()
    words.FREQ, words.total = words.gen_pfdict(words.get_dict_file())
    words.initialized = True
    return jieba.posseg.POSTokenizer(words)
