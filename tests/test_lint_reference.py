import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.cleaning.lint.reference import Reference
from roleinstruct.grams import GramIndex, Windows, weight

LINES = [
    ("今天的雨下得真大", "a:1"),
    ("我们还是坐地铁去吧", "a:2"),
    ("好", "a:3"),
    ("那你在门口等我五分钟好不好", "a:4"),
]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("我们，还是坐地铁去吧！", "a:2"),
        ("雨下得真大。我们还是坐地铁", "a:1"),
        ("门口等我五分钟好", "a:4"),
        ("坐地铁去吧。好。那你在门口", "a:2"),
        ("哎，那你在门口等我五分钟好不好？", "a:4"),
        ("今天的雨下得很大", None),
        ("我们还是坐地铁去", "a:2"),
        ("我们还是坐地铁", None),
        ("妈妈说过我们还是坐地铁去吧别走路了", None),
        ("好", None),
        ("……", None),
    ],
)
def test_a_text_is_found_however_the_corpus_parts_its_lines(text: str, place: str | None) -> None:
    assert Reference.of("a", LINES).find(text) == place


def test_lines_that_are_not_neighbours_in_the_corpus_are_found_in_one_text() -> None:
    text = "今天的雨下得真大，那你在门口等我五分钟好不好"
    assert Reference.of("a", LINES).find(text) == "a:1"


def test_many_texts_are_found_at_once_in_order() -> None:
    texts = ["没有这句话没有这句话", "我们还是坐地铁去吧", "", "今天的雨下得真大"]
    assert Reference.of("a", iter(LINES)).find_all(texts) == [None, "a:2", None, "a:1"]


def test_english_needs_more_letters_to_prove_anything() -> None:
    lines = [("Well, I thought the ferry left at nine.", "b:1"), ("You know that it never does.", "b:2")]
    reference = Reference.of("b", lines)
    assert (reference.size, Reference.of("a", LINES).size) == (24, 8)
    assert reference.find("I thought the ferry left at nine") == "b:1"
    assert reference.find("You know that") is None


def test_an_empty_corpus_holds_nothing() -> None:
    reference = Reference.of("none", [])
    assert (reference.lines, reference.find("我们还是坐地铁去吧")) == (0, None)
    assert Reference.of("dots", [("……", "a:1")]).find("我们还是坐地铁去吧") is None


texts = st.lists(st.text("abc", max_size=12), max_size=6)


def grams(text: str, size: int) -> set[str]:
    return {text[i : i + size] for i in range(len(text) - size + 1)}


@settings(max_examples=200, deadline=None)
@given(texts, st.integers(1, 5))
def test_windows_are_the_ngrams_of_each_text_and_of_no_two(texts: list[str], size: int) -> None:
    windows = Windows.of(texts, size)
    wanted = [(n, text[i : i + size]) for n, text in enumerate(texts) for i in range(len(text) - size + 1)]
    joined = "".join(f"{text}|" for text in texts)
    assert [(n, joined[s : s + size]) for n, s in zip(windows.owners, windows.starts, strict=True)] == wanted
    by_hash = {(int(h), text) for h, (_, text) in zip(windows.hashes, wanted, strict=True)}
    assert len(by_hash) == len({h for h, _ in by_hash}) == len({text for _, text in by_hash})


@settings(max_examples=200, deadline=None)
@given(texts, texts, st.integers(1, 4))
def test_shares_are_those_of_a_plain_comparison(known: list[str], asked: list[str], size: int) -> None:
    index = GramIndex.of(known, size)
    everything = set().union(*(grams(text, size) for text in known))
    for text, share in zip(asked, index.known(asked), strict=True):
        windows = [text[i : i + size] for i in range(len(text) - size + 1)]
        assert share == (sum(w in everything for w in windows) / len(windows) if windows else 0)
        if windows:
            held = [len(grams(text, size) & grams(other, size)) / len(grams(text, size)) for other in known]
            assert index.holder(text) == ((held.index(max(held)), max(held)) if max(held, default=0) else (0, 0.0))


@pytest.mark.parametrize(("text", "characters"), [("下雨了", 3), ("raining!!", 3), ("", 0), ("我的app坏了", 5)])
def test_letters_weigh_a_third(text: str, characters: float) -> None:
    assert weight(text) == characters
