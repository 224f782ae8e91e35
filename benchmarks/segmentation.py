"""How many cuts of `cleaning.segments` hit true dialogue boundaries, against cutting every N turns.

    python benchmarks/segmentation.py valid_split.csv

The file is a CPED table (columns Dialogue_ID, Speaker, Utterance). The dialogues of a pair of speakers are put one
after the other without their ids, and both ways of cutting are given the true mean length. Pk (Beeferman et al. 1999)
and WindowDiff (Pevzner and Hearst 2002): share of windows, half a mean dialogue wide, whose ends are wrongly judged to
lie in the same dialogue, or whose number of boundaries is wrong; 0 is perfect.
"""

import csv
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, pairwise
from pathlib import Path

from roleinstruct.cleaning.segments import SegmentOptions, count_turns, segments
from roleinstruct.records import Utterance

Cuts = set[int]


def main() -> None:
    """Print the table."""
    if len(sys.argv) != 2:
        sys.exit("usage: python benchmarks/segmentation.py CPED.csv")
    scripts = [dialogues for dialogues in read_pairs(Path(sys.argv[1])) if len(dialogues) >= 4]
    rounds = sum(count_turns(d) for s in scripts for d in s) / sum(map(len, scripts)) / 2
    target = max(1, round(rounds))
    options = SegmentOptions(target_rounds=target, min_rounds=1, max_rounds=2 * target)
    ways: dict[str, Callable[[list[Utterance]], Cuts]] = {
        "segments, true mean length": lambda lines: starts(map(len, segments(lines, options))),
        f"every {2 * target} turns": lambda lines: every_turns(lines, 2 * target),
        "segments, defaults": lambda lines: starts(map(len, segments(lines))),
        "every 30 turns": lambda lines: every_turns(lines, 30),
    }
    lines = sum(len(d) for s in scripts for d in s)
    print(f"{len(scripts)} pairs, {sum(map(len, scripts))} dialogues, {lines} lines, {rounds:.2f} rounds a dialogue")
    print(f"{'':28}{'cuts':>6}{'hits':>8}{'found':>8}{'Pk':>8}{'WinDiff':>9}")
    for name, way in ways.items():
        print(f"{name:28}" + report(scripts, way))


def read_pairs(path: Path) -> list[list[list[Utterance]]]:
    """The dialogues of every pair of speakers, in file order."""
    dialogues: dict[str, list[Utterance]] = defaultdict(list)
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            dialogues[row["Dialogue_ID"]].append(Utterance(row["Speaker"], row["Utterance"]))
    pairs: dict[frozenset[str], list[list[Utterance]]] = defaultdict(list)
    for dialogue in dialogues.values():
        pairs[frozenset(u.speaker for u in dialogue)].append(dialogue)
    return [pair for speakers, pair in pairs.items() if len(speakers) == 2]


def starts(lengths: Iterable[int]) -> Cuts:
    """The indexes at which pieces begin, but for the first, of the lengths of the pieces."""
    return set(list(accumulate(lengths))[:-1])


def every_turns(lines: Sequence[Utterance], turns: int) -> Cuts:
    """The cuts after every so many turns."""
    changes = [i for i, (a, b) in enumerate(pairwise(lines), 1) if a.speaker != b.speaker]
    return set(changes[turns - 1 :: turns])


def report(scripts: list[list[list[Utterance]]], way: Callable[[list[Utterance]], Cuts]) -> str:
    """Cuts made, the share of them that are true, the share of the true ones found, Pk and WindowDiff."""
    made = hit = true = windows = pk = diff = 0
    for dialogues in scripts:
        lines = [u for dialogue in dialogues for u in dialogue]
        real, cuts = starts(map(len, dialogues)), way(lines)
        made, hit, true = made + len(cuts), hit + len(cuts & real), true + len(real)
        width = max(2, round(len(lines) / len(dialogues) / 2))
        for i in range(len(lines) - width):
            inside = range(i + 1, i + width + 1)
            a, b = sum(j in real for j in inside), sum(j in cuts for j in inside)
            windows, pk, diff = windows + 1, pk + ((a == 0) != (b == 0)), diff + (a != b)
    return f"{made:6}{hit / max(1, made):8.3f}{hit / true:8.3f}{pk / windows:8.3f}{diff / windows:9.3f}"


if __name__ == "__main__":
    main()
