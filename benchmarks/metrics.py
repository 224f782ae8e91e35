"""How fast the metrics are: beside the packages that others use, and beside the least that it can take.

    python benchmarks/metrics.py [PATH_OF_THE_RELEASE] [--encoder ngrams] [--near 2000] [--peer 10000] [--many 1000000]

Without a path the pairs are neighbouring answers of the bundled sample. `evaluate`'s own "rouge" cannot be loaded
without a network; it wraps `rouge_score`, which is measured here. All figures are processor time of one process, so
that other work on the machine does not count; the million pairs are told by the clock too. The limit is a bare loop of
rapidfuzz over tokens that are there already, which nothing that reads texts can reach.
"""

import argparse
import importlib
import json
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import numpy as np
from rapidfuzz.distance import LCSseq
from rouge_table import read_pairs

from roleinstruct import assets
from roleinstruct.encoders.load import load_encoder
from roleinstruct.metrics.resampling import mean_interval
from roleinstruct.metrics.rouge_l import rouge_l
from roleinstruct.metrics.rpcs import rpcs
from roleinstruct.metrics.tokenize import tokenised, tokenizer_of

Pairs = Sequence[tuple[str, str]]
T = TypeVar("T")


class Characters:
    """Our default tokenizer as `rouge_score` takes it."""

    def tokenize(self, text: str) -> list[str]:
        """Tokens of a text."""
        return list(tokenizer_of("char")[1](text))


def timed(work: Callable[[], T], times: int = 1) -> tuple[float, T]:
    """Seconds of the processor, the least of so many times, and the result."""
    took = []
    for _ in range(times):
        start = time.process_time()
        result = work()
        took.append(time.process_time() - start)
    return min(took), result


def sample_pairs() -> list[tuple[str, str]]:
    texts = []
    for path in sorted(assets.find("sample", "builders").parent.rglob("general.jsonl")):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        texts += [str(row["generated"]) for row in rows]
    return list(pairwise(texts))


def rouge(pairs: Pairs, most: int) -> None:
    answers, references = [a for a, _ in pairs], [b for _, b in pairs]
    peer = pairs[:: max(1, len(pairs) // most)][:most]
    scorer = importlib.import_module("rouge_score.rouge_scorer").RougeScorer(["rougeL"], tokenizer=Characters())
    theirs, values = timed(lambda: [scorer.score(b, a)["rougeL"].fmeasure for a, b in peer])
    ours = rouge_l([a for a, _ in peer], [b for _, b in peer]).values
    print(f"rouge_score with our tokens, {len(peer):,} pairs: largest difference {np.abs(ours - values).max():.1e}")
    cut = tokenizer_of("char")[1]
    tokens = [([*cut(a)], [*cut(b)]) for a, b in pairs]
    reading, written = timed(lambda: tokenised([*answers, *references], cut), 5)
    spelled = [(written[a], written[b]) for a, b in pairs]
    plain = timed(lambda: rouge_l(answers, references, floor=False), 5)
    rows = {
        "rouge_score": theirs / len(peer),
        "ours": plain[0] / len(pairs),
        "- of it, making tokens": reading / len(pairs),
        "ours, with floor": timed(lambda: rouge_l(answers, references), 5)[0] / len(pairs),
        "- the interval, when asked": timed(lambda: plain[1].interval, 5)[0] / len(pairs),
        "limit: rapidfuzz, lists": timed(lambda: [LCSseq.similarity(a, b) for a, b in tokens], 5)[0] / len(pairs),
        "limit: rapidfuzz, strings": timed(lambda: [LCSseq.similarity(a, b) for a, b in spelled], 5)[0] / len(pairs),
    }
    print_rows(rows, "rouge_score")


def words(pairs: Pairs, most: int) -> None:
    """Against `rouge_chinese` as LLaMA-Factory calls it."""
    scorer = importlib.import_module("rouge_chinese").Rouge()
    peer = [(a, b) for a, b in pairs[:: max(1, len(pairs) // most)] if a.strip() and b.strip()][:most]
    tokenizer_of("word")[1]("词典")
    cut = importlib.import_module("jieba").cut

    def logged(answer: str, reference: str) -> float:
        found = scorer.get_scores(" ".join(cut(answer)), " ".join(cut(reference)))[0]["rouge-l"]["f"]
        return round(found * 100, 4) / 100

    theirs, values = timed(lambda: [logged(a, b) for a, b in peer])
    answers, references = [a for a, _ in peer], [b for _, b in peer]
    ours, score = timed(lambda: rouge_l(answers, references, compat="llamafactory", floor=False))
    cutting, _ = timed(lambda: [list(cut(text)) for pair in peer for text in pair])
    print(f"rouge_chinese, {len(peer):,} pairs: largest difference {np.abs(score.values - values).max():.1e}")
    rows = {"rouge_chinese": theirs, "ours, the same": ours, "jieba alone": cutting}
    print_rows({name: took / len(peer) for name, took in rows.items()}, "rouge_chinese")


def million(pairs: Pairs, many: int) -> None:
    """Every pair is made a text of its own by two characters at its end."""
    marks = [chr(0x4E00 + number % 20_000) + chr(0x4E00 + number // 20_000) for number in range(many)]
    answers = [pairs[number % len(pairs)][0] + mark for number, mark in enumerate(marks)]
    references = [pairs[number % len(pairs)][1] + mark for number, mark in enumerate(marks)]
    clock = time.perf_counter()
    took, score = timed(lambda: rouge_l(answers, references))
    clock = time.perf_counter() - clock
    print(f"{many:,} pairs with floor: {took:.1f} s of one processor, {clock:.1f} s by the clock, {score.interval}\n")


def meaning(pairs: Pairs, spec: str, most: int) -> None:
    encoder = load_encoder(spec)
    some = pairs[:most]

    def one_by_one() -> list[float]:
        return [float(encoder.encode([a])[0] @ encoder.encode([b])[0]) for a, b in some]

    answers, references = [a for a, _ in some], [b for _, b in some]
    distinct = len({*answers, *references})
    theirs, values = timed(one_by_one)
    ours, score = timed(lambda: rpcs(answers, references, encoder=encoder))
    print(
        f"RPCS, {len(some):,} pairs, {distinct:,} distinct texts: difference {abs(score.value - np.mean(values)):.1e}"
    )
    print_rows({f"pair by pair, {encoder.name}": theirs / len(some), "ours, with floor": ours / len(some)})


def print_rows(rows: dict[str, float], peer: str | None = None) -> None:
    first = rows[peer or next(iter(rows))]
    print(f"{'':32} {'us a pair':>10} {'times as fast':>14}")
    for name, took in rows.items():
        print(f"{name:32} {took * 1e6:10.2f} {first / took:14,.1f}")
    print(flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("release", type=Path, nargs="?")
    parser.add_argument("--encoder", default="ngrams")
    parser.add_argument("--near", type=int, default=2000, help="pairs that are encoded")
    parser.add_argument("--peer", type=int, default=10_000, help="pairs that rouge_score is given")
    parser.add_argument("--many", type=int, default=1_000_000)
    given = parser.parse_args()
    pairs = read_pairs(given.release) if given.release else sample_pairs()
    size = np.mean([len(text) for pair in pairs for text in pair])
    print(f"{len(pairs):,} pairs of {size:.0f} characters a side\n")
    rouge(pairs, given.peer)
    words(pairs, min(given.peer, 2000))
    million(pairs, given.many)
    meaning(pairs, given.encoder, given.near)
    values = np.random.default_rng(1).beta(2, 3, 10_000)
    print(f"bootstrap of 10,000 items, 1,000 times: {timed(lambda: mean_interval(values), 3)[0]:.2f} s")


if __name__ == "__main__":
    main()
