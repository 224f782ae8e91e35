"""The personality traits that a model is to prefer, in both languages: the only place that has them."""

__all__ = ["VOCABULARY", "listed", "preferred"]

VOCABULARY = (
    ("乐观", "optimistic"),
    ("开朗", "cheerful"),
    ("外向", "outgoing"),
    ("内向", "reserved"),
    ("温柔", "gentle"),
    ("善良", "kind"),
    ("真诚", "sincere"),
    ("热心", "warm-hearted"),
    ("体贴", "considerate"),
    ("细心", "careful"),
    ("耐心", "patient"),
    ("勤劳", "hard-working"),
    ("节俭", "thrifty"),
    ("踏实", "down-to-earth"),
    ("认真", "conscientious"),
    ("负责", "responsible"),
    ("果断", "decisive"),
    ("勇敢", "brave"),
    ("坚韧", "resilient"),
    ("独立", "independent"),
    ("自信", "confident"),
    ("谨慎", "cautious"),
    ("理智", "rational"),
    ("冷静", "calm"),
    ("幽默", "humorous"),
    ("机灵", "quick-witted"),
    ("好奇", "curious"),
    ("浪漫", "romantic"),
    ("敏感", "sensitive"),
    ("固执", "stubborn"),
    ("急躁", "impatient"),
    ("冲动", "impulsive"),
    ("好强", "competitive"),
    ("倔强", "headstrong"),
    ("粗心", "careless"),
    ("懒散", "lazy"),
    ("健忘", "forgetful"),
    ("爱面子", "vain"),
    ("斤斤计较", "petty"),
    ("唠叨", "talkative"),
    ("胆小", "timid"),
    ("悲观", "pessimistic"),
    ("孤僻", "solitary"),
    ("重情义", "loyal"),
    ("有正义感", "fair-minded"),
)
"""45 pairs, Chinese and English: as many as the paper counts over its characters (RoleCraft-GLM, table 1)."""


def listed(language: str) -> str:
    """The words of a language, in order, as a prompt has them."""
    return "、".join(zh for zh, _ in VOCABULARY) if language == "zh" else ", ".join(en for _, en in VOCABULARY)


def preferred(trait: str, language: str) -> str:
    """The vocabulary's word for a trait that is one of its words in either language, and else the trait as it is.

    Args:
        trait: As a model wrote it: "Kind", "乐观的", or "kind" in a Chinese profile.
        language: "zh" or "en": that of the profile.
    """
    word = trait.strip().casefold().replace(" ", "-").removesuffix("的")
    found = (pair for pair in VOCABULARY if word in pair)
    pair = next(found, None)
    return trait if pair is None else pair[0] if language == "zh" else pair[1]
