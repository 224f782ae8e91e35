"""What a model is asked for questions: which pieces of a script, in which round, how many pairs of which kind."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from roleinstruct.encoders.encoder import Encoder
from roleinstruct.errors import ConfigError
from roleinstruct.generate.chunks import Chunk, check_room, chunks_of
from roleinstruct.generate.describing import known, spoken
from roleinstruct.generate.elsewhere import Elsewhere
from roleinstruct.generate.pairs import CONFIDENCE, Pair, kind_of
from roleinstruct.generate.prompting import prompt
from roleinstruct.generate.room import MARGIN, WINDOW, room_beside
from roleinstruct.generate.teaching import TEACHER
from roleinstruct.generate.variety import KINDS, allotted, turns
from roleinstruct.llm.asking import Question
from roleinstruct.llm.clipping import clipped, tokens_of
from roleinstruct.llm.shapes import Shape, limited, messages
from roleinstruct.records import CharacterProfile, Dialogue, Instruction

__all__ = ["Pairs", "QuestionOptions", "Step", "Task"]

_EQUAL = dict.fromkeys(KINDS, 1.0)


@dataclass(frozen=True, slots=True)
class QuestionOptions:
    """How questions are made.

    Attributes:
        wanted: Pairs in all; None asks once about every piece of the script.
        pairs: Asked of a piece, 1 or more.
        kinds: The shares of the `variety.KINDS`, 0 or more; one that is not named has none.
        confidence: Pairs of less are left out, one of `pairs.CONFIDENCE`.
        rounds: How often what is missing may be asked for, the first time included.
        context: Tokens of script in a piece.
        known: Tokens of the profile that are shown.
        further: Tokens of scenes from elsewhere.
        listed: Tokens of the questions that are there already.
        parameters: Of the server.
    """

    wanted: int | None = None
    pairs: int = 10
    kinds: Mapping[str, float] = field(default_factory=lambda: _EQUAL)
    confidence: str = CONFIDENCE[1]
    rounds: int = 4
    context: int = 3000
    known: int = 800
    further: int = 800
    listed: int = 300
    parameters: Mapping[str, object] = field(default_factory=lambda: TEACHER)

    def __post_init__(self) -> None:
        check_room(self.context)
        if self.pairs < 1 or self.rounds < 1 or (self.wanted is not None and self.wanted < 1):
            raise ConfigError(
                f"{self.wanted} questions, {self.pairs} from a piece in {self.rounds} rounds, are none; expected 1 or "
                "more of each."
            )
        if not set(self.kinds) <= set(KINDS) or min(self.kinds.values(), default=0) < 0 or not sum(self.kinds.values()):
            raise ConfigError(
                f"{dict(self.kinds)} are no shares of kinds of questions; expected numbers from 0, one above it, for "
                f"{', '.join(KINDS)}."
            )

    @classmethod
    def within(
        cls, window: int = WINDOW, *, wanted: int, kinds: Mapping[str, float], confidence: str, rounds: int
    ) -> "QuestionOptions":
        """The options with sizes by which every request and its reply fit into a context of so many tokens.

        Raises:
            ConfigError: The context is too small.
        """
        usual = cls(wanted, kinds=kinds, confidence=confidence, rounds=rounds)
        left = room_beside((prompt("questions", language) for language in _LANGUAGES), Pairs, window)
        shown = usual.context + usual.known + usual.further + usual.listed
        share = min(1.0, left / (MARGIN * shown + 2 * _reply(usual.pairs)))
        return cls(
            wanted,
            max(1, int(share * _reply(usual.pairs) - _FRAME) // _PAIR),
            kinds,
            confidence,
            rounds,
            int(share * usual.context),
            int(share * usual.known),
            int(share * usual.further),
            int(share * usual.listed),
        )


class Pairs(Shape):
    """The model's answer."""

    pairs: list[Pair]


@dataclass(frozen=True, slots=True)
class Step:
    """One question to the model, and the dialogues that it shows."""

    question: Question[Pairs]
    shown: tuple[Dialogue, ...]


@dataclass(slots=True)
class Task:
    """The script of one character, and what has been asked about it.

    Attributes:
        asked: Pairs that were asked for, by kind.
    """

    profile: CharacterProfile
    options: QuestionOptions
    language: str
    known: str
    chunks: list[Chunk]
    scenes: Elsewhere
    asked: Counter[str] = field(default_factory=Counter)
    _looked: Counter[int] = field(default_factory=Counter)

    @classmethod
    def of(
        cls, profile: CharacterProfile, dialogues: Sequence[Dialogue], options: QuestionOptions, encoder: Encoder
    ) -> "Task":
        """Cut the script of a profile's character into pieces."""
        mine = [dialogue for dialogue in dialogues if dialogue.character == profile.character]
        language = spoken(profile, mine)
        about = clipped(known(profile, language), options.known)
        chunks = chunks_of(mine, options.context, language)
        return cls(profile, options, language, about, chunks, Elsewhere(mine, encoder, language))

    @property
    def wanted(self) -> int:
        """Pairs in all."""
        return self.options.wanted or self.options.pairs * len(self.chunks)

    @property
    def rounds(self) -> int:
        """How often to ask at most."""
        return self.options.rounds if self.options.wanted else 1

    def round(self, number: int, have: Sequence[Instruction]) -> Iterator[Step]:
        """What to ask in a round.

        Args:
            number: Of the round, from 0.
            have: The pairs that are fit and new so far.

        Returns:
            The questions in the order of the script. So many pairs are asked for as are missing, and more by the share
            that was lost so far; of each kind in proportion to what it lacks; one piece is looked at once in a round.
        """
        missing = allotted(self.options.kinds, self.wanted)
        missing.subtract(Counter(kind_of(item) for item in have))
        lost = min(_MOST_LOST, self.asked.total() / max(1, len(have))) if number else 1.0
        need = math.ceil((self.wanted - len(have)) * lost)
        pairs = min(self.options.pairs, need)
        chosen = self._chosen(-(-need // pairs)) if need > 0 else []
        kinds = turns({kind: max(0, count) for kind, count in missing.items()}) if chosen else iter(())
        for place in chosen:
            quota = Counter(islice(kinds, pairs))
            self._looked[place] += 1
            self.asked.update(quota)
            yield self._step(place, number, quota, have)

    def _chosen(self, count: int) -> list[int]:
        """The pieces to look at, in order: those that were looked at least, at even distances."""
        chosen: list[int] = []
        for times in sorted({self._looked[place] for place in range(len(self.chunks))}):
            tier = [place for place in range(len(self.chunks)) if self._looked[place] == times]
            chosen += _spread(tier, count - len(chosen))
        return sorted(chosen)

    def _step(self, place: int, number: int, quota: Counter[str], have: Sequence[Instruction]) -> Step:
        chunk = self.chunks[place]
        elsewhere = self.scenes.near(chunk, self._topic(place), self.options.further)
        nothing, (words, comma) = _NOTHING[self.language], _QUOTA[self.language]
        count = quota.total()
        asked = messages(
            prompt("questions", self.language),
            character=self.profile.character,
            known=self.known,
            script=chunk.text,
            further=elsewhere.text or nothing,
            asked=self._listed(chunk, have) or nothing,
            count=count,
            quota=comma.join(words.format(kind, quota[kind]) for kind in KINDS if quota[kind]),
        )
        parameters = limited(self.options.parameters, _reply(count))
        # The number of the round is a part of the request: nobody wants the same reply to it twice.
        question = Question(asked, Pairs, "ask", _nothing, parameters, number)
        return Step(question, (*chunk.dialogues, *elsewhere.dialogues))

    def _topic(self, place: int) -> str:
        """What the profile says, one clause after another: of each piece another one."""
        clauses = [clause for clause in re.split(r"[。；;\n]|\.\s", self.known) if clause.strip()]
        return clauses[place % len(clauses)] if clauses else ""

    def _listed(self, chunk: Chunk, have: Sequence[Instruction]) -> str:
        """Questions that are there already, those about the piece first, as many as fit."""
        here = {f"dialogue: {id_}" for id_ in chunk.ids}
        room, lines = self.options.listed, list[str]()
        for item in sorted(have, key=lambda item: here.isdisjoint(item.evidence)):
            line = f"- {' '.join(item.instruction.split())}"
            room -= tokens_of(line + "\n")
            if room < 0:
                break
            lines.append(line)
        return "\n".join(lines)


_LANGUAGES = ("zh", "en")
_NOTHING = {"zh": "（无）", "en": "(none)"}
_QUOTA = {"zh": ("{} {} 个", "、"), "en": ("{} {}", ", ")}

# Tokens of a reply: its frame, and a pair at its longest; a usual one takes about half.
_FRAME, _PAIR = 64, 220

_MOST_LOST = 4.0


def _reply(pairs: int) -> int:
    return _FRAME + _PAIR * pairs


def _nothing(found: Pairs) -> str:
    return "" if found.pairs else "there is no pair in it."


def _spread(places: Sequence[int], most: int) -> list[int]:
    """So many of the places, at even distances."""
    if most >= len(places):
        return list(places)
    return [places[number * len(places) // most] for number in range(most)]
