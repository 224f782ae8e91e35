"""What messengers write themselves into a chat: placeholders for what is no text, and notices of what happened."""

import re

__all__ = ["is_notice", "is_placeholder"]


def is_placeholder(line: str) -> bool:
    """Whether a line stands for something that is no text: [图片], [语音 12秒], <Media omitted>."""
    return bool(_PLACEHOLDER.fullmatch(line.strip()))


def is_notice(line: str, *, between: bool) -> bool:
    """Whether a line is the messenger's own.

    Args:
        line: The line.
        between: Whether it stands apart between two messages, where also words count that a person could write.
    """
    line = line.strip()
    return bool(_NOTICE.fullmatch(line)) or (between and bool(_NOTICE_BETWEEN.fullmatch(line)))


_THINGS = (
    "图片 照片 语音 视频 表情 动画表情 文件 位置 地理位置 链接 名片 个人名片 红包 转账 微信红包 小程序 音乐 聊天记录 "
    "合并转发 贴图 贴纸 貼圖 スタンプ 写真 動画 语音通话 视频通话 通话 接龙 拍一拍 分享 戳一戳 闪照 相册 收藏"
).replace(" ", "|")
_TITLED = "转账|微信转账|红包|微信红包|链接|文件|位置|地理位置|名片|个人名片|小程序|聊天记录|语音通话|视频通话|通话"
"""What comes with words of the messenger's behind it: [转账] 请收款, [链接] and its title."""

_MEDIA = "media|image|photo|video|voice message|audio|sticker|gif|file|document|location|contact(?: card)?|album|call"

_PLACEHOLDER = re.compile(
    rf"[\[【]\s*(?:{_TITLED})\s*[\]】].{{0,120}}"
    rf"|[\[【]\s*(?:(?:{_THINGS})[^\[\]【】]{{0,40}}|(?:{_MEDIA})(?:[\s,:][^\[\]]{{0,60}})?)\s*[\]】]"
    r"(?:\s*\d[\d:：.]*\s*[\"″”'秒]?)?"
    r"|\[(?:in reply to|forwarded from) [^\[\]]+\]|\{(?:attachments|embed|stickers|reactions)\}"
    rf"|<[^<>:/=]{{3,40}}>|(?:{_MEDIA}) omitted"
    r"|<\s?(?:attached|附件)[:：].{1,200}>|.{1,120} \((?:file attached|文件附件)\)|null",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    r".{0,40}撤回了(?:一条消息|成员.{1,40}的一条消息).{0,20}"
    r"|以上是打招呼的(?:内容|消息)|以下(?:是|为)新消息|对方已添加你为朋友.{0,20}|你已添加了.{1,40}现在可以开始聊天了.?"
    r"|(?:语音|视频)?通话(?:时长|中断)?[\s\d:：]+|消息(?:分组|对象|记录)(?:[:：（(].*)?|[=—─-]{6,}"
    r"|\[?\d\d:\d\d(?::\d\d)?\]?\s+(?:\*|-!-|\*\*\*|<--|-->)\s.*|exported \d+ message.*"
    r"|(?:messages|calls|messages and calls) .{0,20}end-to-end encrypt.*"
    r"|you deleted this message\.?|this message was deleted\.?|missed (?:voice|video|group) call.*",
    re.IGNORECASE,
)
_NOTICE_BETWEEN = re.compile(
    r"[^:：]{0,60}(?:加入了?(?:本群|群聊|群组)|退出了?(?:本群|群聊|群组)|移出了?(?:本群|群聊|群组)|修改群名为.{0,40}"
    r"|拍了拍.{0,40}|将群组?(?:名称|主题).{0,40}改为.{0,80}|创建了(?:本群|群聊|群组)(?:[“\"].*)?)"
    r"|[^:：]{1,60} (?:(?:joined|left)(?: (?:the|this) (?:group|chat|channel))?|pinned .{1,60}"
    r"|created (?:(?:the|this) group|group [“\"]).*|added .{1,60}|was added"
    r"|changed (?:the|this) (?:subject|group).*)\.?",
    re.IGNORECASE,
)
