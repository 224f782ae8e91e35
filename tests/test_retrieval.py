import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.encoders.encoder import Vectors, unit
from roleinstruct.encoders.nearest import nearest
from roleinstruct.encoders.ngrams import NgramEncoder
from roleinstruct.errors import ConfigError, FolderError, RecordError
from roleinstruct.retrieval import Hit, Index, Passage

PASSAGES = (
    Passage("p1", "周末去河边钓鱼了，钓了两条大鲫鱼", "于小强"),
    Passage("p2", "房租又没交，房东来催了", "于小强"),
    Passage("p3", "I went fishing at the river on Sunday", "Maggie Doyle"),
    Passage("p4", "The rent is late again", "Maggie Doyle"),
    Passage("p5", "周末去河边钓鱼了，钓了两条大鲫鱼", "李梅"),
)


@dataclass(frozen=True)
class Angles:
    """An encoder for arithmetic: a text is an angle in degrees, "" is nothing."""

    name: str = "angles"

    def encode(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        angles = np.radians([float(text or 0) for text in texts])
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32) * [[bool(t)] for t in texts]


def index_of(*passages: Passage) -> Index:
    index = Index(NgramEncoder())
    index.add(passages)
    return index


def ids(hits: Sequence[Hit]) -> list[str]:
    return [hit.passage.id for hit in hits]


def test_the_nearest_comes_first_with_its_cosine() -> None:
    index = Index(Angles())
    index.add(Passage(text, text) for text in ("90", "0", "60", "180"))
    hits = index.search("10", 3)
    assert ids(hits) == ["0", "60", "90"]
    assert [hit.score for hit in hits] == pytest.approx(np.cos(np.radians([10, 50, 80])), abs=1e-6)


def test_equally_near_passages_come_in_the_order_of_adding() -> None:
    index = index_of(*PASSAGES)
    assert ids(index.search("去钓鱼了吗", 2)) == ["p1", "p5"]
    many = index_of(*(Passage(f"{i}", "同一句话", "甲") for i in range(3000)))
    assert ids(many.search("同一句话", 5)) == ["0", "1", "2", "3", "4"]


def test_only_the_character_that_is_asked_for_is_searched() -> None:
    index = index_of(*PASSAGES)
    assert ids(index.search("去钓鱼了吗", 9, "李梅")) == ["p5"]
    assert set(ids(index.search("rent", 9, "Maggie Doyle"))) == {"p3", "p4"}
    assert index.search("rent", 9, "nobody") == []
    nobodys = index_of(Passage("x", "rent"), *PASSAGES)
    assert ids(nobodys.search("rent", 9, "")) == ["x"]


def test_more_are_asked_for_than_there_are() -> None:
    assert len(index_of(*PASSAGES).search("鱼", 100)) == len(PASSAGES)


@pytest.mark.parametrize("k", [0, -1])
def test_none_are_asked_for(k: int) -> None:
    with pytest.raises(ConfigError, match=f"{k} passages were asked for"):
        index_of(*PASSAGES).search("鱼", k)


def test_an_empty_index_finds_nothing_and_can_be_saved(tmp_path: Path) -> None:
    index = Index(NgramEncoder())
    index.add([])
    assert len(index) == 0
    assert index.search("鱼", 3) == []
    assert index.search_all(["鱼", "饭"], 3) == [[], []]
    assert index_of(*PASSAGES).search_all([], 3) == []
    index.save(tmp_path)
    loaded = Index.load(tmp_path, NgramEncoder())
    assert len(loaded) == 0
    loaded.add(PASSAGES)
    assert ids(loaded.search("rent", 1)) == ["p4"]


def test_what_has_no_content_is_as_near_to_one_as_to_another() -> None:
    index = index_of(Passage("empty", ""), *PASSAGES)
    assert [(hit.passage.id, hit.score) for hit in index.search("", 3)] == [("empty", 0), ("p1", 0), ("p2", 0)]
    assert dict(zip(ids(hits := index.search("房租", 9)), (hit.score for hit in hits), strict=True))["empty"] == 0


def test_a_passage_added_twice_is_there_once_and_two_of_one_id_are_refused() -> None:
    index = index_of(*PASSAGES)
    index.add([PASSAGES[0], Passage("new", "新的"), Passage("new", "新的")])
    assert len(index) == len(PASSAGES) + 1
    for clash in (
        [Passage("p1", "别的话")],
        [Passage("p9", "一"), Passage("p9", "二")],
        [Passage("p1", PASSAGES[0].text)],
    ):
        with pytest.raises(RecordError, match="two passages have the id 'p"):
            index.add([Passage("not this either", "话"), *clash])
    assert len(index) == len(PASSAGES) + 1


def test_many_queries_find_what_each_finds_alone() -> None:
    index = index_of(*PASSAGES)
    queries = ["钓鱼", "", "rent", "河边", "Sunday at the river"]
    assert index.search_all(queries, 3) == [index.search(query, 3) for query in queries]
    assert index.search_all(queries, 3, "于小强") == [index.search(query, 3, "于小强") for query in queries]


def test_a_saved_index_finds_the_same_and_goes_on(tmp_path: Path) -> None:
    index = index_of(*PASSAGES, Passage("odd", "行\u2028分\n隔 \ud800", "甲"))
    index.save(tmp_path / "a" / "b")
    first = (tmp_path / "a" / "b" / "index.npz").read_bytes()
    loaded = Index.load(tmp_path / "a" / "b", NgramEncoder())
    assert len(loaded) == 6
    assert loaded.search_all(["钓鱼", "行分"], 6) == index.search_all(["钓鱼", "行分"], 6)
    loaded.save(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b" / "index.npz").read_bytes() == first
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["index.npz"]
    loaded.add([Passage("more", "再钓一次鱼"), PASSAGES[0]])
    assert len(loaded) == 7


def test_another_encoder_is_refused_in_one_sentence(tmp_path: Path) -> None:
    index_of(*PASSAGES).save(tmp_path)
    with pytest.raises(
        ConfigError, match=r"was made by the encoder ngrams-v1 and cannot be searched by angles"
    ) as error:
        Index.load(tmp_path, Angles())
    assert str(error.value).count(". ") == 0


def test_an_index_that_is_absent_damaged_or_of_another_version_is_named(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="there is no index in"):
        Index.load(tmp_path, NgramEncoder())
    path = tmp_path / "index.npz"
    index_of(*PASSAGES).save(tmp_path)
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    for broken in (b"", b"no archive", whole[:-100], bytes(flipped)):
        path.write_bytes(broken)
        with pytest.raises(FolderError, match=r"index.npz is damaged .*: make it again"):
            Index.load(tmp_path, NgramEncoder())
    with path.open("wb") as file:
        about = np.frombuffer(json.dumps({"version": 2, "encoder": "ngrams-v1"}).encode(), np.uint8)
        np.savez(file, about=about, passages=np.zeros(0, np.uint8), vectors=np.zeros((0, 0), np.float32))
    with pytest.raises(ConfigError, match="has version 2, expected 1"):
        Index.load(tmp_path, NgramEncoder())


def test_nothing_in_the_file_is_a_pickle(tmp_path: Path) -> None:
    index_of(*PASSAGES).save(tmp_path)
    with zipfile.ZipFile(tmp_path / "index.npz") as archive:
        assert sorted(archive.namelist()) == ["about.npy", "passages.npy", "vectors.npy"]
    with np.load(tmp_path / "index.npz", allow_pickle=False) as parts:
        assert {name: parts[name].dtype.str for name in parts} == {
            "about": "|u1", "passages": "|u1", "vectors": "<f4"
        }  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 60), st.integers(1, 70), st.integers(0, 2**32 - 1))
def test_the_order_is_that_of_exact_arithmetic(n: int, k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    vectors = unit(rng.integers(-1, 2, (n, 4)).astype(float))  # many are equal, some are nothing
    queries = unit(rng.integers(-1, 2, (3, 4)).astype(float))
    for query, (places, scores) in zip(queries, nearest(vectors, queries, k), strict=True):
        exact = [(-float((v.astype(float) * query.astype(float)).sum()), i) for i, v in enumerate(vectors)]
        assert places.tolist() == [i for _, i in sorted(exact)[:k]]
        assert scores.tolist() == [-score for score, _ in sorted(exact)[:k]]


@pytest.mark.filterwarnings("ignore:builtin type:DeprecationWarning")  # of SWIG, in faiss, from Python 3.12 on
def test_faiss_finds_what_numpy_finds() -> None:
    if find_spec("faiss") is None:
        pytest.skip("faiss is not installed: pip install faiss-cpu")
    rng = np.random.default_rng(0)
    vectors = unit(rng.standard_normal((5000, 64)))
    vectors[100:300] = vectors[7]  # more equal ones than are asked for
    queries = np.concatenate([unit(rng.standard_normal((50, 64))), vectors[[7, 150, 4000]], np.zeros((1, 64))])
    by_faiss = nearest(vectors, queries.astype(np.float32), 10, faiss_from=(1, 1))
    by_numpy = nearest(vectors, queries.astype(np.float32), 10, faiss_from=(10**9, 10**9))
    for (left, left_scores), (right, right_scores) in zip(by_faiss, by_numpy, strict=True):
        assert left.tolist() == right.tolist()
        assert left_scores.tolist() == right_scores.tolist()
    assert by_numpy[50][0].tolist() == [7, *range(100, 109)]
    assert by_numpy[53][0].tolist() == list(range(10))
