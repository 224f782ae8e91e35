"""Table 1 and Figure 4 of the paper beside a data set folder, counted in every way that the paper could have meant.

    roleinstruct build rolecraft_release --source rolecraft-release --out release
    python benchmarks/reproduce.py release

The folder has to be one that was built here: the working tables hold the source's own lines. Words are jieba's.
"""

import logging
import sys
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path
from statistics import mean

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.statistics import PAPER_EMOTIONS, figure, statistics
from roleinstruct.emotions import Emotion

CPED = frozenset({"关谷神奇", "刘星", "唐鹏", "邓小可"})
"""The characters of the release whose script is text of the CPED corpus, with labels by people."""

SAMPLE = 5
"""Every fifth text is parted into words: parting all takes minutes."""


def main() -> None:
    """Print the three tables, as docs/reproduction.md shows them."""
    if len(sys.argv) != 2:
        sys.exit("usage: python benchmarks/reproduce.py FOLDER")
    folder = DataFolder(Path(sys.argv[1]))
    for table in (table_1(folder), lengths(folder), emotions(folder)):
        print("\n".join(table), end="\n\n")


def table_1(folder: DataFolder) -> list[str]:
    """Our statistics beside the paper's."""
    rows = [
        (s.name, *map(figure, (s.value, s.paper_v1)), _share(s.value, s.paper_v1), s.definition)
        for s in statistics(folder)
    ]
    return _table(("", "12 characters", "paper v1, 20", "ours : paper's", "how ours is counted"), rows)


def lengths(folder: DataFolder) -> list[str]:
    """The mean lengths of instructions and answers, by part and unit."""
    specific, general = list(folder.rows("specific")), list(folder.rows("general"))
    read = list(folder.rows("imported/instructions"))
    texts = {
        "instructions, specific": [row["instruction"] for row in specific],
        "instructions, general": [row["instruction"] for row in general],
        "instructions, general, as sampled": [row["instruction"] for row in read if row["kind"] == "general"],
        "answers, specific": [row["response"] for row in specific],
        "answers, general": [answer for row in general for answer in row["responses"]],
        "answers, as read": [answer for row in read for answer in row["responses"]],
        "profiles": [row["text"] for row in folder.rows("profiles")],
    }
    rows = [(name, f"{len(t):,}", f"{mean(map(len, t)):.2f}", f"{_words(t):.2f}") for name, t in texts.items()]
    return _table(("texts", "number", "characters, mean", "words, mean"), rows)


def emotions(folder: DataFolder) -> list[str]:
    """Figure 4: percent of each label, by source line and by turn."""
    by_line: dict[str, Counter[str]] = {}
    for row in folder.rows("imported/utterances"):
        by_line.setdefault(row["character"], Counter())[row["emotion"] or ""] += 1
    names = tuple(Emotion)
    by_turn = Counter(
        names[turn["emotion"]].value
        for row in folder.rows("dialogues")
        for turn in row["turns"]
        if turn["emotion"] is not None
    )
    columns = [
        _percent(sum(by_line.values(), Counter())),
        _percent(by_turn),
        _percent(_of(by_line, CPED)),
        _percent(_of(by_line, by_line.keys() - CPED)),
    ]
    rows = [(e.value, f"{PAPER_EMOTIONS[e]:.1f}", *(f"{c[e]:.1f}" for c in columns)) for e in PAPER_EMOTIONS]
    heads = ("", "paper v1, Figure 4", "by line", "by turn", "by line, four of CPED", "by line, the other eight")
    return _table(heads, rows)


def _of(counts: dict[str, Counter[str]], names: Collection[str]) -> Counter[str]:
    return sum((counts[name] for name in names if name in counts), Counter())


def _percent(counts: Counter[str]) -> dict[Emotion, float]:
    total = sum(counts[e.value] for e in Emotion)
    return {e: 100 * counts[e.value] / total if total else 0.0 for e in Emotion}


def _words(texts: list[str]) -> float:
    import jieba

    jieba.setLogLevel(logging.WARNING)
    return mean(sum(any(map(str.isalnum, word)) for word in jieba.cut(text)) for text in texts[::SAMPLE] or texts)


def _share(value: float | None, paper: float) -> str:
    return "–" if value is None else f"{value / paper:.3f}"


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (heads, ("---",) * len(heads), *rows)]


if __name__ == "__main__":
    main()
