"""Verb and object of English instructions, by a small rule.

No tagger for English installs without downloading a model. Instructions need none: they are imperatives and questions,
so a word from a list of common verbs counts as a verb where English puts a bare verb (at the start of a clause, after
"to", "you", "please" or an auxiliary), and its object is the last noun before the noun phrase is closed.
"""

import re

__all__ = ["english_pair"]


def english_pair(text: str) -> tuple[str, str] | None:
    """The first verb of an instruction that has a direct noun object, with the head of that object; None for none.

    Both in lower case, the object in the singular. Only the first line up to a colon is read.

    Examples:
        >>> english_pair("Maggie, could you suggest three good names for a noodle shop?")
        ('suggest', 'name')
    """
    words = _WORD.findall(_COLON.split(text.strip(), maxsplit=1)[0].replace("’", "'"))
    for place, word in enumerate(words):
        if word.lower() in _VERBS and _opens([w.lower() for w in words[:place]]):
            noun = _object(words[place + 1 :])
            if noun:
                return word.lower(), noun
    return None


_COLON = re.compile(r":\s|\n")
_WORD = re.compile(r"[A-Za-z]+(?:['-][A-Za-z]+)*|[^\sA-Za-z]")

_VERBS = frozenset(
    """
    accept achieve act add adopt advise afford analyse analyze answer apply approach arrange ask assess attend avoid
    bake balance begin believe borrow break bring build buy calculate call carry catch celebrate change check choose
    clarify classify clean close collect combine comfort compare complete compose compute consider convert convince
    cook correct count cover create criticise criticize cross cut deal decide define deliver demonstrate describe
    design determine develop discuss divide draft draw drive drop eat edit encourage end enjoy estimate evaluate
    examine expand explain explore express extract face feed fight fill find finish fix follow forget forgive form
    gather generate get give grow guess handle hate help hide highlight hold identify imagine implement improve
    include increase infer interpret introduce invent invite join judge keep kill know lead learn leave lend like list
    lose love make manage marry match measure meet mention miss mix move name need offer open order organise organize
    outline paraphrase pass pay perform persuade pick plan plant play point practice practise predict prefer prepare
    present prevent produce promise propose protect prove provide publish pull push put rank rate read recall recite
    recommend reduce refuse reject remember remind remove repair repeat rephrase replace reply report represent rescue
    resolve respond return reveal review rewrite run save say search see select sell send serve set shape share show
    simplify sing sketch solve sort spell spend split spot start state steal stop store study suggest summarise
    summarize support take teach tell test thank think throw trace train transform translate treat try turn understand
    use verify visit want warn wash watch wear win write
    """.split()
)

_AUXILIARIES = frozenset(
    "do does did don't doesn't didn't can can't could couldn't will would should may might must".split()
)
_OPENERS = frozenset("to please you i we they and then or never always also let's just not really usually".split())
_DETERMINERS = frozenset(
    "a an the my your his her its our their this that these those some any no every each another which what".split()
)
# Who is told or given something stands between verb and object, and so does the particle of "turn down an offer".
_SKIPPED = frozenset("me us you him them it myself yourself yourselves up down out off aside away back over".split())
_CLOSERS = frozenset(
    """
    about above across after against along among around as at because been before behind below between but by despite
    during for from have has had how if in inside into is are was were be being near of on onto or outside past per
    since so than that though through to today together tomorrow tonight toward towards under unless until upon using
    via what when where whether which while who whom whose why with within without yesterday and he she they we i there
    then again ever anyway instead
    """.split()
)
_NO_NOUNS = re.compile(
    r"[A-Z].*|.*ly|.*[^e]ed|longer|better|best|more|less|most|first|last|well|good|sure|each|all|one"
)


def _opens(before: list[str]) -> bool:
    """Whether a bare verb may follow these words of the sentence."""
    if not before or not before[-1][0].isalpha() or before[-1] in _OPENERS:
        return True
    if before[-1] in _DETERMINERS or before[-1] in _CLOSERS:
        return False
    # "did the thieves take": an auxiliary, a subject of a few words, the verb.
    clause = before[-4:]
    return any(word in _AUXILIARIES for word in clause) and not any(word in _VERBS for word in clause)


def _object(words: list[str]) -> str | None:
    """The head of the noun phrase that opens these words; names and what is no noun are none."""
    head = ""
    for place, word in enumerate(words):
        lower = word.lower()
        starts = lower in _DETERMINERS or lower in _SKIPPED
        if (
            lower in _CLOSERS
            or lower in _AUXILIARIES
            or not word[0].isalpha()
            or (head and (starts or lower in _VERBS))
        ):
            break
        head = "" if starts and place == 0 else head if starts else word
    return None if not head or _NO_NOUNS.fullmatch(head) else _singular(head)


def _singular(noun: str) -> str:
    noun = noun.removesuffix("'s").removesuffix("'")
    if len(noun) > 4 and noun.endswith("ies"):
        return noun[:-3] + "y"
    if noun.endswith(("ches", "shes", "sses", "xes")):
        return noun[:-2]
    return noun[:-1] if len(noun) > 3 and noun.endswith("s") and not noun.endswith(("ss", "us", "is")) else noun
