"""A file that is not what its name says."""

from collections.abc import Iterator, Sequence

from roleinstruct.cleaning.lint.material import Corpus, SourceFile
from roleinstruct.cleaning.lint.rule import Finding, Rule

__all__ = ["RULE"]


def _find(corpus: Corpus, _: Sequence[None]) -> Iterator[Finding]:
    for file in corpus.files:
        for message in _problems(file):
            yield Finding(message, f"{file.name}:1", "", file.character)


def _problems(file: SourceFile) -> Iterator[str]:
    name = file.name.casefold()
    if name.endswith(".json") and file.layout == "lines":
        yield f"{file.name} is called .json and holds JSON Lines, one document a line"
    if name.endswith((".jsonl", ".ndjson")) and file.layout == "array":
        yield f"{file.name} is called .{name.rpartition('.')[2]} and holds one JSON array"
    if file.encoding and not file.encoding.casefold().startswith(("utf-8", "utf_8", "ascii")):
        yield f"{file.name} is written in {file.encoding}, and UTF-8 was expected"


RULE = Rule(
    id="file-shape",
    severity="note",
    summary="A file's name says another format than the file has, or it is not written in UTF-8.",
    why="A reader that goes by the name, as most do, fails on it or shows wrong characters.",
    example="a file script.json that holds one JSON object a line",
    mend="Rename the file after what it holds, and save text as UTF-8.",
    corpus=_find,
)
