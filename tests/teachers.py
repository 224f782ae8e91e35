"""Scripts of invented people, and a real local server in the place of a teacher model, for tests of the generators."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from openai_replies import Reply, say
from openai_replies import Request as Heard
from openai_server import OpenAIServer
from roleinstruct.emotions import Emotion
from roleinstruct.llm.asking import Asker
from roleinstruct.llm.budget import Meter, Prices
from roleinstruct.llm.endpoint import Endpoint
from roleinstruct.llm.engine import Engine, Limits
from roleinstruct.llm.journal import Journal
from roleinstruct.llm.request import Request
from roleinstruct.records import Dialogue, Place, Utterance

__all__ = ["NAMES", "firsts", "is_repair", "numbers", "say_json", "script", "sent", "teach", "told"]

Result = TypeVar("Result")

NAMES = {"zh": ("于小强", "李梅"), "en": ("Maggie Doyle", "Tom")}
_LINES = {
    "zh": (
        ("你周末又去河边钓鱼了吧？", "那当然，钓了两条大鲫鱼，晚上给我妈炖汤喝！", Emotion.HAPPINESS),
        ("房租怎么又没交？", "我真不是故意的，这个月工钱还没结，你再容我几天。", Emotion.FRUSTRATION),
        ("听说你弟弟考上大学了？", "哎呀，可不是嘛，我们家头一个大学生，我高兴得一宿没睡。", Emotion.EXCITEMENT),
        ("谁把车座弄坏了？", "不知道。", Emotion.NEUTRAL),
    ),
    "en": (
        ("Did you go fishing again on Sunday?", "I did, I caught two fat perch for my mother!", Emotion.HAPPINESS),
        ("Why is the rent late again?", "They have not paid me yet, give me some days, will you?", Emotion.FRUSTRATION),
        ("So your brother is off to college?", "The first of us ever, I have not slept for joy.", Emotion.EXCITEMENT),
        ("Who broke the saddle?", "No idea.", Emotion.NEUTRAL),
    ),
}  # fmt: skip


def script(dialogues: int, language: str = "zh", turns: int = 4) -> list[Dialogue]:
    """Dialogues "d1", "d2", ... in one file, ten lines each, with the titles "1", "2", ..."""
    name, partner = NAMES[language]
    made = []
    for number in range(1, dialogues + 1):
        said: list[Utterance] = []
        for turn in range(turns // 2):
            question, answer, emotion = _LINES[language][(number + turn) % len(_LINES[language])]
            said += [Utterance(partner, question, Emotion.NEUTRAL), Utterance(name, answer, emotion)]
        place = Place("剧本.txt", 10 * number, 10 * number + 9)
        made.append(Dialogue(f"d{number}", name, partner, tuple(said), place, f"{number}"))
    return made


def teach(
    answer: Callable[[Heard], Reply],
    work: Callable[[Asker], Awaitable[Result]],
    path: Path,
    timeout: float = 20.0,
) -> tuple[Result, list[Heard]]:
    """What the work makes of a model that answers so, and the requests that were answered in full."""

    async def once(server: OpenAIServer) -> Result:
        with Journal(path / "journal.sqlite") as journal:
            endpoint = Endpoint.of("tester", server.base_url, timeout=timeout)
            async with Engine(endpoint, journal, Meter(Prices.load().at(server.base_url)), Limits(8)) as engine:
                return await work(Asker(engine))

    with OpenAIServer(answer) as server:
        found = asyncio.run(once(server))
        return found, [call.request for call in server.calls]


def say_json(value: object) -> Reply:
    """A reply that is one JSON document."""
    return say(json.dumps(value, ensure_ascii=False))


def told(heard: Heard) -> str:
    """The user message of the first round, also in a repair."""
    return str(next(message["content"] for message in heard.body["messages"] if message["role"] == "user"))


def numbers(heard: Heard) -> list[int]:
    """The numbers of the dialogues or statements that a request shows."""
    return [int(found) for found in re.findall(r"^\[(\d+)\]", told(heard), re.MULTILINE)]


def is_repair(heard: Heard) -> bool:
    """Whether the model is shown its own words with what is wrong with them."""
    return len(heard.body["messages"]) > 2


def firsts(calls: Sequence[Heard]) -> list[Any]:
    """What the calls of the first round sent, each body once, sorted."""
    bodies = {call.fingerprint: call.body for call in calls if not is_repair(call)}
    return sorted((body["messages"] for body in bodies.values()), key=str)


def sent(requests: Sequence[Request]) -> list[Any]:
    """What requests will send, as `firsts` gives it."""
    bodies = [[{"role": m.role, "content": m.content} for m in request.messages] for request in requests]
    return sorted({json.dumps(body): body for body in bodies}.values(), key=str)
