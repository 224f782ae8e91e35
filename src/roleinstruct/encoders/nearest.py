"""The nearest of many vectors, exactly: every one is compared.

A product of float32 is off in the seventh digit, by an amount that depends on the number of threads and on where a row
lies. So it only picks the candidates; they are compared again in float64, and the same vectors give the same order
everywhere.
"""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from roleinstruct.encoders.encoder import Vectors

__all__ = ["FAISS_FROM", "Nearest", "nearest"]

FAISS_FROM = (1024, 50_000)
"""Queries and vectors from which on faiss is asked, where it is installed. It compares no fewer vectors than numpy, but
picks the best of each row on all cores; numpy picks on one, which is half of its time. On two cores that is even at
these numbers (1.2 seconds each for vectors of 512), and numpy is ahead below: a single query takes it 3 ms, and faiss
76, with the copy that it makes of the vectors."""

Nearest = tuple[NDArray[np.int64], NDArray[np.float64]]
"""Places among the vectors and their cosines, best first; equal ones in the order of the vectors."""


def nearest(vectors: Vectors, queries: Vectors, k: int, *, faiss_from: tuple[int, int] = FAISS_FROM) -> list[Nearest]:
    """Find the k nearest vectors to each query.

    Args:
        vectors: At least one, of length 1 or 0.
        queries: Likewise.
        k: How many, at least 1; all where there are fewer.
        faiss_from: See `FAISS_FROM`.
    """
    large = len(queries) >= faiss_from[0] and len(vectors) >= faiss_from[1]
    pick = _by_faiss if large and k < len(vectors) and find_spec("faiss") else _by_numpy
    return [_rank(vectors, query, places, k) for query, places in zip(queries, pick(vectors, queries, k), strict=True)]


def _by_numpy(vectors: Vectors, queries: Vectors, k: int) -> Iterator[NDArray[np.int64]]:
    """The places of the candidates for each query: all that could be among the k nearest."""
    step = max(1, _SCORES // len(vectors))
    for begin in range(0, len(queries), step):
        part = queries[begin : begin + step]
        scores = part @ vectors.T
        least = np.partition(scores, max(0, len(vectors) - k), axis=1)[:, max(0, len(vectors) - k)] - _SLACK
        for row, score in enumerate(scores):
            # A query without content is as near to one as to another.
            yield np.flatnonzero(score >= least[row]) if part[row].any() else np.arange(min(k, len(vectors)))


def _by_faiss(vectors: Vectors, queries: Vectors, k: int) -> Iterator[NDArray[np.int64]]:
    index = import_module("faiss").IndexFlatIP(vectors.shape[1])
    index.add(np.ascontiguousarray(vectors))
    scores, places = index.search(np.ascontiguousarray(queries), min(k + _MORE, len(vectors)))
    for row, (score, found) in enumerate(zip(scores, places, strict=True)):
        if score[-1] >= score[k - 1] - _SLACK and len(found) < len(vectors):  # what was cut off may be as near
            yield from _by_numpy(vectors, queries[row : row + 1], k)
        else:
            yield np.sort(found)


def _rank(vectors: Vectors, query: Vectors, places: NDArray[np.int64], k: int) -> Nearest:
    """The k best of the candidates."""
    exact = query.astype(np.float64)
    scores = np.concatenate([
        (vectors[places[i : i + _ROWS]] * exact).sum(axis=1) for i in range(0, len(places), _ROWS)
    ])  # fmt: skip
    order = np.lexsort((places, -scores))[:k]
    return places[order], scores[order]


_SLACK = 1e-5  # more than a product of float32 is off by
_MORE = 32  # candidates beyond k
_ROWS = 4096  # compared at a time, which bounds memory
_SCORES = 1 << 24  # likewise: 64 MB of scores
