"""Which of two answers is the better one, by what a judge or people have said: pairs to learn from.

Every judgement that puts two answers to one question into an order is a vote: of a judge in each order of showing and
each repeat, of a person once. A pair is made where they agree, and by as much as is wanted; all else is counted.

Answers to the benchmark make no pairs, for what was learnt from it can no longer be measured by it. Pairs come from the
questions of the training part, which `respond --questions train` asks and `judge` then judges like any others; those
of the validation part show whether what was learnt holds for other questions.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from statistics import fmean

from roleinstruct.errors import ConfigError, RecordError
from roleinstruct.evaluation.answers import Answers
from roleinstruct.evaluation.items import Item
from roleinstruct.evaluation.ratings import Rating
from roleinstruct.evaluation.responses import NEUTRAL, spoken
from roleinstruct.evaluation.verdicts import Verdicts
from roleinstruct.metrics.tokenize import tokenizer_of

__all__ = ["Pair", "Pairing", "Pairs", "Vote", "pairs_of", "texts_of", "votes_of_people", "votes_of_verdicts"]


@dataclass(frozen=True, slots=True)
class Vote:
    """One judgement of two systems' answers to an item.

    Attributes:
        item: The item's id.
        systems: The two, by name.
        side: 1 where the first one's answer is the better, -1 where the second one's is, 0 where they tie.
        margin: By how many points, on a scale from 1 to 5, the first one's is better, mean over the dimensions.
        judge: Whose it is, where the order of showing counts: a judge's; "" for people.
        is_first_earlier: Whether the first one's answer was shown before the other's.
    """

    item: str
    systems: tuple[str, str]
    side: int
    margin: float
    judge: str = ""
    is_first_earlier: bool = True


@dataclass(frozen=True, slots=True)
class Pairing:
    """How votes make pairs.

    Attributes:
        margin: The least mean difference of the scores, in points of a scale from 1 to 5, 0 or more.
        agreement: The least share of the votes that prefer the same answer, above 0.5 and up to 1.
        all_pairs: Take every pair of answers to a question, and not only the one of the greatest margin.
    """

    margin: float = 0.5
    agreement: float = 1.0
    all_pairs: bool = False

    def __post_init__(self) -> None:
        if not (0 <= self.margin <= 4 and 0.5 < self.agreement <= 1):
            raise ConfigError(
                f"the margin is {self.margin:g} and the agreement {self.agreement:g}; expected 0 to 4 points, and a "
                "share above 0.5 and up to 1."
            )


@dataclass(frozen=True, slots=True)
class Pair:
    """Two answers to one question.

    Attributes:
        item: What was asked.
        chosen: The better answer.
        rejected: The other.
        systems: Whose they are, the better one's first.
        margin: As in `Vote`, mean over the votes.
        votes: How many there are.
    """

    item: Item
    chosen: str
    rejected: str
    systems: tuple[str, str]
    margin: float
    votes: int


@dataclass(frozen=True, slots=True)
class Pairs:
    """All pairs.

    Attributes:
        pairs: In the order of the items.
        left_out: How many pairs of answers make none, by reason: "other_question", which is not among those that may be
            learnt from; "unanswered", not in the files of answers; "empty", one says nothing; "same", both say the
            same; "one_order", a judge has read them in one order of showing alone; "tie"; "contradiction", the votes
            disagree; "close", the margin is small; "lesser", another pair of the same question has a greater margin.
    """

    pairs: tuple[Pair, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)


def votes_of_verdicts(files: Iterable[Verdicts]) -> Iterator[Vote]:
    """What judges have said, one vote for each scored verdict and two systems in it."""
    for file in files:
        for row in file.scored:
            points = {name: fmean(scores.values()) for name, scores in row.scores.items()}
            for a, b in combinations(sorted(row.order), 2):
                is_earlier = row.order.index(a) < row.order.index(b)
                side = _sign(row.ranks[b] - row.ranks[a])
                yield Vote(row.id, (a, b), side, points[a] - points[b], file.judge.judge, is_earlier)


def votes_of_people(ratings: Iterable[Rating]) -> Iterator[Vote]:
    """What people have said: who scored both answers prefers the one with the higher mean over dimensions.

    Only dimensions count in which both answers were scored.
    """
    given: dict[tuple[str, str], dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for one in ratings:
        given[one.item, one.rater][one.system][one.dimension] = one.score
    for (item, _), by_system in given.items():
        for a, b in combinations(sorted(by_system), 2):
            both = by_system[a].keys() & by_system[b].keys()
            if both:
                margin = fmean(by_system[a][name] - by_system[b][name] for name in sorted(both))
                yield Vote(item, (a, b), _sign(margin), margin)


def texts_of(answers: Sequence[Answers], verdicts: Sequence[Verdicts] = ()) -> dict[str, dict[str, str]]:
    """The answers by system and item; a system may have several files.

    Args:
        answers: The files.
        verdicts: Whose answers they have to be.

    Raises:
        ConfigError: Nobody was played in a file.
        RecordError: A system has answered an item twice and differently, or its answer is not the one that was judged.
    """
    found: dict[str, dict[str, str]] = {}
    for one in answers:
        if NEUTRAL.items() <= one.settings.items():
            raise ConfigError(f"{one.path} was asked without a persona; expected answers in character.")
        known = found.setdefault(one.system, {})
        for name, text in one.texts.items():
            if known.setdefault(name, text) != text:
                raise RecordError(f"{one.system} has answered {name} twice and differently, once in {one.path}.")
    count = tokenizer_of("char")[1]
    for row in (row for file in verdicts for row in file.rows):
        for system, length in row.lengths.items():
            now = len(count(found[system][row.id])) if row.id in found.get(system, {}) else length
            if now != length:
                raise RecordError(
                    f"{system} answers {row.id} in {now} tokens, and the answer that was judged had "
                    f"{length}: give the file of answers that was judged, or judge again."
                )
    return found


def pairs_of(
    votes: Iterable[Vote], items: Sequence[Item], texts: Mapping[str, Mapping[str, str]], how: Pairing = Pairing()
) -> Pairs:
    """Make pairs of votes.

    Args:
        votes: Of judges, of people, or of both.
        items: That may be learnt from.
        texts: See `texts_of`.
        how: What is asked of the votes.
    """
    groups: dict[str, dict[tuple[str, str], list[Vote]]] = defaultdict(lambda: defaultdict(list))
    for vote in votes:
        groups[vote.item][vote.systems].append(vote)
    known = {item.id: item for item in items}
    left_out: Counter[str] = Counter()
    found: dict[str, list[Pair]] = {}
    for name, by_systems in groups.items():
        for systems, some in sorted(by_systems.items()):
            item = known.get(name)
            made = "other_question" if item is None else _made(item, systems, some, texts, how)
            if isinstance(made, Pair):
                found.setdefault(name, []).append(made)
            else:
                left_out[made] += 1
    if not how.all_pairs:
        left_out["lesser"] = sum(len(some) - 1 for some in found.values())
        found = {name: [max(some, key=lambda pair: pair.margin)] for name, some in found.items()}
    kept = [pair for item in items for pair in found.get(item.id, ())]
    return Pairs(tuple(kept), {reason: count for reason, count in sorted(left_out.items()) if count})


def _made(
    item: Item, systems: tuple[str, str], votes: Sequence[Vote], texts: Mapping[str, Mapping[str, str]], how: Pairing
) -> Pair | str:
    """The pair, or why there is none."""
    said = [texts.get(name, {}).get(item.id) for name in systems]
    if said[0] is None or said[1] is None:
        return "unanswered"
    first, second = (spoken(text or "") for text in said)
    if not (first and second):
        return "empty"
    if first == second:
        return "same"
    side = _agreed(votes, how.agreement)
    if isinstance(side, str):
        return side
    margin = side * fmean(vote.margin for vote in votes)
    if margin < how.margin:
        return "close"
    if side > 0:
        return Pair(item, first, second, systems, margin, len(votes))
    return Pair(item, second, first, (systems[1], systems[0]), margin, len(votes))


def _agreed(votes: Sequence[Vote], share: float) -> int | str:
    """Which side the votes are on, or why on neither."""
    shown: dict[str, set[bool]] = defaultdict(set)
    for vote in votes:
        if vote.judge:
            shown[vote.judge].add(vote.is_first_earlier)
    if any(len(orders) == 1 for orders in shown.values()):  # what came first may have been preferred for that alone
        return "one_order"
    sides = Counter(vote.side for vote in votes)
    most = max(sides[1], sides[-1])
    if most >= share * len(votes) and sides[1] != sides[-1]:
        return 1 if sides[1] > sides[-1] else -1
    return "contradiction" if sides[1] and sides[-1] else "tie"


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)
