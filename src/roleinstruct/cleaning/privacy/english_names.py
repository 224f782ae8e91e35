"""English names in running text: which capital letter makes a name, and which only begins a sentence."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from roleinstruct.cleaning.privacy.wordlists import any_of, words

__all__ = ["EnglishNames"]

Hit = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class EnglishNames:
    """Finds the names of a cast.

    Attributes:
        wholes: Full name in small letters, single blanks, to pseudonym.
        tokens: Part of a name in small letters, to pseudonym.
        firsts: Those of the parts that are first names.
        pattern: Finds all of them.
    """

    wholes: Mapping[str, str]
    tokens: Mapping[str, str]
    firsts: frozenset[str]
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, wholes: Mapping[str, str], givens: Mapping[str, str], surnames: Mapping[str, str]) -> "EnglishNames":
        """Make it ready, given the pseudonyms of full names, and of first and last names."""
        long = {" ".join(name.casefold().split()): new for name, new in wholes.items() if " " in name.strip()}
        tokens = {name.casefold(): new for name, new in {**surnames, **givens}.items()}
        spaced = [re.escape(name).replace(r"\ ", r"\s+") for name in sorted(long, key=len, reverse=True)]
        pattern = re.compile(
            rf"(?<![A-Za-zÀ-ɏ0-9_@])(?:(?P<whole>{'|'.join(spaced) or '(?!)'})|(?P<token>{any_of(tuple(tokens))}))"
            r"(?![A-Za-zÀ-ɏ0-9_@])",
            re.IGNORECASE,
        )
        return cls(long, tokens, frozenset(name.casefold() for name in givens), pattern)

    def find(self, text: str) -> Iterator[Hit]:
        """Start, end and what stands there instead, in order, none overlapping another."""
        for match in self.pattern.finditer(text):
            word, key = match.group(), " ".join(match.group().casefold().split())
            if match["whole"]:
                accepted = word != word.lower() or any(part not in words("english_words") for part in key.split())
            else:
                accepted = self._is_name(text, match)
            if accepted:
                new = self.wholes[key] if match["whole"] else self.tokens[key]
                yield (*match.span(), _in_case_of(word, new))

    def _is_name(self, text: str, match: re.Match[str]) -> bool:
        word, key = match.group(), match.group().casefold()
        if text.strip() == word:
            return True
        before, after = text[max(0, match.start() - 24) : match.start()], text[match.end() : match.end() + 24]
        if _TITLE.search(before) and word != word.lower():
            return True
        if word == word.lower():
            return key in self.firsts and len(key) > 3 and key not in words("english_words")
        if key not in words("english_words"):
            return True
        if (previous := _LAST_WORD.search(before)) and previous.group(1).casefold() in self.firsts:
            return True
        if word.isupper() and len(word) > 1 and text.upper() == text:
            return _VOCATIVE.match(after) is not None
        opening = _OPENING.search(before) is not None
        return _opens_a_sentence(key, after) if opening else _stands_inside(key, before, after)


def _opens_a_sentence(key: str, after: str) -> bool:
    """Whether a word with the capital of a sentence is a name: it is called, or it says or does something."""
    if key in _STATES:
        return bool(_VOCATIVE.match(after) or _SAYS.match(after) or _IS_DOING.match(after))
    return bool(_VOCATIVE.match(after) or _SAYS.match(after) or _IS.match(after))


def _stands_inside(key: str, before: str, after: str) -> bool:
    """Whether a capital inside a sentence makes a name: not of a month, a street, or "Town Hall"."""
    if _ARTICLE.search(before) or _COMPOUND.match(after):
        return False
    if key in _MONTHS and (_DATED.search(before) or re.match(r"\s+\d", after)):
        return False
    if key in ("will", "may") and _PRONOUN.match(after):
        return False
    previous = _LAST_WORD.search(before)
    if previous is None or not previous.group(1)[0].isupper() or previous.group(1) in _GREETINGS:
        return True
    return key not in _PLACES and _OPENING.search(before[: previous.start()]) is not None


def _in_case_of(word: str, new: str) -> str:
    if len(word) > 1 and word.isupper():
        return new.upper()
    return new.lower() if word.islower() else new


_TITLE = re.compile(
    r"(?<![A-Za-z])(?:mr|mrs|ms|miss|dr|prof|professor|sir|uncle|aunt|auntie|coach|officer|nurse)\.?\s+$", re.IGNORECASE
)
_LAST_WORD = re.compile(r"([A-Za-zÀ-ɏ][\w'’]*)\s+$")
_OPENING = re.compile(r"(?:^|[.!?…:;。！？：；，\n\"“”‘(（\[*—\-]|[\u3400-\u9fff])\s*[\"“‘'(]?$")
_VOCATIVE = re.compile(r"\s*(?:[,，!！?？:：…~]|\.\s*$|$|[\u3400-\u9fff])")
_SAYS = re.compile(
    r"(?:['’]s(?![a-z])|['’]ll|['’]d|\s+(?:said|says|asked|asks|told|tells|wants?|wanted|needs|needed|has|had|did"
    r"|didn['’]t|does|doesn['’]t|was|went|goes"
    r"|came|comes|called|calls|texted|emailed|thinks|thought|knows|knew|got|gets|gave|gives|left|lives|lived|works"
    r"|worked|can|can['’]t|could|couldn['’]t|would|wouldn['’]t"
    r"|won['’]t|should|isn['’]t|wasn['’]t|hasn['’]t|never|always|just|already|and (?:I|[A-Z])|loves|loved|likes|hates"
    r"|looks|looked|seems|took|takes|made|makes|found|forgot|lost"
    r"|broke|bought|brought|sent|wrote|met|saw|sounds|keeps|kept|picked|dropped|moved|married|still|also|really|who"
    r"|whose)(?![a-z]))"
)
_IS = re.compile(r"\s+is(?![a-z])")
_IS_DOING = re.compile(
    r"\s+(?:is|was)(?:n['’]t)?\s+(?:\w+ing|here|not|out|sick|late|at|my|our|her|his|on|in|off|back|home|gone|already"
    r"|still|always|so|too)(?![a-z])"
)
_ARTICLE = re.compile(r"(?<![A-Za-z])(?:the|a|an|this|that|of the|our|your)\s+$", re.IGNORECASE)
_COMPOUND = re.compile(
    r"\s+(?:Day|Street|St|Avenue|Ave|Road|Rd|Lane|Drive|Court|Place|Square|Park|Hall|Station|School|University"
    r"|College|Hospital|Hotel|Church|Bridge|River|Lake"
    r"|Island|County|City|House|Center|Centre|Bank|Inc|Ltd|Corp|Company|Co|Museum|Library|Airport|Beach|Hill|Valley"
    r"|Mall|Theatre|Theater|Club|Garden|Gardens|Pole|period)(?![a-z])"
)
_MONTHS = frozenset("may april june august summer autumn winter spring dawn eve".split())
_STATES = frozenset(
    {
        *_MONTHS,
        "hope",
        "faith",
        "joy",
        "grace",
        "love",
        "patience",
        "charity",
        "chance",
        "mercy",
        "melody",
        "art",
        "serenity",
        "hall",
        "park",
        "price",
        "case",
        "day",
        "cash",
    }
)
_PLACES = frozenset(
    "hall park bank banks field fields hill hills lake house church bridge court gates wall pool king bell bush".split()
)
_DATED = re.compile(
    r"(?<![A-Za-z])(?:in|on|by|until|till|since|next|last|this|of|early|late|mid|through|from|to|during|before|after"
    r"|every|\d{1,2}(?:st|nd|rd|th)?)\s+$",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"\s+(?:I|you|we|he|she|it|they|there|this|that|the|anyone|somebody|someone)(?![a-z])")
_GREETINGS = frozenset(
    "Hi Hey Hello Dear Oh Thanks Okay OK Yo Morning Yes No And But So Well"
    "  Please Sorry Ask Tell Call Is Was Has Did Does".split()
)
