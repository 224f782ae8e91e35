"""Tokens that labelling an utterance by a model costs, against one request an utterance.

    python benchmarks/tokens.py [SOURCE] [--builder sample] [--model gpt-4o-mini]

SOURCE is read by the builder; without it the sample that comes with the package. All labels are taken off first. "one
by one" sends the same prompt, whole, for every utterance, alone as the paper's code does or with the same context as
ours; "packs" are the requests of `generate.annotating`, in which short dialogues of a character share one and long ones
are cut. Both count what is sent, in the chat format, and the reply
that is expected; no repairs. The schema, which most servers put before the prompt, is counted in neither; "+ schema"
says what it adds to a request. "uncached" is what remains where the server has the static prefix in its cache. The goal
is an eighth. Tokens are counted by the model's tokenizer where it can be had, else estimated; the table says it.
"""

import argparse
import json
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import dialogue_of
from roleinstruct.generate.annotating import requests_of
from roleinstruct.generate.voting import AnnotateOptions
from roleinstruct.generate.windows import Task
from roleinstruct.llm.request import Request
from roleinstruct.llm.tokens import count_request, count_tokens
from roleinstruct.pipeline.build import build
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.records import Dialogue

GOAL = 8


def read(builder: str, source: Path | None, out: Path) -> list[Dialogue]:
    """Build a data set and read its dialogues, without any label."""
    config = BuildConfig.load(builder)
    build(config if source is None else config.with_source(path=source), out)
    dialogues = (dialogue_of(row) for row in DataFolder(out).rows("dialogues"))
    return [
        replace(d, utterances=tuple(replace(u, emotion=None, annotator=None) for u in d.utterances)) for d in dialogues
    ]


def expected(request: Request, reasons: bool) -> str:
    """A good reply to a request: every line neutral, a reason of the length that the prompt's example has."""
    lines = [line for line in request.messages[-1].content.split("\n") if line.partition(" |")[0].isdecimal()]
    if not reasons:
        return json.dumps({"labels": [f"{number} neutral" for number in range(1, len(lines) + 1)]})
    found = [{"id": number, "reason": "责怪对方忘事", "emotion": "neutral"} for number in range(1, len(lines) + 1)]
    return json.dumps({"labels": found}, ensure_ascii=False)


def measure(dialogues: Sequence[Dialogue], model: str, options: AnnotateOptions) -> tuple[int, int, int, int]:
    """Requests, tokens sent, tokens of the static prefix among them, tokens received."""
    requests = list(requests_of(map(Task.of, dialogues), model, options))
    bare = [replace(request, schema=None) for request in requests]
    sent = sum(count_request(request).tokens for request in bare)
    prefix = sum(count_tokens(request.messages[0].content, model).tokens for request in bare)
    received = sum(count_tokens(expected(request, options.reasons), model).tokens for request in bare)
    return len(requests), sent, prefix, received


def rows() -> Iterable[tuple[str, AnnotateOptions]]:
    """The ways to ask; the first is what the others are held against."""
    yield "one by one, alone", AnnotateOptions(window=1, context=0)
    yield "one by one, context 6", AnnotateOptions(window=1)
    for window in (10, 20, 40, 80):
        yield f"packs of {window}", AnnotateOptions(window=window)
    yield "packs of 40, reasons", AnnotateOptions(reasons=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path, nargs="?")
    parser.add_argument("--builder", default="sample")
    parser.add_argument("--model", default="gpt-4o-mini")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        dialogues = read(given.builder, given.source, Path(scratch) / "data")
    lines = sum(len(dialogue.utterances) for dialogue in dialogues)
    exact = "counted" if count_tokens("a", given.model).exact else "estimated"
    request = next(requests_of([Task.of(dialogues[0])], given.model, AnnotateOptions()))
    schema = count_request(request).tokens - count_request(replace(request, schema=None)).tokens
    print(f"{len(dialogues)} dialogues, {lines} lines; tokens of {given.model} {exact}; + schema: {schema} a request")
    print(f"{'tokens a line':24} {'requests':>8} {'sent':>7} {'received':>8} {'sum':>7} {'uncached':>10} {'ratio':>6}")
    first = 0.0
    for name, options in rows():
        requests, sent, prefix, received = measure(dialogues, given.model, options)
        total = sent + received
        first = first or total
        print(
            f"{name:24} {requests:8} {sent / lines:7.1f} {received / lines:8.1f} {total / lines:7.1f} "
            f"{(total - prefix) / lines:10.1f} 1/{first / total:.1f}"
        )
    print(f"goal: 1/{GOAL}")


if __name__ == "__main__":
    main()
