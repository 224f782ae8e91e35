"""Exact and near duplicates by character n-grams: every drop explained, and the threshold movable afterwards.

Candidates come from locality-sensitive hashing of MinHash sketches (Broder 1997; `rensa`), and every candidate is
verified: a similarity given here is the exact Jaccard similarity of two sets of character 3-grams, never an estimate.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b

import numpy as np

from roleinstruct.cleaning.ngrams import jaccard, pack, passages
from roleinstruct.cleaning.sketches import FLOOR, SHORT, Candidate, SketchIndex
from roleinstruct.cleaning.turns import span
from roleinstruct.errors import ConfigError
from roleinstruct.grams import normalise
from roleinstruct.records import Utterance

__all__ = ["DuplicatePair", "Duplicates", "find_duplicates", "merge_doubled"]


@dataclass(frozen=True, slots=True)
class DuplicatePair:
    """Two items that are alike, and so why the later one is dropped at thresholds up to their similarity.

    Attributes:
        kept_id: The earlier item.
        dropped_id: The later item.
        similarity: Exact Jaccard similarity of their character 3-grams, 0 to 1.
        exact: The texts are equal once case, width, whitespace and punctuation are left out of account.
        shared: The stretches of the later text, so normalised, that the earlier has too; empty for an exact pair,
            which shares everything.
    """

    kept_id: str
    dropped_id: str
    similarity: float
    exact: bool
    shared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Findings:
    """All that was found, for whatever threshold; items are given by position."""

    ids: list[str] = field(default_factory=list)
    repeats: dict[int, int] = field(default_factory=dict)  # to the first of the same text
    near: dict[int, list[Candidate]] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)  # of the items in `near` alone
    index: SketchIndex = field(default_factory=SketchIndex)


@dataclass(frozen=True, slots=True)
class Duplicates:
    """What `find_duplicates` found.

    Attributes:
        threshold: The similarity from which on the later item of a pair is dropped.
        kept: Ids of the items that stay, in order.
        pairs: One for every dropped item, in order of the dropped items.
    """

    threshold: float
    kept: tuple[str, ...]
    pairs: tuple[DuplicatePair, ...]
    _findings: _Findings = field(repr=False, compare=False)

    def rethreshold(self, threshold: float) -> "Duplicates":
        """The result for another threshold, without reading the items again.

        Args:
            threshold: `FLOOR` to 1.

        Raises:
            ConfigError: The threshold is out of this range: less similar pairs were not recorded.
        """
        return _resolve(threshold, self._findings)

    @property
    def recorded(self) -> tuple[DuplicatePair, ...]:
        """Every pair that was found from `FLOOR` on, dropped or not, in order of the later items; it holds `pairs`.

        It is enough to know the outcome of any threshold: go through the later items in order, and drop each that has
        a pair so similar with an earlier item that stays itself.
        """
        return tuple(_recorded(self._findings))


def find_duplicates(items: Iterable[tuple[str, str]], threshold: float = 0.9) -> Duplicates:
    """Find the items that repeat an earlier one.

    Of a group of duplicates the first item stays. An item is dropped only for one that stays itself, so that nothing
    disappears along a chain of small changes. Of texts in a crowd of 64 near ones and more, later ones are compared
    with the first of the crowd only: they may be kept, but are never dropped, for want of a comparison. Where 500 texts
    and more are somewhat alike, as calls full of set phrases are, pairs below 0.8 may be missed too.

    Args:
        items: (id, text) in order; read once. What is held are n-grams, 8 bytes each, and the texts of near pairs.
        threshold: `FLOOR` to 1; 1 still drops texts of the same set of n-grams.

    Raises:
        ConfigError: The threshold is out of range.
    """
    _check(threshold)
    findings = _Findings()
    firsts: dict[bytes, int] = {}
    for position, (name, text) in enumerate(items):
        findings.ids.append(name)
        normal = normalise(text)
        first = firsts.setdefault(blake2b(normal.encode("utf-8", "surrogatepass"), digest_size=16).digest(), position)
        if first != position:
            findings.repeats[position] = first
        elif len(normal) >= SHORT and (near := findings.index.add(position, normal)):
            findings.near[position] = near
            findings.texts[position] = normal
    return _resolve(threshold, findings)


def merge_doubled(
    utterances: Iterable[Utterance], threshold: float = 0.9
) -> tuple[list[Utterance], list[DuplicatePair]]:
    """Merge a line into the line before it where the same speaker says the same, or nearly the same, again.

    Args:
        utterances: The lines of one scene, in order.
        threshold: Least similarity of the two texts; short ones must be equal.

    Returns:
        The lines, the earlier text standing for both with their lines summed and their places spanned; and one pair
        for each line merged away, its ids being the places in the source.
    """
    merged: list[Utterance] = []
    pairs: list[DuplicatePair] = []
    for utterance in utterances:
        last = merged[-1] if merged else None
        pair = _double(last, utterance, threshold) if last and last.speaker == utterance.speaker else None
        if last is None or pair is None:
            merged.append(utterance)
            continue
        pairs.append(pair)
        labelled = last if last.emotion else utterance
        merged[-1] = replace(
            last,
            emotion=labelled.emotion,
            annotator=labelled.annotator,
            place=span((last.place, utterance.place)),
            lines=last.lines + utterance.lines,
        )
    return merged, pairs


def _double(last: Utterance, utterance: Utterance, threshold: float) -> DuplicatePair | None:
    first, second = normalise(last.text), normalise(utterance.text)
    names = (str(last.place or ""), str(utterance.place or ""))
    if first == second:
        return DuplicatePair(*names, similarity=1.0, exact=True)
    if min(len(first), len(second)) < SHORT:
        return None
    left, right = pack(first), pack(second)
    similarity = jaccard(left, right)
    if similarity < threshold:
        return None
    return DuplicatePair(*names, similarity, False, passages(second, np.intersect1d(left, right, assume_unique=True)))


def _resolve(threshold: float, findings: _Findings) -> Duplicates:
    """Walk the items in order and drop each that is like one that stays."""
    _check(threshold)
    ids = findings.ids
    kept: list[str] = []
    dropped: dict[int, Candidate] = {}  # texts that are like an earlier one
    pairs: list[DuplicatePair] = []
    for position, name in enumerate(ids):
        first = findings.repeats.get(position, position)
        if first == position:
            like = _closest(findings.near.get(position, ()), dropped, threshold)
            if like is None:
                kept.append(name)
                continue
            dropped[position] = like
        elif first not in dropped:
            pairs.append(DuplicatePair(ids[first], name, 1.0, True))
            continue
        keeper = dropped[first]
        shared = findings.index.shared(keeper.earlier, findings.texts[first])
        pairs.append(DuplicatePair(ids[keeper.earlier], name, keeper.similarity, False, shared))
    return Duplicates(threshold, tuple(kept), tuple(pairs), findings)


def _recorded(findings: _Findings) -> Iterator[DuplicatePair]:
    """Pairs of each item with the first of its text, and with the earlier items that this text is near to."""
    ids = findings.ids
    for position, name in enumerate(ids):
        first = findings.repeats.get(position, position)
        if first != position:
            yield DuplicatePair(ids[first], name, 1.0, True)
        for near in findings.near.get(first, ()):
            shared = findings.index.shared(near.earlier, findings.texts[first])
            yield DuplicatePair(ids[near.earlier], name, near.similarity, False, shared)


def _closest(candidates: Sequence[Candidate], dropped: Mapping[int, Candidate], threshold: float) -> Candidate | None:
    """The most similar of the earlier items that stay; of equals the first."""
    staying = [c for c in candidates if c.similarity >= threshold and c.earlier not in dropped]
    return max(staying, key=lambda c: c.similarity) if staying else None


def _check(threshold: float) -> None:
    if not FLOOR <= threshold <= 1:
        raise ConfigError(f"the threshold is {threshold}, but duplicates are told apart from {FLOOR} to 1.")
