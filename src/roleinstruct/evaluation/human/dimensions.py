"""What people rate, in the words that they are told: three dimensions of the paper, 1 to 5, in Chinese and English."""

from dataclasses import dataclass

__all__ = ["DIMENSIONS", "RULES", "SCALE", "Dimension", "Wording"]

SCALE = (1, 2, 3, 4, 5)
"""The scores, from the worst to the best."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A dimension in one language.

    Attributes:
        name: What it is called.
        asks: What it asks, a sentence.
        low: What a 1 is.
        high: What a 5 is.
    """

    name: str
    asks: str
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class Dimension:
    """One thing to be rated.

    Attributes:
        name: Its name in files, a column of the CSV.
        short: For the head of a table: CE, Cons., ED.
        zh: In Chinese.
        en: In English.
    """

    name: str
    short: str
    zh: Wording
    en: Wording


DIMENSIONS = (
    Dimension(
        "communication_effectiveness",
        "CE",
        Wording(
            "沟通效果",
            "这句回答接住了问题吗？说清楚了吗？像面对面说话那样自然吗？",
            "答非所问，或读不懂",
            "切题、明白、自然，对话能接着往下走",
        ),
        Wording(
            "Communication effectiveness",
            "Does the answer take up what was asked, clearly, and as people talk?",
            "beside the point, or cannot be understood",
            "to the point, clear and natural; the talk can go on from here",
        ),
    ),
    Dimension(
        "consistency",
        "Cons.",
        Wording(
            "一致性",
            "说话的口吻、知道的事、和别人的关系，都符合人物资料吗？",
            "和资料矛盾，或者像是另一个人（比如自称人工智能）",
            "处处都是这个人会说的话，没有一处和资料冲突",
        ),
        Wording(
            "Consistency",
            "Do tone, knowledge and relations fit the character's profile?",
            "contradicts the profile, or is somebody else (an AI model, for one)",
            "what this very person would say, and nothing against the profile",
        ),
    ),
    Dimension(
        "expressive_diversity",
        "ED",
        Wording(
            "表达多样性",
            "用词、句式、情绪有变化、有色彩吗？还是套话？只看这一句回答本身。",
            "干巴巴的套话，或来回重复",
            "用词和句子有变化，情绪鲜活，让人记得住",
        ),
        Wording(
            "Expressive diversity",
            "Are words, sentences and feeling varied and vivid, or stock phrases? Judge this answer by itself.",
            "flat stock phrases, or the same over and over",
            "varied words and sentences, lively feeling, memorable",
        ),
    ),
)
"""In the order of the paper's Table 4."""

RULES = {
    "zh": (
        "先看人物资料和问题，再给每个回答的三项各打 1 到 5 分。3 分是过得去。",
        "三项分开打：说得漂亮但不像这个人，一致性照样给低分。",
        "长短本身不加分也不扣分。",
        "回答的先后是打乱的，不说明来自哪里；不用猜，也不要和别人商量。",
        "打不了分就空着，不要随便填。",
    ),
    "en": (
        "Read the profile and the question first; then give each answer 1 to 5 on all three. A 3 is acceptable.",
        "Keep the three apart: a fine sentence that is not this person gets a low consistency all the same.",
        "Length by itself neither earns nor costs anything.",
        "Answers come in a shuffled order that says nothing of their source; do not guess, and do not confer.",
        "If you cannot rate something, leave it empty rather than fill in any number.",
    ),
}
"""The rules by language, a sentence each."""
