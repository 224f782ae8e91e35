"""How well people agree with each other, and the labels of a data set with theirs."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from roleinstruct.emotions import Emotion
from roleinstruct.generate.sheets.consensus import Returned, Verdict
from roleinstruct.metrics.agreement import LabelScore, cohen_from, cohen_parts, label_scores
from roleinstruct.metrics.bootstrap import Estimate, estimate
from roleinstruct.metrics.fleiss import fleiss_from, fleiss_parts
from roleinstruct.metrics.krippendorff import alpha_from, alpha_parts
from roleinstruct.metrics.tallies import pair_parts, pair_share, tally

__all__ = ["Between", "Concord", "among_people", "with_labels"]


@dataclass(frozen=True, slots=True)
class Between:
    """How well two annotators agree.

    Attributes:
        first: Whose labels are the rows of the table: the people's, where they are compared with a data set's.
        second: Whose labels are the columns.
        percent: Share of lines labelled alike, with its interval over dialogues, as of all these figures.
        kappa: Cohen's.
        alpha: Krippendorff's.
        confusion: Lines by the label of the first and that of the second.
        by_label: Precision, recall and F1 of the second, where the first is right by definition.
    """

    first: str
    second: str
    percent: Estimate
    kappa: Estimate
    alpha: Estimate
    confusion: Mapping[tuple[Emotion, Emotion], int]
    by_label: Mapping[Emotion, LabelScore]

    def as_json(self) -> dict[str, Any]:
        """As a JSON document."""
        return {
            "first": self.first,
            "second": self.second,
            "percent": self.percent.as_json(),
            "cohen_kappa": self.kappa.as_json(),
            "krippendorff_alpha": self.alpha.as_json(),
            "confusion": _table(self.confusion),
            "by_label": {
                label.value: {
                    "precision": round(score.precision, 6),
                    "recall": round(score.recall, 6),
                    "f1": round(score.f1, 6),
                    "first": score.gold,
                    "second": score.predicted,
                }
                for label, score in self.by_label.items()
            },
        }


@dataclass(frozen=True, slots=True)
class Concord:
    """How well several people agree, each by themselves, before anything was tied or settled.

    Attributes:
        people: Their names.
        lines: Lines that two or more of them have labelled; the figures are of these.
        unanimous: Lines of these that all labelled alike.
        percent: Share of pairs of labels of one line that are alike.
        alpha: Krippendorff's; takes lines as they come.
        fleiss: Fleiss' kappa over the lines that everybody has labelled; None where there is no such line.
        pairs: Every two of them, over the lines that both have labelled.
        confusion: Pairs of labels of one line, each counted from both sides.
    """

    people: tuple[str, ...]
    lines: int
    unanimous: int
    percent: Estimate
    alpha: Estimate
    fleiss: Estimate | None
    pairs: tuple[Between, ...]
    confusion: Mapping[tuple[Emotion, Emotion], int]

    def as_json(self) -> dict[str, Any]:
        """As a JSON document."""
        return {
            "people": list(self.people),
            "lines": self.lines,
            "unanimous": self.unanimous,
            "percent": self.percent.as_json(),
            "krippendorff_alpha": self.alpha.as_json(),
            "fleiss_kappa": self.fleiss.as_json() if self.fleiss else None,
            "pairs": [pair.as_json() for pair in self.pairs],
            "confusion": _table(self.confusion),
        }


def among_people(returned: Returned, seed: int = 0) -> Concord | None:
    """How well people agree in the first round of each line; None if no two have labelled the same line.

    Args:
        returned: What came back.
        seed: Of the intervals.
    """
    votes = {name: rounds[min(rounds)] for name, rounds in returned.votes.items()}
    shared = {name: given for name, given in votes.items() if len(given) > 1}
    if not shared:
        return None
    people = tuple(sorted({person for given in votes.values() for person in given}))
    units, groups = _units(shared.values()), [returned.lines[name].dialogue for name in shared]
    tallies = tally(units)
    whole = [n for n, given in enumerate(shared.values()) if len(given) == len(people)]
    fleiss = None
    if whole:
        fleiss = estimate(fleiss_parts(tallies[whole]), [groups[n] for n in whole], fleiss_from, seed=seed)
    pairs = []
    for first, second in combinations(people, 2):
        both = [name for name, given in shared.items() if first in given and second in given]
        if both:
            labels = [[shared[name][person] for name in both] for person in (first, second)]
            pairs.append(_between((first, second), labels, [returned.lines[name].dialogue for name in both], seed))
    return Concord(
        people,
        len(shared),
        sum(len(set(unit)) == 1 for unit in units),
        estimate(pair_parts(tallies), groups, pair_share, seed=seed),
        estimate(alpha_parts(tallies), groups, alpha_from, seed=seed),
        fleiss,
        tuple(pairs),
        Counter(pair for unit in units for a, b in combinations(unit, 2) for pair in ((a, b), (b, a))),
    )


def with_labels(
    verdicts: Sequence[Verdict], labels: Mapping[str, tuple[Emotion, str]], seed: int = 0
) -> dict[str, Between]:
    """How well the labels of a data set agree with people's majority.

    Args:
        verdicts: Ties say nothing.
        labels: By line id, the label and who set it.
        seed: Of the intervals.

    Returns:
        By annotator, those with the most lines first.
    """
    by_annotator: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        if verdict.emotion is not None and verdict.line.id in labels:
            by_annotator.setdefault(labels[verdict.line.id][1], []).append(verdict)
    return {
        name: _between(
            ("people", name),
            [[v.emotion for v in found if v.emotion], [labels[v.line.id][0] for v in found]],
            [v.line.dialogue for v in found],
            seed,
        )
        for name, found in sorted(by_annotator.items(), key=lambda item: (-len(item[1]), item[0]))
    }


def _between(names: tuple[str, str], labels: Sequence[list[Emotion]], groups: list[str], seed: int) -> Between:
    first, second = labels
    tallies = tally(list(zip(first, second, strict=True)))
    return Between(
        *names,
        estimate(pair_parts(tallies), groups, pair_share, seed=seed),
        estimate(cohen_parts(first, second), groups, cohen_from, seed=seed),
        estimate(alpha_parts(tallies), groups, alpha_from, seed=seed),
        Counter(zip(first, second, strict=True)),
        {label: score for label, score in label_scores(first, second).items() if isinstance(label, Emotion)},
    )


def _units(votes: Iterable[Mapping[str, Emotion]]) -> list[list[Emotion]]:
    return [[given[person] for person in sorted(given)] for given in votes]


def _table(counts: Mapping[tuple[Emotion, Emotion], int]) -> dict[str, Any]:
    """Rows and columns in the order of the labels."""
    return {
        "labels": [label.value for label in Emotion],
        "counts": [[counts.get((row, column), 0) for column in Emotion] for row in Emotion],
    }
