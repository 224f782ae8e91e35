"""A model for whole builds, over the real local server: it labels, profiles, asks and answers as it is told to."""

import re
from collections.abc import Callable, Iterable
from hashlib import blake2b
from pathlib import Path

from openai_replies import Reply
from openai_replies import Request as Heard
from roleinstruct.language import language_of
from roleinstruct.pipeline.config import BuildConfig
from teachers import say_json, told

__all__ = ["asked_of", "digests", "is_about_answers", "sample_config", "shape", "speaker", "village", "village_config"]

_TOPICS = {
    "zh": ["下棋", "养花", "赶早市", "听戏", "腌咸菜", "修闹钟", "看球", "写毛笔字", "织毛衣"],
    "en": ["chess", "roses", "old songs", "early mornings", "jigsaws", "cricket", "long walks", "marmalade", "whist"],
}


def shape(heard: Heard) -> str:
    """What is asked for: "Labels", "Findings", "Pairs" or "Spoken"."""
    return str(heard.body["response_format"]["json_schema"]["name"])


def is_about_answers(heard: Heard) -> bool:
    """Whether an answer to a general instruction is asked for."""
    return shape(heard) == "Spoken"


def asked_of(heard: Heard) -> str:
    """The instruction that is to be answered."""
    return re.split(r"(?:^|\n)(?:问题：|Question: )", told(heard))[-1]


def speaker(answer: Callable[[Heard], str] | None = None) -> Callable[[Heard], Reply]:
    """A model that does all steps well; `answer` says what it answers to general instructions."""

    def speak(heard: Heard) -> Reply:
        kind = shape(heard)
        if kind == "Labels":
            lines = re.findall(r"^(\d+) \| ", told(heard), re.MULTILINE)
            return say_json({"labels": [f"{number} neutral" for number in lines]})
        if kind == "Findings":
            return say_json({"statements": [{"field": "hobbies", "value": "下棋", "evidence": [1]}]})
        if kind == "Pairs":
            return say_json({"pairs": list(_pairs(heard))})
        return say_json({"answer": (answer or _answer)(heard)})

    return speak


def _answer(heard: Heard) -> str:
    number = int.from_bytes(blake2b(told(heard).encode(), digest_size=2).digest())
    if language_of(asked_of(heard)) == "en":
        return f"Well, I would take it slowly, as with all things since {number}."
    return f"这事儿急不得，先喝口水，我家门牌{number}号，有空来坐。"


def _pairs(heard: Heard) -> Iterable[dict[str, object]]:
    language = "en" if told(heard).startswith("Person") else "zh"
    for topic in _TOPICS[language]:
        zh = {
            "question": f"你是怎么喜欢上{topic}的？",
            "answer": f"打小跟我爷爷学{topic}，一学几十年，离不开喽。",
        }
        en = {
            "question": f"How did you come to like {topic}?",
            "answer": f"My aunt taught me {topic} when I was ten.",
        }
        about = {"kind": "profile", "reason": "told", "emotion": "happiness", "confidence": "high", "evidence": [1]}
        yield {**(zh if language == "zh" else en), **about}


def sample_config(base_url: str, **blocks: dict[str, object]) -> BuildConfig:
    """The bundled sample by a model: two instructions for each character, two samples each."""
    config = BuildConfig.load("sample").model_dump(mode="json")
    config["model"] |= {"name": "m", "base_url": base_url, "timeout": 5}
    config["questions"] |= {"when": "missing"}
    config["general"] |= {"when": "always", "limit": 2, "samples": 2}
    for block, words in blocks.items():
        config[block] |= words
    return BuildConfig.checked(config, "test")


def village(folder: Path) -> Path:
    """A source of two invented people without questions, profiles and general instructions."""
    for name, partner, lines in (
        ("老方", "小芹", ("水缸又漏了，你来瞅瞅？", "明儿一早我带着锤子过去，今天天黑看不清。")),
        ("Nora Webb", "Sam", ("Is the gate mended yet?", "Not yet, love, the hinge is still at the smith's.")),
    ):
        path = folder / name / "script.txt"
        path.parent.mkdir(parents=True)
        turns = "\n".join(f"{who}：{text}" for who, text in zip((partner, name) * 4, lines * 4, strict=True))
        path.write_text(f"第1场\n{turns}\n", encoding="utf-8")
    return folder


def village_config(source: Path, base_url: str, **general: object) -> BuildConfig:
    """Those two by a model that makes no questions of them."""
    words = {
        "source": {"path": str(source)},
        "questions": {"when": "never"},
        "general": {"limit": 2, "samples": 2, **general},
        "model": {"name": "m", "base_url": base_url, "timeout": 5},
    }
    return BuildConfig.checked(words, "test")


def digests(out: Path) -> dict[str, str]:
    """The content of every published file of a data set folder."""
    files = (path for path in out.rglob("*") if path.is_file() and ".roleinstruct" not in path.parts)
    return {str(path.relative_to(out)): blake2b(path.read_bytes()).hexdigest() for path in files}
