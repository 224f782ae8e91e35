"""Folders as people have them."""

import os
import sys
import unicodedata
from pathlib import Path

import pytest

from roleinstruct.dataset.folder import PRIVATE
from roleinstruct.errors import SourceError
from roleinstruct.sources.corpus import find_material

SCRIPT = "王芳：你好\n李强：早\n王芳：走\n"


def _put(path: Path, data: str | bytes = SCRIPT) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)


def test_what_systems_leave_in_a_folder_is_not_looked_at(tmp_path: Path) -> None:
    for name in (".DS_Store", "__MACOSX/王芳/._a.txt", "王芳/.git/a.txt", "王芳/__pycache__/a.txt", "王芳/a.txt"):
        _put(tmp_path / name)
    (material,) = find_material(tmp_path)
    assert (material.character, [file.head.name for file in material.files]) == ("王芳", ["王芳/a.txt"])
    assert not material.notices


def test_the_papers_beside_a_corpus_are_left_out_with_a_reason(tmp_path: Path) -> None:
    _put(tmp_path / "README.md", "# Data\n\nWhat it is.\n\nLicense: MIT\nContact: a@b.c\n\nMore of it.\n")
    _put(tmp_path / "王芳" / "a.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    _put(tmp_path / "王芳" / "s.txt")
    papers, material = find_material(tmp_path)
    assert not papers.files
    assert len(papers.notices) == 1
    assert len(material.files) == len(material.notices) == 1


def test_links_do_not_go_round_and_pipes_do_not_block(tmp_path: Path) -> None:
    _put(tmp_path / "王芳" / "deep" / "a.txt")
    (tmp_path / "王芳" / "deep" / "loop").symlink_to(tmp_path / "王芳")
    (tmp_path / "王芳" / "same").symlink_to(tmp_path / "王芳" / "deep")
    (tmp_path / "王芳" / "dead").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "王芳" / "pipe")
    (material,) = find_material(tmp_path)
    assert [file.head.name for file in material.files] == ["王芳/deep/a.txt", "王芳/same/a.txt"]
    assert len(material.notices) == 1


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS refuses names of files that are not UTF-8")
def test_names_from_chinese_windows_are_read(tmp_path: Path) -> None:
    _put(tmp_path / "数据" / os.fsdecode("王芳".encode("gbk")) / "a.txt")
    (material,) = find_material(tmp_path / "数据")
    assert (material.character, material.files[0].head.name) == ("王芳", "王芳/a.txt")
    (material,) = find_material(tmp_path)
    assert material.files[0].head.name == "数据/王芳/a.txt"


def test_spaces_around_a_folders_name_are_not_the_characters(tmp_path: Path) -> None:
    _put(tmp_path / " 王芳 " / "a b.txt")
    assert next(find_material(tmp_path)).character == "王芳"


def test_what_was_built_inside_the_source_is_not_read_as_a_source(tmp_path: Path) -> None:
    _put(tmp_path / "王芳" / "a.txt")
    for built in (tmp_path / "out", tmp_path / "王芳" / "deep" / "out"):
        _put(built / "README.md")
        (built / PRIVATE).mkdir()
    out, material = find_material(tmp_path)
    assert not out.files
    assert [file.head.name for file in material.files] == ["王芳/a.txt"]
    assert ["out is a data set" in n.message for n in (*out.notices, *material.notices)] == [True, True]
    with pytest.raises(SourceError, match="out is a data set folder of roleinstruct, and raw dialogue was expected"):
        list(find_material(tmp_path / "out"))


def test_a_folder_named_in_parts_is_the_composed_character(tmp_path: Path) -> None:
    name = unicodedata.normalize("NFD", "Zoë")
    _put(tmp_path / name / "a.txt")
    (material,) = find_material(tmp_path)
    assert (material.character, material.files[0].head.name) == ("Zoë", f"{name}/a.txt")


@pytest.mark.parametrize(
    ("text", "format"),
    [
        ("王芳，女，五十岁，在街口开小卖部，爱笑也爱哭。", "profile"),
        ("王芳,你好。\n李强,早。\n王芳,走。\n李强,嗯。\n", None),
        ("“王芳，你去哪儿？我等你等了半天了。”\n“哪儿也不去，王芳说了，今天在家。”\n", None),
        ("王芳的数据集，文件夹里有三个剧本，都是手打的。", None),
        ("李强，男，三十岁，在街口开出租车，爱唱歌也爱喝酒。", None),
    ],
)
def test_prose_about_a_character_in_its_folder_is_its_profile(tmp_path: Path, text: str, format: str | None) -> None:
    _put(tmp_path / "王芳" / "a.txt")
    _put(tmp_path / "王芳" / "b.txt", text)
    (material,) = find_material(tmp_path)
    assert [file.detected.format for file in material.files[1:]] == ([format] if format else [])
