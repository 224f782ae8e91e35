"""What a local classifier saves a model, and at what loss of agreement, on dialogue that people have labelled.

    python benchmarks/cascade.py RELEASE_OR_CPED [--kappa 0.6] [--context 6] [--window 40] [--models people …]

The argument is the RoleCraft release (a folder) or a split of CPED (a file); it is built first, as `roleinstruct build`
does. The classifier is fitted on what the model says of every other dialogue, without those that hold a line of at
least eight letters that the rest holds too; every other dialogue of the rest is the sample on which thresholds are
chosen, and the tables are what happens on what remains, which nothing is chosen on.

There are three models. "people": the human labels are served as the model's; the cascade agrees within 0.02 where its
kappa with them is 0.98. The other two are annotators who err, as models do: their own kappa with people is `--kappa`,
and the cascade is as good as they are where its kappa with people is at most 0.02 below that. "errs anywhere" mislabels
every line as likely as any other, which is kind to a cascade: what it is sure of, the model gets wrong as often as the
rest. "errs where it is hard" mislabels a line the more likely the less a classifier that was not fitted on it believes
in its human label, which is unkind: the model is nearly always right where the classifier is sure. A real model is
between the two. A wrong label is drawn by the frequency of the labels.

"lines" are those that the model need not label, "calls" the requests saved of those with everything asked, "tokens"
likewise of what is sent and of the replies. Lines that are not asked are still shown where one that follows is, within
the context.
"""

import argparse
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fit import long_lines, read, stripped
from tokens import expected

from roleinstruct.emotions import Emotion
from roleinstruct.generate.annotating import requests_of
from roleinstruct.generate.cascade import Cascade, hold_out
from roleinstruct.generate.classifier import EmotionClassifier
from roleinstruct.generate.fitting import fit
from roleinstruct.generate.voting import AnnotateOptions
from roleinstruct.llm.tokens import count_request, count_tokens
from roleinstruct.metrics.agreement import accuracy, cohen_kappa
from roleinstruct.records import Dialogue

STEPS = (0.0, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9)
GOAL = 0.02

Doubt = Mapping[tuple[str, int], float]
"""By dialogue and position: how likely a line is to be mislabelled, in proportion, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Line:
    """What the classifier, the model and people say of a line."""

    confidence: float
    local: Emotion
    model: Emotion
    gold: Emotion


def erring(dialogues: Sequence[Dialogue], doubt: Doubt, share: float) -> list[Dialogue]:
    """The dialogues as a model labels them that errs with `share` times the doubt."""
    frequency = Counter(turn.emotion for dialogue in dialogues for turn in dialogue.utterances if turn.emotion)
    told = []
    for dialogue in dialogues:
        turns = []
        for position, turn in enumerate(dialogue.utterances):
            lot = random.Random(f"{dialogue.id} {position}")
            if turn.emotion and lot.random() < share * doubt[dialogue.id, position]:
                others = [emotion for emotion in frequency if emotion is not turn.emotion]
                [wrong] = lot.choices(others, [frequency[emotion] for emotion in others])
                turn = replace(turn, emotion=wrong)
            turns.append(turn)
        told.append(replace(dialogue, utterances=tuple(turns)))
    return told


def erring_by(dialogues: Sequence[Dialogue], doubt: Doubt, kappa: float) -> list[Dialogue]:
    """The same with as many errors as leave that kappa with people."""
    low, high = 0.0, 4.0
    for _ in range(20):
        middle = (low + high) / 2
        if cohen_kappa(labels(dialogues), labels(erring(dialogues, doubt, middle))) > kappa:
            low = middle
        else:
            high = middle
    return erring(dialogues, doubt, high)


def doubts(dialogues: Sequence[Dialogue]) -> dict[tuple[str, int], float]:
    """How little a classifier that was not fitted on a line believes in its label."""
    found: dict[tuple[str, int], float] = {}
    for guess in hold_out(dialogues):
        believed = guess.confidence if guess.local is guess.given else (1 - guess.confidence) / (len(Emotion) - 1)
        found[guess.dialogue, guess.position] = 1 - believed
    return found


def labels(dialogues: Iterable[Dialogue]) -> list[Emotion]:
    """The label of each turn that has one."""
    return [turn.emotion for dialogue in dialogues for turn in dialogue.utterances if turn.emotion]


def lines_of(fitted: EmotionClassifier, told: Iterable[Dialogue], gold: Iterable[Dialogue]) -> list[Line]:
    """Every line that people have labelled."""
    return [
        Line(local.confidence or 0.0, local.emotion, model.emotion, human.emotion)
        for by_model, by_people in zip(told, gold, strict=True)
        for local, model, human in zip(
            fitted.label(stripped(by_people)).utterances, by_model.utterances, by_people.utterances, strict=True
        )
        if local.emotion and model.emotion and human.emotion
    ]


def kappas(lines: Sequence[Line], threshold: float) -> tuple[float, float]:
    """Of the labels in the end, with the model's and with people's."""
    final = [line.local if line.confidence >= threshold else line.model for line in lines]
    return cohen_kappa([line.model for line in lines], final), cohen_kappa([line.gold for line in lines], final)


def choose(lines: Sequence[Line]) -> float:
    """The lowest threshold from which upwards the kappa with people is within the goal of the model's own."""
    own, chosen = kappas(lines, 2.0)[1], 1.01
    for percent in range(100, -1, -1):
        if kappas(lines, percent / 100)[1] < own - GOAL:
            break
        chosen = percent / 100
    return chosen


def cost(
    fitted: EmotionClassifier, dialogues: Sequence[Dialogue], threshold: float, options: AnnotateOptions
) -> tuple[int, int]:
    """Requests and tokens that are left to the model."""
    cascade = Cascade(fitted, threshold)
    requests = list(requests_of((cascade.take(stripped(dialogue)) for dialogue in dialogues), "qwen", options))
    sent = sum(count_request(request).tokens for request in requests)
    return len(requests), sent + sum(count_tokens(expected(request, False), "qwen").tokens for request in requests)


def report(name: str, told: Sequence[Dialogue], gold: Sequence[Dialogue], options: AnnotateOptions) -> None:
    """Fit on what a model says, and print the curve of its cascade."""
    sample, tested = slice(1, None, 4), slice(3, None, 4)
    known = set().union(*map(long_lines, gold[1::2]))
    taught = [dialogue for dialogue in told[::2] if known.isdisjoint(long_lines(dialogue))]
    fitted = fit(taught)
    lines = lines_of(fitted, told[tested], gold[tested])
    own = kappas(lines, 2.0)[1]
    calls, tokens = cost(fitted, gold[tested], 2.0, options)
    print(f"\n{name}: kappa of the model with people {own:.3f}; fitted on {len(labels(taught)):,} lines, "
          f"tested on {len(lines):,} in {calls:,} requests; local alone {kappas(lines, 0.0)[1]:.3f}")  # fmt: skip
    print(f"{'threshold':>18} {'lines':>7} {'calls':>7} {'tokens':>7} {'taken right':>11} {'with model':>10} "
          f"{'with people':>11} {'lost':>7}")  # fmt: skip

    def row(title: str, threshold: float) -> None:
        taken = [line for line in lines if line.confidence >= threshold]
        right = accuracy([line.gold for line in taken], [line.local for line in taken]) if taken else float("nan")
        left, spent = cost(fitted, gold[tested], threshold, options)
        with_model, with_people = kappas(lines, threshold)
        print(f"{title:>12} {threshold:5.2f} {len(taken) / len(lines):7.1%} {1 - left / calls:7.1%} "
              f"{1 - spent / tokens:7.1%} {right:11.3f} {with_model:10.3f} {with_people:11.3f} "
              f"{own - with_people:+7.3f}", flush=True)  # fmt: skip

    for step in STEPS:
        row("", step)
    row("chosen", choose(lines_of(fitted, told[sample], gold[sample])))


def main() -> None:
    """Print the curves."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("--kappa", type=float, default=0.6)
    parser.add_argument("--context", type=int, default=6)
    parser.add_argument("--window", type=int, default=40)
    parser.add_argument("--models", nargs="+", default=["people", "errs anywhere", "errs where it is hard"])
    given = parser.parse_args()
    options = AnnotateOptions(given.window, given.context)
    with tempfile.TemporaryDirectory() as scratch:
        builder = "rolecraft_release" if given.source.is_dir() else "cped"
        gold = read(builder, given.source, Path(scratch) / "data")
    print(f"{builder}: {len(gold):,} dialogues of {len({dialogue.character for dialogue in gold})} characters")
    alike = {(d.id, position): 0.5 for d in gold for position in range(len(d.utterances))}
    models: dict[str, Callable[[], Sequence[Dialogue]]] = {
        "people": lambda: gold,
        "errs anywhere": lambda: erring_by(gold, alike, given.kappa),
        "errs where it is hard": lambda: erring_by(gold, doubts(gold), given.kappa),
    }
    for name in given.models:
        report(name, models[name](), gold, options)


if __name__ == "__main__":
    main()
