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
                accepted = word != word.lower() or any(part not in _WORDS for part in key.split())
            else:
                accepted = self._is_name(text, match)
            if accepted:
                new = self.wholes[key] if match["whole"] else self.tokens[key]
                yield (*match.span(), _in_case_of(word, new))

    def _is_name(self, text: str, match: re.Match[str]) -> bool:
        word, key = match.group(), match.group().casefold()
        if text.strip() == word:
            return True
        before, after = text[max(0, match.start() - 24) : match.start()], text[match.end() : match.end() + 40]
        if _TITLE.search(before) and word != word.lower():
            return True
        if word == word.lower():
            return key in self.firsts and len(key) > 3 and key not in _WORDS
        if key not in _WORDS:
            return True
        if (previous := _LAST_WORD.search(before)) and previous.group(1).casefold() in self.firsts:
            return True
        if word.isupper() and len(word) > 1 and text.upper() == text:
            return _VOCATIVE.match(after) is not None
        opening = _OPENING.search(before) is not None
        return _opens_a_sentence(key, after, self.tokens) if opening else _stands_inside(key, before, after)


def _opens_a_sentence(key: str, after: str, tokens: Mapping[str, str]) -> bool:
    """Whether a word with the capital of a sentence is a name: it is called, or it says or does something."""
    if _VOCATIVE.match(after):
        return True
    joined = _JOINED.match(after)
    if joined and joined.group(1).casefold() in tokens:
        return True
    if key in words("english_things"):  # "Summer's almost over", "Joy isn't the word", "Frost is expected"
        return bool(_OWNS.match(after) or _IS_DOING.match(after)) or _is_done_by_people(after)
    return bool(_SUBJECT.match(after) or _DOES.match(after))


def _is_done_by_people(after: str) -> bool:
    done = _DOES.match(after)
    if _CANNOT.match(after):
        return True
    if not done or done.group(1) in words("english_happens"):
        return False
    return done.group(1) not in words("english_moves") or _AMONG_PEOPLE.match(after, done.end()) is not None


def _stands_inside(key: str, before: str, after: str) -> bool:
    """Whether a capital inside a sentence makes a name: not of a month, a street, or "Town Hall"."""
    if (_ARTICLE.search(before) and not _ASKS_WHO.search(before)) or _COMPOUND.match(after):
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


_WORDS = words("english_words") | words("english_things")
_TITLE = re.compile(
    r"(?<![A-Za-z])(?:mr|mrs|ms|miss|dr|prof|professor|sir|uncle|aunt|auntie|coach|officer|nurse)\.?\s+$", re.IGNORECASE
)
_LAST_WORD = re.compile(r"([A-Za-zÀ-ɏ][\w'’]*)\s+$")
_OPENING = re.compile(r"(?:^|[.!?…:;。！？：；，\n\"“”‘(（\[*—\-]|[\u3400-\u9fff])\s*[\"“‘'(]?$")
_VOCATIVE = re.compile(r"\s*(?:[,，!！?？:：…~]|\.\s*$|$|(?![一了过几])[\u3400-\u9fff])")
_JOINED = re.compile(r"\s*(?:and|or|&|,)\s+([A-Z][\w'’-]*)")
# What stands behind a subject: an auxiliary, "'s", or a verb that no noun in the plural looks like.
_SUBJECT = re.compile(
    r"(?:['’](?:s|ll|d)(?![a-z])|\s+(?:is|was|has|had|does|did|can|could|would|will|should|might|must|isn['’]t"
    r"|wasn['’]t|hasn['’]t|hadn['’]t|doesn['’]t"
    r"|didn['’]t|can['’]t|couldn['’]t|wouldn['’]t|won['’]t|shouldn['’]t|never|always|just|already|still|also"
    r"|really|only|finally|probably|who|whose|and I)(?![a-z]))"
)
_DOES = re.compile(
    r"(?:\s+(?:never|always|just|already|still|also|really|only|finally|probably))?\s+"
    r"(said|says|told|had|has|did|does|went|goes|came|got|gave|left|thought|knew|found|forgot|lost|broke|bought"
    r"|brought|sent|wrote|met|saw|kept|took|made|drove"
    r"|ate|ran|sold|paid|put|sat|slept|spoke|swore|taught|threw|woke|won|wore|built|caught|fell|felt|hid|hurt|led"
    r"|lent|read|rode|sang|stole|stood|quit|cut|hit|let"
    r"|[a-z]{2,}(?<!e)ed|[a-z]+[^eaiou\W]ed|wants|needs|asks|thinks|knows|calls|lives|works|loves|likes|hates"
    r"|looks|seems|takes|makes|keeps|comes|gets|gives|sounds"
    r"|(?!(?:[a-z]*(?:ers|ors|ings|tions|ments|ness|ss|ous|us|is|ists)|times|always|as|was|this"
    r"|its)(?![a-z]))[a-z]{2,}s"
    r"(?=\s+(?:me|him|her|them|us|you|it|my|his|your|our|their|the|an?|that|to|in|on|at|with|for|like|how|up|out"
    r"|off|too|home|here|every|everyone|next|so|like|better|\d|[A-Z])(?![a-z])"
    r"(?!\s+(?:are|were|have)(?![a-z]))))(?![a-z'’])"
)
_CANNOT = re.compile(
    r"\s+(?:can['’]?t|can|won['’]?t|couldn['’]t|didn['’]t|doesn['’]t|never) (?:come|make it|go|find|eat|sleep|wait"
    r"|believe|drive|remember|stand"
    r"|know|want|like|call|show|answer|see|hear|understand|pay|talk|get)(?![a-z])"
)
_AMONG_PEOPLE = re.compile(
    r"\s+(?!this|its|us)[a-z]{3,}s(?![a-z])|[^.!?,;]*?\s(?:me|us|everyone|everybody|him|her|you|my|our|his|their"
    r"|your|by|over|home|up|again|with|class|school|work|lunch|dinner|pizza|late|coffee|the (?!way|end|air|ground"
    r"|road))(?![a-z])"
)
_OWNS = re.compile(
    r"['’]s\s+(?!(?:almost|over|here|coming|finally|an?|the|not|too|so|gone|back|been|just|about|end|heat|first"
    r"|last|already|nearly|never|always|still|only|no|what|my"
    r"|all|supposed|hard|easy|good|bad|hot|cold|long|short|great|nice|best|when|where|why|how|like|for|in|on|at"
    r"|hottest|coldest|\w+(?:en|ed))(?![a-z]))[a-z]|['’](?:ll|d)(?![a-z])"
)
_IS_DOING = re.compile(
    r"\s+(?:is|was)(?:n['’]t)?\s+(?!(?:coming|going|approaching|ending|starting|everything|nothing|something"
    r"|boring|happening|disappointing|exhausting|amazing)(?![a-z]))"
    r"(?:(?:still|always|already|not|so|probably|just) )?(?:(?!coming|everything|nothing|something)\w+ing|sick"
    r"|late|at|my (?!fav|least|time|kind)|her|his|home|mad|angry|upset|sorry|asleep|pregnant|married|engaged|busy"
    r"|downstairs|upstairs|outside|ready|waiting|allergic|worried|right|wrong|from)(?![a-z])"
)
_ARTICLE = re.compile(r"(?<![A-Za-z])(?:the|a|an|this|that|of the|our|your)\s+$", re.IGNORECASE)
_ASKS_WHO = re.compile(r"(?:^|[^A-Za-z])(?:is|was) th(?:at|is)\s+$", re.IGNORECASE)
_COMPOUND = re.compile(
    r"\s+(?:Day|Street|St|Avenue|Ave|Road|Rd|Lane|Drive|Court|Place|Square|Park|Hall|Station|School|University"
    r"|College|Hospital|Hotel|Church|Bridge|River|Lake"
    r"|Island|County|City|House|Center|Centre|Bank|Inc|Ltd|Corp|Company|Co|Museum|Library|Airport|Beach|Hill|Valley"
    r"|Mall|Theatre|Theater|Club|Garden|Gardens|Pole|period)(?![a-z])"
)
_MONTHS = frozenset("may april june august summer autumn winter spring dawn eve".split())
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
