"""Who speaks a line: speaker names in front of a colon, or alone on a line.

What makes the words before a colon a name and not the beginning of a sentence:

- at most 12 Chinese characters or 6 Latin words, at least one letter, no punctuation of a sentence;
- no key of a script's data, such as 时间, 地点, Note or Title;
- no verb of saying or particle at the end (他说, 的是) and no conjunction at the front (比如);
- Latin words with capitals or particles of names; others only where the name stands at two or more lines of the head,
  in front of different words, and has neither pronoun nor verb; one of more than three words at one line in fifty;
- no number right before a colon and another right behind it (2:0), no time (12:30), no URL (//).
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = [
    "Cue",
    "is_label",
    "is_narrator",
    "is_reported",
    "is_told",
    "known_names",
    "split_alone",
    "split_speaker",
    "tidy_name",
]


@dataclass(frozen=True, slots=True)
class Cue:
    """The front of a line that names its speaker.

    Attributes:
        name: Who speaks, as `tidy_name` has it; "甲、乙" where several do.
        aside: The brackets around the name, such as "（笑）" or "(V.O.)", or "".
        text: What stands behind the colon, or "".
        sure: Whether it reads as a name by itself; if not, it is one only if it is known from elsewhere in the file.
    """

    name: str
    aside: str
    text: str
    sure: bool

    def is_one_of(self, known: Iterable[str]) -> bool:
        """Whether the name can be trusted: by its looks, or because the file has it elsewhere too."""
        return self.sure or self.name in known


def split_speaker(line: str) -> Cue | None:
    """Split "Name：text" or "Name（笑）: text", or say None where the front of the line cannot be a name.

    Examples:
        >>> cue = split_speaker("MAGGIE DOYLE (laughing): Give over!")
        >>> cue.name, cue.aside, cue.text
        ('Maggie Doyle', '(laughing)', 'Give over!')
        >>> split_speaker("他说：别走")
    """
    match = _SPEAKER.match(_BOLD.sub(r"\1\2", line.strip()))
    if not match or _FACE.fullmatch(match["text"]):
        return None
    name = match["name"].strip().strip("[]【】*_ ")
    if not _has_shape(name) or is_label(line) or _is_clock(match):
        return None
    between_digits = match["name"][-1:].isdigit() and match["text"][:1].isdigit()
    sure = _looks_like_name(name) and not between_digits
    if not sure and _is_clause(name):
        return None
    return Cue(tidy_name(name), (match["front"] + match["aside"]).strip(), match["text"].strip(), sure)


def split_alone(line: str) -> Cue | None:
    """Read a line that may hold a speaker's name and nothing else: "BEV (CONT'D)", "郝建国".

    Only a name in capitals is sure.
    """
    match = _ALONE.fullmatch(_BOLD.sub(r"\1\2", line.strip()).removeprefix("@").rstrip("^ "))
    if not match or not _has_shape(match["name"]) or _SENTENCE_END.search(match["name"]) or is_label(line):
        return None
    name = match["name"]
    if len(_CJK.findall(name)) > 6 or len(name.split()) > 4:
        return None
    return Cue(tidy_name(name), match["aside"].strip(), "", _is_capitals(name))


def known_names(lines: Iterable[str]) -> frozenset[str]:
    """The names that stand in front of a colon on two or more of the lines.

    What does not look like a name must stand before different words, as a note of the script's own may come again, and
    if it is long, often.
    """
    cues = [cue for line in lines if (cue := split_speaker(line))]
    counts = Counter(cue.name for cue in cues)
    said = Counter(name for name, _ in {(cue.name, cue.text or number) for number, cue in enumerate(cues)})
    sure = {cue.name for cue in cues if cue.sure}

    def is_known(name: str) -> bool:
        often = len(name.split()) <= _SHORT or counts[name] * 50 >= len(cues)
        return counts[name] > 1 and (name in sure or (said[name] > 1 and often))

    return frozenset(filter(is_known, counts))


def is_label(line: str) -> bool:
    """Whether a line gives the script's own data, such as "时间：夜" or "Note: …"."""
    match = _LABEL.match(line)
    return match is not None and "".join(match["key"].split()).casefold() in _LABELS


def is_narrator(name: str) -> bool:
    """Whether the name is that of a voice that is nobody in the story."""
    return name.casefold() in _NARRATORS


def is_reported(line: str) -> bool:
    """Whether a line tells what somebody said, as a story does: 王芳笑着说：“算了吧”."""
    return bool(_REPORTED.match(line.strip()))


def is_told(line: str) -> bool:
    """Whether the words before a colon are a clause about others, as in narration: "They look at her: silence."."""
    match = _SPEAKER.match(line.strip())
    front = match["name"] if match else ""
    return bool(_OTHERS.match(front)) and (_is_clause(front) or bool(_CHINESE_CLAUSE.match(front)))


def tidy_name(name: str) -> str:
    """One way of writing a name within a file: single spaces, none in 李　强, and capitals only where a name has them.

    Examples:
        >>> tidy_name("MRS  O'BRIEN-SMITH")
        "Mrs O'Brien-Smith"
    """
    name = "".join(name.split()) if _PADDED.fullmatch(name) else " ".join(name.split())
    return _WORD.sub(_capitalize, name) if _is_capitals(name) else name


def _words(*rows: str) -> frozenset[str]:
    return frozenset(" ".join(rows).split())


_BRACKETS = r"(?:[(（\[［【][^()（）\[\]［］【】]{0,60}[)）\]］】]\s*)"
_SPEAKER = re.compile(
    rf"(?P<front>{_BRACKETS}?)(?P<name>[^:：]{{1,80}}?)\s*(?P<aside>{_BRACKETS}{{0,3}})[:：](?!//)\s*(?P<text>.*)",
    re.DOTALL,
)
_ALONE = re.compile(rf"(?P<name>[^:：()（）\[\]【】]{{1,60}}?)\s*(?P<aside>{_BRACKETS}{{0,3}})")
_BOLD = re.compile(r"^(?:[-*•>]\s+)?\*\*([^*]{1,80}?)([:：]?)\*\*")
_FACE = re.compile(r"[)(DPp3/\\|]+")
_LABEL = re.compile(r"\s*[【\[（(]?\s*(?P<key>[^:：\]】)）]{1,24}?)\s*[】\])）]?\s*[:：](?!//)")
_LABELS = _words(
    "时间 地点 人物 场景 备注 注 注意 提示 说明 标题 片名 剧名 作者 编剧 登场人物 出场人物 角色 角色表 道具 时长",
    "人物表 人物介绍 演员表 剧中人 主要人物",
    "闪回 回忆 空镜 背景 简介 梗概 剧情 音乐 音效 镜头 转场 日期 来源 链接 主题 摘要 导出时间 聊天记录导出 例",
    "時間 地點 場景 備註 說明 標題 時長",
    "note notes title time place setting scene scenes characters cast author writtenby date source location url link",
    "作词 作曲 编曲 填词 演唱 原唱 歌手 作詞 編曲 填詞 演唱者 continued more",
    "timecut jumpcut smashcut intercut timejump timeskip flashback flashforward montage later meanwhile nextday pov",
    "transition sfx sound music camera cutto fadein fadeout dissolveto summary synopsis warning ps p.s.",
)
_NARRATORS = _words("旁白 画外音 解说 解说词 字幕 畫外音 解說 narrator narration voiceover voice-over")

_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_WORD = re.compile(r"[^\W\d_]+")
_PADDED = re.compile(rf"{_CJK.pattern}(?:\s+{_CJK.pattern}){{1,3}}")
_CLOCK_FRONT, _CLOCK_BEHIND = re.compile(r"\d[:：]$"), re.compile(r"[0-5]\d(?!\d)")
_SENTENCE = re.compile(
    r"[。！？!?，；;…“”\"「」『』《》<>{}()（）\[\]【】=|\\@$%^*~`+\t]|,(?!\s?(?:Jr|Sr|I{2,3}|MD|PhD)\b)|#(?!\d)|\w{5,}\.|^\W"
)
_SENTENCE_END = re.compile(r"[.…—-]$")
_ENDING = re.compile(
    r"(?:说|道|(?<=.)问|曰|心想|表示|认为|如下|例如|比如|包括|但是|所以|一句|一点|一条|[的了吗呢吧是])$"
)
_REPORTED = re.compile(r"[^:：“「\"]{1,30}[:：]\s*[“「『\"]")
_BEGINNING = re.compile(
    r"(?:还有|比如|例如|就是|这是|那是|因为|所以|如果|不过|但是|然后|结果|总之|一是|二是|第[一二三四五])"
)
_TOGETHER = re.compile(r"[、/&＆]|\s(?:and|和|与)\s")
_PARTICLES = _words("a al and at bin da de del der di du el in la le mac of s the van von y zu")
_SPEECH = _words("but look listen now oh remember so then well yes no see and also but because")
_CLAUSE = _words(
    "i he she it we they you this that these those there here what which when where why how if am are is was were be",
    "been being has have had do does did can could would shall should must not never say says said ask asks asked",
    "tell tells told think thought look looks looked turn turns turned walk walks walked go goes went come comes came",
    "get gets got know knows knew sit sits sat stand stands stood see sees saw hear hears heard want wants wanted",
    "need needs mean means meant enter enters exit exits leave leaves take takes took makes made give gives gave cut",
    "cuts stare stares stared",
)
_CHINESE_CLAUSE = re.compile(
    rf"[我你您他她它咱]们?{_CJK.pattern}{{4}}|(?:众人|大家|所有人|[两三]人){_CJK.pattern}{{2}}"
)
_OTHERS = re.compile(r"(?:they|he|she|everyone|everybody|nobody|both)\b|[他她它两三众大所]", re.IGNORECASE)
_SHORTENED = re.compile(r"n?['’]")
_SHORT = 3
"""Words of a name in small letters that is believed at its second line, however long the script."""
_INITIALISMS = _words("AI DJ GP HR MC PC TV II III IV VI VII")


def _has_shape(name: str) -> bool:
    parts = _TOGETHER.split(name)
    return (
        any(map(str.isalpha, name))
        and not _SENTENCE.search(name)
        and len(parts) <= 4
        and all(len(part.split()) <= 6 and len(_CJK.findall(part)) <= 12 and len(part) <= 40 for part in parts)
        and not _ENDING.search(name)
        and not _BEGINNING.match(name)
    )


def _looks_like_name(name: str) -> bool:
    words = _WORD.findall(_TOGETHER.sub(" ", name))
    if not words or name.casefold() in _SPEECH or _CHINESE_CLAUSE.match(name):
        return False
    cased = [word for word in words if not _CJK.search(word) and word.lower() != word.upper()]
    if not cased:
        return True
    return all(word[0].isupper() or word in _PARTICLES for word in cased) and (
        any(word[0].isupper() for word in cased) or len(cased) < len(words)
    )


def _is_clause(front: str) -> bool:
    """Whether words that do not look like a name have a pronoun or verb among them, in full or shortened to 'd."""
    words = front.casefold().split()
    return len(words) > 1 and any(_SHORTENED.split(word)[0] in _CLAUSE for word in words)


def _is_clock(match: re.Match[str]) -> bool:
    """Whether the colon is that of a time: 12:30."""
    front, behind = match.string[: match.start("text")], match.string[match.start("text") :]
    return _CLOCK_FRONT.search(front) is not None and _CLOCK_BEHIND.match(behind) is not None


def _is_capitals(name: str) -> bool:
    return name.isupper() and sum(map(str.isalpha, name)) > 1


def _capitalize(match: re.Match[str]) -> str:
    word = match[0]
    follows_apostrophe = match.start() > 1 and match.string[match.start() - 1] in "'’"
    if word in _INITIALISMS or match.string[: match.start()][-1:].isdigit():
        return word
    return word.lower() if follows_apostrophe and len(word) == 1 else word.capitalize()
