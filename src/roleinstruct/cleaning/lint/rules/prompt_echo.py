"""An answer that repeats the prompt that it was asked with."""

import re
from collections.abc import Iterator

from roleinstruct.cleaning.lint.material import Person
from roleinstruct.cleaning.lint.rule import Finding, Rule
from roleinstruct.cleaning.lint.texts import Text
from roleinstruct.grams import normalise

__all__ = ["RULE"]


def _find(person: Person) -> Iterator[Finding]:
    for asked, answer in person.answers():
        instruction = asked.item.instruction
        if scaffold := _scaffold(instruction, answer):
            what = f"the answer holds {' '.join(scaffold.split())!r}, which belongs to a prompt"
        elif _repeats(instruction, answer):
            what = "the answer repeats the whole instruction"
        else:
            continue
        yield Text(person.name, "answer", answer, asked).finding(what)
    for scene, before, turn in person.spoken():
        if scaffold := _scaffold(before.text, turn.text):
            what = f"the character says {' '.join(scaffold.split())!r}, which belongs to a prompt"
            yield Text(person.name, "utterance", turn.text, turn, scene).finding(what)


def _scaffold(instruction: str, answer: str) -> str:
    """What of a prompt stands in an answer, and not in the instruction that it answers."""
    for match in _SCAFFOLD.finditer(answer):
        if match.group().strip() not in instruction:
            return match.group().strip()
    turn = _TURN.search(answer)
    return turn.group().strip() if turn and not _ASKS_FOR_TURNS.search(instruction) else ""


def _repeats(instruction: str, answer: str) -> bool:
    """Whether the whole instruction is in the answer; its first words are looked for first, which is faster."""
    words, low = _WORDS.search(instruction), answer.casefold()
    if not words or len(answer) < _REPEATED or (start := low.find(words.group().casefold())) < 0:
        return False
    if low[max(0, start - 1) : start].isalnum() or _is_taken_up(instruction, low[start:]):
        return False
    whole = normalise(instruction)
    return len(whole) >= _REPEATED and whole in normalise(answer) and not _ASKS_TO_REPEAT.search(instruction)


def _is_taken_up(instruction: str, answer: str) -> bool:
    """Whether a speaker says the words back in a sentence of their own: "A song? That is hard!"."""
    last = _WORDS.findall(instruction)[-1].casefold()
    behind = answer.partition(last)[2].lstrip()[:1]
    return behind != "" and behind in "啊呢吗嘛吧是呀？?" and not instruction.rstrip().endswith(behind)


_REPEATED = 12
"""Characters of a normalised instruction; a shorter one may be part of any answer."""

_WORDS = re.compile(r"\w+")

_SCAFFOLD = re.compile(
    r"(?:User|Assistant|System|Human) (?:Prompt|Response|Completion|Reply)\b"
    r"|<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id)\|>|\[/?INST\]|<</?SYS>>"
    r"|#{2,}\s*(?:Instruction|Response|Input|System|User|Assistant|Human|指令|回答|输入)\s*[:：]"
    r"|【(?:用户|助手|系统)(?:提示|回答|回复|指令)】|不要暴露(?:你|自己)是|(?:尼|你)要时刻记住(?:尼|你)|你的讲话风格要"
    r"|请(?:你)?以[^，。？！\n]{1,16}的(?:身份|口吻|语气)(?:来)?回答|(?:被)?赋予的?(?:一个)?人格角色"
    r"|You are now playing the role of",
    re.IGNORECASE,
)

# At the beginning of a line only; "Windows System: ..." is a sentence.
_TURN = re.compile(
    r"(?:^|\n)[ \t>*【]*(?:System|Assistant|User|Human|AI|人类|助手(?:回复|回答|提示)?|系统(?:提示词?|指令)"
    r"|用户(?:提问|提示|输入|指示|问题)?)[ \t*]*[:：]"
)

_ASKS_FOR_TURNS = re.compile(
    r"对话|聊天|剧本|会话|采访|访谈|问答|客服|用户|助手|系统|角色扮演|dialog|conversation|chat|script|interview|user"
    r"|assistant|system|role",
    re.IGNORECASE,
)

_ASKS_TO_REPEAT = re.compile(
    r"重复|复述|翻译|译成|译为|抄|照着|跟我|跟着我|说一遍|念|读一遍|逐字|原话|改写|改成"
    r"|repeat|translat|copy|say after|read out|quote|rephrase|word for word",
    re.IGNORECASE,
)


RULE = Rule(
    id="prompt-echo",
    severity="error",
    summary="An answer holds pieces of a prompt, or the whole instruction again.",
    why="The model learns to write prompts, other people's questions among them, instead of answers.",
    example='{"instruction": "你喜欢春天吗？", "generated": "User Prompt: 你喜欢春天吗？\\nAssistant Prompt: 秋天。"}',
    mend="Ask again, or leave the row out.",
    person=_find,
    drops=True,
)
