"""What a script shows of a character, gathered dialogue by dialogue."""

from collections import Counter

from roleinstruct.emotions import Emotion
from roleinstruct.generate.phrases import Phrase, Phrases
from roleinstruct.profile_fields import OBSERVED
from roleinstruct.records import Dialogue

__all__ = ["Observations"]

_EXAMPLES = 3
_SHOWN = 8
_PARTNERS = 10_000
_NAMES = 200


class Observations:
    """Counts over the dialogues of one character, in bounded memory.

    Attributes:
        character: Whom they are about.
        dialogues: Dialogues seen.
    """

    def __init__(self, character: str) -> None:
        self.character = character
        self.dialogues = 0
        self._turns = 0
        self._units = Counter[str]()
        self._partners = Counter[str]()
        self._emotions = Counter[Emotion]()
        self._met: dict[str, list[str]] = {}
        self._phrases = Phrases()

    @property
    def language(self) -> str:
        """The language that the character speaks more of: "zh" or "en"; "" where it says no word."""
        if not self._units["characters"] and not self._units["words"]:
            return ""
        return "zh" if self._units["characters"] >= self._units["words"] else "en"

    def add(self, dialogue: Dialogue) -> None:
        """Count a dialogue; one of another character counts for nothing."""
        if dialogue.character != self.character:
            return
        self.dialogues += 1
        if dialogue.partner in self._partners or len(self._partners) < _PARTNERS:
            self._partners[dialogue.partner] += 1
            met = self._met.setdefault(dialogue.partner, [])
            if len(met) < _EXAMPLES:
                met.append(dialogue.id)
        for turn in dialogue.utterances:
            mine = turn.speaker == self.character
            size = self._phrases.add(turn.text, dialogue.id, mine=mine)
            if mine:
                self._turns += 1
                self._units.update(size)
                if turn.emotion is not None:
                    self._emotions[turn.emotion] += 1

    def fields(self, language: str) -> dict[str, str]:
        """The fields of the profile, as text, those that have something to say.

        Args:
            language: "zh" or "en": that of the labels of emotions and of units.
        """
        chinese = language == "zh"
        comma = "、" if chinese else ", "
        partners = comma.join(f"{name} {count}" for name, count in self._partners.most_common(_SHOWN))
        total = sum(self._emotions.values())
        emotions = comma.join(
            f"{emotion.zh if chinese else emotion} {count / total:.0%}"
            for emotion, count in self._emotions.most_common()
        )
        phrases = comma.join(phrase.text for phrase in self._favourites())
        return {
            f"{OBSERVED}{key}": text
            for key, text in (
                ("partners", partners),
                ("emotions", emotions),
                ("phrases", phrases),
                ("turn_length", self._length(chinese=chinese)),
            )
            if text
        }

    def evidence(self) -> list[str]:
        """What each field rests on: "observed_phrases 哎呀妈呀: id, id, id"."""
        met = [(f"partners {name}", self._met[name]) for name, _ in self._partners.most_common(_SHOWN)]
        said = [(f"phrases {phrase.text}", phrase.dialogues) for phrase in self._favourites()]
        return [f"{OBSERVED}{what}: {', '.join(ids)}" for what, ids in (*met, *said)]

    def _favourites(self) -> list[Phrase]:
        names = {self.character, *(name for name, _ in self._partners.most_common(_NAMES))}
        return self._phrases.favourites(_SHOWN, without=names)

    def _length(self, *, chinese: bool) -> str:
        if not self._turns:
            return ""
        if chinese:
            return f"平均 {self._units['characters'] / self._turns:.1f} 字，共 {self._turns} 句"
        return f"{self._units['words'] / self._turns:.1f} words on average, {self._turns} turns"
