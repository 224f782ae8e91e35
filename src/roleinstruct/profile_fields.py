"""The profile template of the paper: its fields, and what people call them in Chinese and English.

A profile may have other fields too, under whatever name its source gives them.
"""

from dataclasses import dataclass
from functools import cache

__all__ = ["CARD", "CARD_ITSELF", "FIELDS", "INFERRED", "OBSERVED", "Field", "field_named", "is_told", "label"]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the template.

    Attributes:
        key: English, snake_case; the key in `CharacterProfile.fields`.
        zh: Chinese label.
        en: English label.
        aliases: Other labels, separated by "|".
    """

    key: str
    zh: str
    en: str
    aliases: str = ""


FIELDS = (
    Field("name", "姓名", "Name", "名字|名称|角色名|角色|full name|character name|character"),
    Field("age", "年龄", "Age", "岁数|年纪"),
    Field("height", "身高", "Height"),
    Field("weight", "体重", "Weight"),
    Field("birthday", "生日", "Birthday", "出生日期|出生年月|出生|date of birth|born|birth date|birthdate"),
    Field("zodiac", "星座", "Zodiac sign", "zodiac|star sign|sign"),
    Field(
        "traits",
        "性格特点",
        "Traits",
        "性格|性格特征|性格特质|个性|character traits|personality|personality traits|trait",
    ),
    Field(
        "background", "背景", "Background", "背景故事|人物背景|个人背景|经历|生平|backstory|history|biography|bio|story"
    ),
    Field("hobbies", "爱好", "Hobbies", "兴趣|兴趣爱好|喜好|hobby|interests|likes"),
    Field(
        "specialties",
        "特长",
        "Specialties",
        "专长|擅长|技能|specialty|speciality|specialities|skills|strengths|good at",
    ),
    Field("dream", "梦想", "Dream", "理想|愿望|目标|dreams|goal|goals|ambition|wish"),
    Field("family", "家庭情况", "Family", "家庭|家庭成员|家人|家庭背景|family members|family situation"),
    Field("relationships", "关系", "Relationships", "人际关系|社会关系|人物关系|relationship|relations|friends"),
    Field(
        "favourite_colour",
        "喜欢的颜色",
        "Favourite colour",
        "最喜欢的颜色|颜色|favourite colours|favourite color|colour|color",
    ),
    Field(
        "favourite_foods",
        "喜欢的食物",
        "Favourite foods",
        "最喜欢的食物|爱吃的食物|爱吃的|爱吃|食物|favourite food|foods|food",
    ),
    Field(
        "favourite_sports",
        "喜欢的运动",
        "Favourite sports",
        "最喜欢的运动|喜爱的运动|运动|favourite sport|sports|sport",
    ),
    Field(
        "favourite_series",
        "喜欢的电视剧",
        "Favourite series",
        "最喜欢的电视剧|喜欢的剧|爱看的剧|爱看的电视剧|电视剧|series|tv series|favourite tv series|favourite tv shows"
        "|favourite shows",
    ),
    Field(
        "favourite_films",
        "喜欢的电影",
        "Favourite films",
        "最喜欢的电影|爱看的电影|电影|films|movies|favourite film|favourite movies|favourite movie",
    ),
    Field(
        "dislikes",
        "讨厌的食物",
        "Dislikes",
        "讨厌的事物|讨厌的东西|讨厌|不喜欢|不喜欢的食物|厌恶|disliked food|disliked foods|hates",
    ),
)
"""The template, in the paper's order (RoleCraft-GLM, section 3.1 and appendix)."""

OBSERVED = "observed_"
"""What keys begin with that tell what the script shows."""

INFERRED = "inferred_"
"""What keys begin with that a model concluded without a dialogue that shows it."""

CARD = "card."
"""What keys begin with that hold a field of the character card that a profile was read from, as the card has it."""

CARD_ITSELF = "card:"
"""The key that holds what the card says of itself: its version, and what stood beside its fields."""


def is_told(key: str) -> bool:
    """Whether a field is told to models and people: not what was only counted, nor what a card keeps for its return."""
    return not key.startswith((OBSERVED, CARD, CARD_ITSELF))


def field_named(label: str) -> str | None:
    """The key of the field that a label names, in any case and either spelling of English, or None."""
    return _keys().get(" ".join(label.casefold().replace("_", " ").split()).replace("favorite", "favourite"))


def label(key: str, language: str) -> str:
    """What a field is called in "zh" or "en"; the mark of what was inferred is not said.

    Examples:
        >>> label("favourite_foods", "zh"), label("inferred_age", "en"), label("pet_name", "en")
        ('喜欢的食物', 'Age', 'pet name')
    """
    bare = key.removeprefix(INFERRED)
    return _labels(language).get(bare, bare.replace("_", " "))


@cache
def _labels(language: str) -> dict[str, str]:
    return {field.key: field.zh if language == "zh" else field.en for field in FIELDS}


@cache
def _keys() -> dict[str, str]:
    labels = {f.key: (f.key.replace("_", " "), f.zh, f.en, *f.aliases.split("|")) for f in FIELDS}
    return {label.casefold(): key for key, named in labels.items() for label in named if label}
