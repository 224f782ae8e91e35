"""Encodings found out, lines streamed, and one clear sentence for what is no text."""

import os
import random
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.errors import SourceError
from roleinstruct.sources.encoding import guess
from roleinstruct.sources.text import LONGEST_LINE, lines, look

_SIMPLIFIED = (
    "今天下班以后我们去看电影吧，听说那部片子很有意思。你怎么又迟到了？我等了你快一个小时！对不起，路上堵车堵得厉害。"
    "没关系，先坐下来喝口水。妈妈昨天打电话来，问我们什么时候回家过年。我还没想好，公司里的事情实在太多了。"
)
_TRADITIONAL = (
    "今天下班以後我們去看電影吧，聽說那部片子很有意思。你怎麼又遲到了？我等了你快一個小時！對不起，路上塞車塞得厲害。"
    "沒關係，先坐下來喝口水。媽媽昨天打電話來，問我們什麼時候回家過年。我還沒想好，公司裡的事情實在太多了。"
)
_ENGLISH = (
    "“It’s £5,” she said. ‘That’s what I don’t understand – José paid £20 at the café…’ We’ve all heard it before. "
)
_RELEASE = Path(__file__).parents[2] / "shared" / "data" / "rolecraft-release"


def _file(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    return path


def _read(path: Path) -> list[str]:
    return [text for _, text in lines(look(path, path.name))]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (_SIMPLIFIED, "utf-8"),
        (_SIMPLIFIED, "utf-8-sig"),
        (_SIMPLIFIED, "gb18030"),
        (_SIMPLIFIED, "gb2312"),
        (_SIMPLIFIED, "utf-16"),
        (_SIMPLIFIED, "utf-16-le"),
        (_SIMPLIFIED, "utf-16-be"),
        (_SIMPLIFIED, "utf-32"),
        (_TRADITIONAL, "big5"),
        (_TRADITIONAL, "gb18030"),
        (_TRADITIONAL, "utf-16-be"),
        (_ENGLISH, "cp1252"),
        (_ENGLISH, "utf-8"),
        (_ENGLISH, "utf-16-le"),
        ("plain ascii: yes, no 12:30", "ascii"),
        ("Привет, как дела?", "utf-8"),
        ("{{樊胜美}}" + "\U00020000", "gb18030"),
    ],
)
@pytest.mark.parametrize("end", ["", "\n", "\r\n第二行 two\r\n"])
def test_text_comes_back_as_it_was_written(tmp_path: Path, text: str, encoding: str, end: str) -> None:
    if encoding in ("cp1252", "ascii"):
        end = end.replace("第二行", "second")
    elif encoding == "big5":
        end = end.replace("第二行", "二")
    path = _file(tmp_path, (text + end).encode(encoding))
    assert _read(path) == (text + end).replace("\r\n", "\n").removesuffix("\n").split("\n")


@pytest.mark.parametrize(
    ("source", "encoding", "length", "least"),
    [
        (_SIMPLIFIED, "gb18030", 3, 0.9),
        (_SIMPLIFIED, "gb18030", 10, 0.99),
        (_SIMPLIFIED, "gb18030", 40, 1.0),
        (_TRADITIONAL, "big5", 3, 0.9),
        (_TRADITIONAL, "big5", 10, 0.99),
        (_SIMPLIFIED, "utf-16-le", 10, 0.95),
        (_SIMPLIFIED, "utf-16-be", 40, 1.0),
        (_SIMPLIFIED, "utf-8", 3, 1.0),
        (_ENGLISH, "cp1252", 40, 1.0),
        ("日本語のテキストです。今日はいい天気ですね。駅まで歩きましょう。", "cp932", 20, 1.0),
        ("안녕하세요. 오늘 날씨가 정말 춥네요. 역까지 걸어갈까요?", "cp949", 20, 1.0),
    ],
)
def test_short_cuts_are_told_apart(source: str, encoding: str, length: int, least: float) -> None:
    cuts = [source[i : i + length] for i in range(len(source) - length)]
    cuts = [cut for cut in cuts if sum(c > "\x7f" for c in cut) >= 2]
    right = [
        cut for cut in cuts if (found := guess(cut.encode(encoding))) and cut.encode(encoding).decode(found) == cut
    ]
    assert len(right) >= least * len(cuts)


@pytest.mark.skipif(not _RELEASE.is_dir(), reason="the authors' release is not here")
@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-16-le", "utf-16-be"])
def test_cuts_of_the_release_of_ten_characters_and_more_are_told_apart(encoding: str) -> None:
    text = "".join(path.read_text("utf-8") for path in sorted(_RELEASE.rglob("*_desc.txt")))
    chance = random.Random(3)
    for length in (10, 30, 100, 300):
        for _ in range(60):
            start = chance.randrange(len(text) - length)
            data = text[start : start + length].encode(encoding)
            assert guess(data) == encoding, text[start : start + length]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "big5"])
def test_a_first_half_in_ascii_does_not_hide_the_encoding(tmp_path: Path, encoding: str) -> None:
    text = "speaker,text\n" + "a,hello there\n" * 20_000 + f"b,{_TRADITIONAL}\n"
    assert _read(_file(tmp_path, text.encode(encoding)))[-1] == f"b,{_TRADITIONAL}"


def test_one_bad_byte_at_the_end_is_named_with_its_line(tmp_path: Path) -> None:
    path = _file(tmp_path, (_SIMPLIFIED + "\n").encode() * 3000 + b"\xe4\xbd\n" + _SIMPLIFIED.encode())
    with pytest.raises(SourceError, match=r"a\.txt:3001 holds bytes that are not utf-8"):
        look(path, "a.txt")


def test_big5_of_windows_is_read_beyond_plain_big5(tmp_path: Path) -> None:
    text = _TRADITIONAL + "堃碁恒裏"
    assert _read(_file(tmp_path, text.encode("cp950", "ignore"))) == [text.encode("cp950", "ignore").decode("cp950")]


@pytest.mark.parametrize("data", [b"", b"  \n\t\r\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\xff\xfe\n\x00"])
def test_an_empty_file_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(SourceError, match="is empty"):
        look(_file(tmp_path, data), "a.txt")


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00\x08\x06" + bytes(range(256)) * 9,
        b"PK\x03\x04\x14\x00\x08\x00" + random.Random(1).randbytes(5000),
        b"hello\x00world\n" * 9 + b"x",
    ],
)
def test_binary_files_and_other_encodings_are_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(SourceError, match="binary"):
        look(_file(tmp_path, data), "a.txt")


@pytest.mark.parametrize(("data", "kind"), [(b"%PDF-1.4\n1 0 obj", "PDF"), (rb"{\rtf1\ansi Anna: Hi}", "RTF")])
def test_documents_that_are_no_plain_text_are_named(tmp_path: Path, data: bytes, kind: str) -> None:
    with pytest.raises(SourceError, match=f"{kind} file, and plain text was expected"):
        look(_file(tmp_path, data), "a.txt")


def test_a_nul_far_down_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"a\.txt:20001 holds a NUL"):
        look(_file(tmp_path, b"hello there\n" * 20_000 + b"a\x00b"), "a.txt")


def test_what_is_not_there_and_what_is_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no file x"):
        look(tmp_path / "x", "x")
    with pytest.raises(SourceError, match="is a folder"):
        look(tmp_path, "x")


def test_parquet_is_known_by_its_magic(tmp_path: Path) -> None:
    head = look(_file(tmp_path, b"PAR1" + bytes(20) + b"PAR1"), "a.txt")
    assert (head.encoding, head.text) == ("", "")


def test_only_lf_crlf_and_cr_end_a_line(tmp_path: Path) -> None:
    path = _file(tmp_path, "a\rb\r\nc\u2028d\x0be\x0cf\x85g\n\nh".encode())
    head = look(path, "a.txt")
    assert list(lines(head)) == [(1, "a"), (2, "b"), (3, "c\u2028d\x0be\x0cf\x85g"), (4, ""), (5, "h")]
    assert head.text == "a\nb\nc\u2028d\x0be\x0cf\x85g\n\nh"


def test_byte_order_marks_inside_go_and_other_characters_stay(tmp_path: Path) -> None:
    assert _read(_file(tmp_path, "\ufeffa\u200b \n\ufeffb\u3000".encode())) == ["a\u200b ", "b\u3000"]


def test_the_head_is_cut_at_a_line_end(tmp_path: Path) -> None:
    head = look(_file(tmp_path, (_SIMPLIFIED + "\n").encode() * 1000), "a.txt")
    assert 60_000 < len(head.text.encode()) <= 65_536
    assert set(head.text.split("\n")) == {_SIMPLIFIED, ""}


def test_a_line_that_is_too_long_is_refused(tmp_path: Path) -> None:
    head = look(_file(tmp_path, b"first\n" + b"[1, 2]" * (LONGEST_LINE // 6 + 9)), "a.txt")
    with pytest.raises(SourceError, match=r"line 2 of a\.txt is longer than 64 Mi characters"):
        list(lines(head))


def test_memory_stays_flat(tmp_path: Path) -> None:
    path = _file(tmp_path, (_SIMPLIFIED + "\n").encode() * 80_000)
    assert os.path.getsize(path) > 20 * 2**20
    tracemalloc.start()
    count = sum(1 for _ in lines(look(path, "a.txt")))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 80_000
    assert peak < 8 * 2**20


@settings(max_examples=200, deadline=None)
@given(st.binary(min_size=1, max_size=300))
def test_no_bytes_raise_anything_else(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.txt"
    path.write_bytes(data)
    try:
        head = look(path, "any.txt")
    except SourceError:
        return
    if head.encoding:
        assert all("\n" not in text and "\r" not in text for _, text in lines(head))


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Co"]), min_size=1, max_size=200))
def test_utf8_with_more_than_a_few_characters_comes_back(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "utf8.txt"
    text = _SIMPLIFIED + text.replace("\ufeff", "")
    path.write_text(text, encoding="utf-8", newline="")
    assert _read(path) == [text]
