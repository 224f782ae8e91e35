"""How well a fitted emotion classifier labels characters that it never saw.

    python benchmarks/fit.py RELEASE_DIR CPED_CSV [--quick]

RELEASE_DIR is the RoleCraft release, CPED_CSV a split of the CPED corpus; both are built first, as `roleinstruct build`
does, and only labels of the source count. Four characters of the release (the first split below) are CPED's own text
with its human labels. "8/4" is trained on eight characters and tested on the other four, for seven choices of the four:
the four of CPED, thirds in name order, and thirds by lot. A training dialogue that holds a line of at least eight
letters that a tested character's dialogues hold too is left out ("dropped"). "CPED, half" is trained on every other
dialogue and tested on the rest; "+ lines" adds `builders/emotion_lines`, labelled for this package, to the training.
Then `evaluate` on the whole release, five folds of characters; `--quick` leaves it out. Beside us: the lexicon, and the
accuracy of the most frequent label. Fits are timed by the clock, labels by processor time. Last, how often those who
labelled one and the same line twice agreed.
"""

import argparse
import random
import resource
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import combinations, groupby
from pathlib import Path

from roleinstruct import assets
from roleinstruct.cleaning.turns import merge_runs
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import dialogue_of
from roleinstruct.emotions import Emotion
from roleinstruct.generate.emotions import label
from roleinstruct.generate.fitting import evaluate, fit
from roleinstruct.generate.lexicon import normalise
from roleinstruct.metrics.agreement import accuracy, cohen_kappa, macro_f1
from roleinstruct.metrics.calibration import expected_calibration_error
from roleinstruct.pipeline.build import build
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.records import Dialogue, Place, Utterance

OF_CPED = ("关谷神奇", "刘星", "唐鹏", "邓小可")
LONG = 8


def read(builder: str, source: Path, out: Path) -> list[Dialogue]:
    """Build a data set and read its dialogues, with the labels of the source alone."""
    build(BuildConfig.load(builder).with_source(path=source), out)
    return [stripped(dialogue_of(row), keep="source") for row in DataFolder(out).rows("dialogues")]


def stripped(dialogue: Dialogue, keep: str = "") -> Dialogue:
    """The same without the labels of anybody but `keep`."""
    turns = (u if u.annotator == keep else replace(u, emotion=None, annotator=None) for u in dialogue.utterances)
    return replace(dialogue, utterances=tuple(turns))


def own_lines() -> Iterator[Dialogue]:
    """Our own labelled dialogues; a talk of many is cut where a third party speaks."""
    for path in sorted(assets.find("builders/emotion_lines").glob("*.tsv")):
        rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:])
        for _, block in groupby(rows, key=lambda row: row[0]):
            turns = merge_runs(
                Utterance(name, text, Emotion(emotion), annotator="source") for _, name, text, emotion in block
            )
            while turns:
                pair = list(dict.fromkeys(turn.speaker for turn in turns))[:2]
                end = next((n for n, turn in enumerate(turns) if turn.speaker not in pair), len(turns))
                place = Place(path.name, 1, 1)
                yield Dialogue(path.stem, pair[0], pair[-1], tuple(turns[:end]), place)
                turns = turns[end:]


def long_lines(dialogue: Dialogue) -> set[str]:
    bare = ("".join(filter(str.isalnum, normalise(turn.text))) for turn in dialogue.utterances)
    return {line for line in bare if len(line) >= LONG}


def row(name: str, training: Sequence[Dialogue], tested: Sequence[Dialogue]) -> str:
    """Fit on some, label others: one line of the table."""
    known = set().union(*map(long_lines, tested))
    clean = [dialogue for dialogue in training if known.isdisjoint(long_lines(dialogue))]
    began = time.perf_counter()
    fitted = fit(clean)
    fitting = time.perf_counter() - began
    began = time.process_time()
    labelled = [turn for dialogue in tested for turn in fitted.label(stripped(dialogue)).utterances]
    speed = len(labelled) / (time.process_time() - began)
    gold = [turn.emotion for dialogue in tested for turn in dialogue.utterances]
    lexicon = [emotion for dialogue in tested for emotion in label(stripped(dialogue).utterances)]
    found = [turn.emotion for turn in labelled]
    right = [a == b for a, b in zip(gold, found, strict=True)]
    ece = expected_calibration_error([turn.confidence or 0.0 for turn in labelled], right)
    majority = Counter(gold).most_common(1)[0][1] / len(gold)
    return (
        f"{name:46} {len(gold):6} {len(training) - len(clean):7} {cohen_kappa(gold, found):6.3f} "
        f"{cohen_kappa(gold, lexicon):7.3f} {accuracy(gold, found):8.3f} {majority:8.3f} {macro_f1(gold, found):8.3f} "
        f"{ece:5.3f} {fitting:5.0f} {speed:7.0f}"
    )


def choices(names: Sequence[str]) -> Iterator[tuple[str, Collection[str]]]:
    """The choices of four characters to test."""
    yield "CPED's", OF_CPED
    for title, order in (("by name", sorted(names)), ("by lot", random.Random(0).sample(sorted(names), len(names)))):
        for first in range(0, len(order), 4):
            yield title, order[first : first + 4]


def repeated(dialogues: Sequence[Dialogue]) -> str:
    """How two labels of one and the same line agree."""
    labels: defaultdict[str, list[Emotion]] = defaultdict(list)
    for dialogue in dialogues:
        for turn in dialogue.utterances:
            bare = "".join(filter(str.isalnum, normalise(turn.text)))
            if len(bare) >= LONG and turn.emotion:
                labels[bare].append(turn.emotion)
    pairs = [pair for found in labels.values() for pair in combinations(found[:30], 2)]
    first, second = [a for a, _ in pairs] + [b for _, b in pairs], [b for _, b in pairs] + [a for a, _ in pairs]
    agreement = f"labels agree in {accuracy(first, second):.3f}, kappa {cohen_kappa(first, second):.3f}"
    return f"{len(pairs)} pairs of equal lines: {agreement}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("release", type=Path)
    parser.add_argument("cped", type=Path)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        release = read("rolecraft_release", given.release, Path(scratch) / "release")
        cped = read("cped", given.cped, Path(scratch) / "cped")
    lines = list(own_lines())
    print(
        f"{'tested on':46} {'turns':>6} {'dropped':>7} {'kappa':>6} {'lexicon':>7} {'accuracy':>8} {'majority':>8} "
        f"{'macro-F1':>8} {'ECE':>5} {'fit s':>5} {'turns/s':>7}"
    )
    print(row("CPED, half", cped[::2], cped[1::2]), flush=True)
    print(row("CPED, half + lines", cped[::2] + lines, cped[1::2]), flush=True)
    for title, chosen in choices(list({dialogue.character for dialogue in release})):
        training = [dialogue for dialogue in release if dialogue.character not in chosen]
        tested = [dialogue for dialogue in release if dialogue.character in chosen]
        print(row(f"8/4 {title}: {' '.join(chosen)}", training, tested), flush=True)
        if title == "CPED's":
            print(row("8/4 CPED's + lines", training + lines, tested), flush=True)
    print(repeated(release))
    if not given.quick:
        report = evaluate(release)
        print(f"evaluate, {report.folds} folds of {report.groups} groups: kappa {report.kappa:.3f}, "
              f"accuracy {report.accuracy:.3f}, macro-F1 {report.macro_f1:.3f}, ECE {report.ece:.3f}, "
              f"lexicon {report.lexicon.kappa:.3f}")  # fmt: skip
        for name, figures in report.by_group.items():
            beside = report.lexicon_by_group[name].kappa
            print(f"  {name:20} {figures.n:6} kappa {figures.kappa:6.3f} lexicon {beside:6.3f}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    main()
