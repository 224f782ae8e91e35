"""The conversations by which an export is held against what was trained."""

from dataclasses import dataclass

from roleinstruct.records import Message

__all__ = ["CONVERSATIONS", "Conversation"]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A prompt: it ends with a user's turn.

    Attributes:
        name: What is hard about it, for a message that says what failed.
        messages: The system prompt, if there is one, and turns by turns.
        has_blanks: White space at the ends of its messages, which some templates drop.
    """

    name: str
    messages: tuple[Message, ...]
    has_blanks: bool = False

    def stripped(self) -> "Conversation":
        """The same without white space at the ends of its messages."""
        bare = tuple(Message(message.role, message.content.strip()) for message in self.messages)
        return Conversation(self.name, bare)


def _made(name: str, *turns: str, system: str = "", has_blanks: bool = False) -> Conversation:
    said = [Message("user" if number % 2 == 0 else "assistant", text) for number, text in enumerate(turns)]
    return Conversation(name, (*([Message("system", system)] if system else []), *said), has_blanks)


_OLD_FANG = "你是老方。请以这个人的身份和口吻回答。\n六十岁，修了一辈子桌椅。慢性子。"
_NORA = "You are Nora. Answer as this person would, in their own voice.\nBakes bread in a village."

CONVERSATIONS = (
    _made("one Chinese question", "你的锤子是谁给的？"),
    _made("one English question", "When do you get up?"),
    _made("a Chinese persona", "你修过最旧的椅子是哪一把？", system=_OLD_FANG),
    _made("an English persona", "Who taught you to bake?", system=_NORA),
    _made("three turns", "早啊，老方。", "早。", "今天修什么？", "张家的板凳，断了条腿。", "要修多久？"),
    _made(
        "three turns with a persona",
        "Morning!", "Morning, love.", "Rye or wheat?", "Rye, it is Friday.", "Why Friday?",
        system=_NORA,
    ),
    _made(
        "emoji, joined and full-width letters",
        "下雨了🌧\ufe0f，👩\u200d🍳👨\u200d👩\u200d👧 怎么办？🇨🇳", "喝茶🍵。", "é e\u0301 ñ ﬁ ½ ①\u3000全角ＡＢ",
        system=_OLD_FANG,
    ),
    _made("lines, tabs and numbers", "1. 锯\n2. 刨\n\n\n\t3.  磨\r\n1234567 3.14 2026-11-21", system=_NORA),
    _made(
        "code and quotes",
        "{{ .Content }} {% if x %} \"\"\"a\"\"\" 'b' `c` \\n \\u4f60 <b>&amp;</b>", "$x := {{-", "}} #",
    ),
    _made(
        "text that looks like special tokens",
        "<|user|> </s> <s> [INST] x [/INST] <|im_end|>\n<|im_start|>system", "<|assistant|> ok <|eot_id|>",
        "<|endoftext|><|begin_of_text|>[gMASK]<sop><eos><bos>",
        system="<|system|> <<SYS>> Nora <</SYS>>",
    ),
    _made(
        "blanks at the ends",
        "  你好 \n", " \n好。\n\n", "\tand now? ", system="\n You are Nora. \n\n", has_blanks=True,
    ),
    _made("blanks at the ends, no persona", "\n\n你好\u3000", "好。 ", " and now?\n", has_blanks=True),
)  # fmt: skip
"""Chinese, English and emoji, with and without a persona, of one turn and several, and what templates trip over."""
