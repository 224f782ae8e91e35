"""The ten emotion labels of the RoleCraft-GLM paper, in the paper's fixed order.

Everything that names an emotion derives from this module: ClassLabel names, prompts, cards and figures.
"""

import unicodedata
from enum import StrEnum

from roleinstruct.errors import LabelError

__all__ = ["Emotion"]


class Emotion(StrEnum):
    """One of ten labels; the order is the ClassLabel order and never changes.

    Source: RoleCraft-GLM, section 3.1: Ekman's six, then neutral, frustration, excitement and other.
    """

    ANGER = "anger"
    DISGUST = "disgust"
    FEAR = "fear"
    HAPPINESS = "happiness"
    SADNESS = "sadness"
    SURPRISE = "surprise"
    NEUTRAL = "neutral"
    FRUSTRATION = "frustration"
    EXCITEMENT = "excitement"
    OTHER = "other"

    @property
    def zh(self) -> str:
        """The Chinese name, two characters."""
        return _CHINESE[self]

    @classmethod
    def parse(cls, word: str) -> "Emotion":
        """Read a label as people and models write it.

        Chinese (simplified or traditional), English, common aliases, any case, and the damage that real annotation
        files show: brackets of any kind, doubled or missing on one side, and stray punctuation around the word.

        Args:
            word: The label alone, such as "沮丧", "(其他", "Frustrated" or "【憤怒】".

        Raises:
            LabelError: The word is none of the known names.

        Examples:
            >>> Emotion.parse("（其他")
            <Emotion.OTHER: 'other'>
            >>> Emotion.parse("Frustrated").zh
            '沮丧'
        """
        key = unicodedata.normalize("NFKC", word).strip(_DAMAGE).casefold()
        try:
            return _BY_WORD[key]
        except KeyError:
            names = ", ".join(f"{emotion} {emotion.zh}" for emotion in cls)
            raise LabelError(f"{word!r} is no emotion label; expected one of {names}.") from None


_DAMAGE = " \t\r\n()[]{}<>《》〈〉【】〔〕「」『』\"'“”‘’`*_#:;,.!?。、，！？：；~～-—"

_CHINESE = {
    Emotion.ANGER: "愤怒",
    Emotion.DISGUST: "厌恶",
    Emotion.FEAR: "恐惧",
    Emotion.HAPPINESS: "快乐",
    Emotion.SADNESS: "悲伤",
    Emotion.SURPRISE: "惊讶",
    Emotion.NEUTRAL: "中立",
    Emotion.FRUSTRATION: "沮丧",
    Emotion.EXCITEMENT: "兴奋",
    Emotion.OTHER: "其他",
}

# Words that mean the label and nothing else. The released data calls gratitude "grateful" and leaves it outside the
# ten; its annotators put every positive feeling that is not happiness under "other", and so do we.
_ALIASES = {
    Emotion.ANGER: "angry mad rage 憤怒 生气 生氣 气愤 氣憤 恼怒 发怒 怒",
    Emotion.DISGUST: "disgusted 厭惡 厌烦 反感 恶心 嫌弃",
    Emotion.FEAR: "fearful afraid scared anxious anxiety worried worry 恐懼 害怕 担心 担忧 擔心 焦虑 惊恐 恐慌 紧张",
    Emotion.HAPPINESS: "happy joy joyful 快樂 高兴 高興 开心 開心 喜悦 愉快 幸福 欢乐 喜",
    Emotion.SADNESS: "sad sorrow grief 悲傷 伤心 傷心 难过 難過 悲痛 哀伤 悲",
    Emotion.SURPRISE: "surprised astonished astonishment 驚訝 吃惊 惊奇 惊喜 诧异 惊",
    Emotion.NEUTRAL: "calm 中性 平静 平靜 平淡 无情绪",
    Emotion.FRUSTRATION: "frustrated depressed depress depression disappointed 沮喪 郁闷 失望 无奈 失落 挫败 烦躁",
    Emotion.EXCITEMENT: "excited thrilled 興奮 激动 激動 亢奋",
    Emotion.OTHER: "others grateful gratitude relaxed positive-other negative-other 其它 別的 别的 感激 放松",
}

_BY_WORD = {word: emotion for emotion in Emotion for word in (emotion.value, emotion.zh, *_ALIASES[emotion].split())}
