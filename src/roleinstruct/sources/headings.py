"""Lines that open a scene in a script."""

import re

__all__ = ["heading_title", "is_page_mark", "is_transition"]


def heading_title(line: str) -> str | None:
    """The title of a scene heading, "" for a ruled line, or None where the line is none.

    Examples:
        >>> heading_title("【第3集 场景7】")
        '第3集 场景7'
        >>> heading_title("## The marquee")
        'The marquee'
        >>> heading_title("---")
        ''
    """
    text = line.strip()
    if len(text) > _LONGEST or not text:
        return None
    if _RULE.fullmatch(text):
        return ""
    if match := _MARKDOWN.fullmatch(text):
        return match["title"].strip()
    title = text.strip("【】[]［］《》*=—─-_ \u3000")
    if title[:1] in "(（" and title[-1:] in ")）":
        title = title[1:-1].strip()
    return title if any(pattern.fullmatch(title) for pattern in _HEADINGS) else None


def is_transition(line: str) -> bool:
    """Whether a line is an instruction to the camera or the cutter, such as "CUT TO:" or "FADE OUT."."""
    return bool(_TRANSITION.fullmatch(line.strip()))


def is_page_mark(line: str) -> bool:
    """Whether a line is the number of a page, or says that a speech goes on behind it: "- 12 -", "(MORE)"."""
    return bool(_PAGE.fullmatch(line.strip()))


_LONGEST = 120
_RULE = re.compile(r"(?:[-*_=─—－~·#]\s?){3,}")
_MARKDOWN = re.compile(r"#{1,6}\s+(?P<title>.*?)\s*#*")
_NUMBER = r"(?:\d+|[零〇一二三四五六七八九十百两壹贰叁]+)"
_END = r"(?:[\s:：、，.·—\-（(].*|)"
_NUMBERED = r"(?:(?:场|場|场景)?\s*\d+(?:\s*[-－—.]\s*\d+)?[\s.、．:：]\s*)?"
_GAP = r"[\s,，、/·—-]+"
_LIGHT = "(?:日|夜|晨|昏|白天|夜晚|晚上?|清晨|早晨|上午|中午|下午|傍晚|黄昏|深夜|凌晨)"
_SIDE = "(?:内|外|内景|外景|内外|內|內景)"
_HEADINGS = (
    # 第一场 出租车里 夜 内 / 第3集 场景7 / 第一幕第二场；not 第一场比赛我们赢了
    re.compile(rf"第\s*{_NUMBER}\s*[场幕集章回节话場集章節話](?:\s*第\s*{_NUMBER}\s*[场幕节場節])*{_END}"),
    re.compile(rf"(?:场景|场次|場景|場次)\s*{_NUMBER}{_END}"),
    re.compile(r"(?:场景|场次|場景|場次)\s*[:：]\s*\S.*"),
    # 1-1 日 内 王芳家客厅 / 3．内景 出租车 夜
    re.compile(rf"{_NUMBERED}(?:{_LIGHT}{_GAP}{_SIDE}|{_SIDE}{_GAP}{_LIGHT})(?:{_GAP}.*)?"),
    re.compile(
        rf"{_NUMBERED}(?:{_SIDE}{_GAP}\S.*{_GAP}{_LIGHT}|\S.*{_GAP}(?:{_LIGHT}{_GAP}{_SIDE}|{_SIDE}{_GAP}{_LIGHT}))"
    ),
    re.compile(r"(?:\d+[A-Z]?[.\s]\s*)?(?:INT|EXT|EST|INT\.?\s?/\s?EXT|EXT\.?\s?/\s?INT|I/E)[.\s]\s*\S.*"),
    re.compile(r"(?:ACT|SCENE|EPISODE|CHAPTER)\s+(?:\d+|[IVXLC]+)\b[^a-z]*"),
    re.compile(
        r"(?:act|scene|episode|chapter)\s+(?:\d+|[ivxlc]+|one|two|three|four|five|six|seven|eight|nine|ten)"
        r"(?:\s*[:.,–—-].*)?",
        re.IGNORECASE,
    ),
    re.compile(r"scene\s*[:：]\s*\S.*", re.IGNORECASE),
)
_PAGE = re.compile(
    r"[-–—\s]*(?:page|p\.)?\s*\d{1,4}(?:\s*(?:/|of)\s*\d{1,4})?[-–—.\s]*|[-–—\s]*第\s*\d{1,4}\s*页[-–—\s]*"
    r"|\((?:more|continued)\)|continued:(?:\s*\(\d+\))?",
    re.IGNORECASE,
)
_TRANSITION = re.compile(
    r"(?:(?:SMASH |MATCH |JUMP |HARD )?CUT(?: BACK)? TO|FADE (?:IN|OUT|TO BLACK)|DISSOLVE TO|THE END|BLACKOUT)[.:]?"
    r"|(?:全剧终|剧终|切|淡入|淡出|闪回|闪回结束|全劇終|劇終|完)[。：:]?"
)
