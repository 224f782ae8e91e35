"""What a local classifier saves a model, and at what loss of agreement, with human labels served as the model's.

    python benchmarks/cascade.py RELEASE_OR_CPED [--agreement 0.98 …] [--context 6]

The argument is the RoleCraft release (a folder) or a split of CPED (a file); it is built first, as `roleinstruct build`
does. The classifier is fitted on every other dialogue, without those that hold a line of at least eight letters that
the rest holds too; every other dialogue of the rest is the sample on which the threshold is chosen, and the table is
what happens on what remains. "lines" are those that the model need not label, "calls" the requests saved of those with
everything asked, "tokens" likewise of what is sent and of the replies, most of which stay because lines that are not
asked are still shown where one that follows is. "kappa" holds the labels in the end against the human ones: all
from the model would be 1.
"""

import argparse
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fit import long_lines, read, stripped
from tokens import expected

from roleinstruct.emotions import Emotion
from roleinstruct.generate.annotating import AnnotateOptions, requests_of
from roleinstruct.generate.cascade import Cascade, choose_threshold
from roleinstruct.generate.classifier import EmotionClassifier
from roleinstruct.generate.fitting import fit
from roleinstruct.llm.tokens import count_request, count_tokens
from roleinstruct.metrics.agreement import accuracy, cohen_kappa
from roleinstruct.records import Dialogue

STEPS = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one threshold: lines, taken lines, how those agree (nan if none) and how all do, requests and tokens left."""

    lines: int
    taken: int
    accuracy: float
    kappa: float
    calls: int
    tokens: int


def gold(dialogues: Iterable[Dialogue]) -> list[Emotion]:
    """The human label of each turn that has one."""
    return [turn.emotion for dialogue in dialogues for turn in dialogue.utterances if turn.emotion]


def run(fitted: EmotionClassifier, dialogues: Sequence[Dialogue], threshold: float, context: int) -> Outcome:
    """Let the cascade label, the human labels standing in for the model's."""
    cascade, options = Cascade(fitted, threshold), AnnotateOptions(context=context)
    final, local, model, calls, tokens = list[Emotion](), list[Emotion](), list[Emotion](), 0, 0
    for dialogue in dialogues:
        taken = cascade.take(stripped(dialogue))
        for human, turn in zip(dialogue.utterances, taken.dialogue.utterances, strict=True):
            if human.emotion is None:
                continue
            final.append(turn.emotion or human.emotion)
            if turn.emotion:
                local.append(turn.emotion)
                model.append(human.emotion)
        requests = requests_of(taken.dialogue, "qwen", options, taken.rest)
        calls += len(requests)
        tokens += sum(count_request(request).tokens for request in requests)
        tokens += sum(count_tokens(expected(request, False), "qwen").tokens for request in requests)
    right = accuracy(model, local) if local else float("nan")
    return Outcome(len(final), len(local), right, cohen_kappa(gold(dialogues), final), calls, tokens)


def sample_of(fitted: EmotionClassifier, dialogues: Iterable[Dialogue]) -> list[tuple[float, Emotion, Emotion]]:
    """Confidence, local and human label of each turn."""
    return [
        (turn.confidence or 0.0, turn.emotion, human.emotion)
        for dialogue in dialogues
        for turn, human in zip(fitted.label(stripped(dialogue)).utterances, dialogue.utterances, strict=True)
        if turn.emotion and human.emotion
    ]


def report(name: str, threshold: float, now: Outcome, asked: Outcome) -> None:
    """Print one line."""
    print(
        f"{name:18} {threshold:9.2f} {now.taken / now.lines:7.1%} {1 - now.calls / asked.calls:7.1%} "
        f"{1 - now.tokens / asked.tokens:7.1%} {now.accuracy:17.3f} {now.kappa:7.3f}",
        flush=True,
    )


def main() -> None:
    """Print the curve."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("--agreement", type=float, nargs="+", default=[0.98, 0.95, 0.9])
    parser.add_argument("--context", type=int, default=6)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        builder = "rolecraft_release" if given.source.is_dir() else "cped"
        dialogues = read(builder, given.source, Path(scratch) / "data")
    sample, tested = dialogues[1::4], dialogues[3::4]
    known = set().union(*map(long_lines, sample + tested))
    taught = [dialogue for dialogue in dialogues[::2] if known.isdisjoint(long_lines(dialogue))]
    fitted = fit(taught)
    columns = list(zip(*sample_of(fitted, sample), strict=True))
    asked = run(fitted, tested, 2.0, given.context)
    print(f"{builder}: fitted on {len(gold(taught)):,} lines, threshold chosen on {len(columns[0]):,}, "
          f"tested on {asked.lines:,} in {asked.calls:,} requests")  # fmt: skip
    print(f"{'':18} {'threshold':>9} {'lines':>7} {'calls':>7} {'tokens':>7} {'accuracy of taken':>17} {'kappa':>7}")
    for step in STEPS:
        report("", step, run(fitted, tested, step, given.context), asked)
    for wished in given.agreement:
        threshold = choose_threshold(*columns, wished)
        if threshold is None:
            print(f"kappa {wished:.2f}: nothing can be taken")
        else:
            report(f"chosen for {wished:.2f}", threshold, run(fitted, tested, threshold, given.context), asked)


if __name__ == "__main__":
    main()
