"""How many planted secrets and private items the gates before publishing find, and how often they cry out for nothing.

    python benchmarks/gates.py [--data DIR] [--show]

300 items are drawn from a seed: 120 keys in the shapes of 30 issuers, 80 secrets that have no shape of their own and
stand near a word such as "password", and 100 private items. Each is put into a sentence or a line of settings, that
into a cell of a table, a card, a recipe, a record or a program of a copy of the sample's files, one at a time; it is
found when the gate that it belongs to tells something there that it did not tell before. The sentences and settings
were written without regard to the recognisers. False alarms are counted on what is clean: the texts of the sample (or
of the data set folder `--data`), and sentences that speak of keys, tokens and numbers and hold none.
"""

import argparse
import io
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import gates_items as items
import pyarrow as pa
import pyarrow.parquet as pq

from roleinstruct.assets import find
from roleinstruct.pipeline.build import build
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.publish.gates.contents import texts_of
from roleinstruct.publish.gates.texts import check_texts
from roleinstruct.publish.staging import Staged, stage

SEED = 20261121


@dataclass(frozen=True, slots=True)
class Planted:
    """An item, the text that it stands in, and where that is put."""

    gate: str
    kind: str
    value: str
    text: str
    place: str


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="What the gates find of 300 planted items, and their false alarms.")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the clean data set folder; by default the sample")
    parser.add_argument("--show", action="store_true", help="print every miss and every false alarm")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.data or Path(temporary) / "sample"
        if options.data is None:
            build(BuildConfig.load("sample"), folder)
        clean = stage(folder, "dataset")
        report_found(clean, options.show)
        report_alarms(clean, options.show)


def report_found(clean: Staged, show: bool) -> None:
    """The table of the planted items."""
    hosts = hosts_of(clean)
    planted = list(plant(random.Random(SEED)))
    found = [is_found(item, hosts) for item in planted]
    print(f"{'gate':8} {'kind':24} {'planted':>7} {'found':>6}")
    kinds = dict.fromkeys((item.gate, item.kind) for item in planted)
    for gate, kind in kinds:
        hits = [hit for item, hit in zip(planted, found, strict=True) if (item.gate, item.kind) == (gate, kind)]
        print(f"{gate:8} {kind:24} {len(hits):7} {sum(hits):6}")
    for place in dict.fromkeys(item.place for item in planted):
        hits = [hit for item, hit in zip(planted, found, strict=True) if item.place == place]
        print(f"{'':8} in {place:21} {len(hits):7} {sum(hits):6}")
    print(f"{'':8} {'all':24} {len(found):7} {sum(found):6}  {sum(found) / len(found):.1%}")
    if show:
        for item, hit in zip(planted, found, strict=True):
            if not hit:
                print(f"  missed {item.kind} in {item.place}: {item.text}")


def report_alarms(clean: Staged, show: bool) -> None:
    """The false alarms on what is clean."""
    near = Staged("dataset", clean.root, {"near.txt": "\n".join(items.NEAR_MISSES).encode()})
    for name, staged in (("clean texts", clean), ("near misses", near)):
        findings = list(check_texts(staged))
        count = sum(1 for _ in texts_of(staged))
        told = {finding.where for finding in findings}
        print(f"{'':8} {name:24} {count:7,} {len(told):6}  {len(told) / count:.3%} alarms")
        for finding in findings if show else ():
            print(f"  alarm {finding.gate} {finding.where}: {finding.what}")


def plant(rng: random.Random) -> Iterator[Planted]:
    """The 300 items."""
    for kind, draw in items.SHAPED.items():
        for _ in range(120 // len(items.SHAPED)):
            yield put(rng, "secret", kind, draw(rng), items.SHAPED_SENTENCES, items.SHAPED_SETTINGS)
    for kind, (draw, sentences, settings) in items.WORDED.items():
        for _ in range(80 // len(items.WORDED)):
            yield put(rng, "secret", kind, draw(rng), sentences, settings)
    for kind, (draw, sentences) in items.PRIVATE.items():
        for _ in range(100 // len(items.PRIVATE)):
            yield put(rng, "private", kind, draw(rng), sentences, items.PRIVATE_SETTINGS)


def put(
    rng: random.Random, gate: str, kind: str, value: str, sentences: Sequence[str], settings: Mapping[str, Sequence[str]]
) -> Planted:
    """Choose a place for a value and a sentence or a line of settings that fits it."""
    place = rng.choice([*_TALK, *(settings if settings else _TALK)])
    text = rng.choice(settings[place] if place in settings else sentences).replace("{x}", value)
    return Planted(gate, kind, value, text, place)


def hosts_of(clean: Staged) -> dict[str, tuple[str, bytes]]:
    """By place the name and the content of a clean file that an item is put into."""
    files = {name: read(content) for name, content in clean.files.items()}
    table = {place: next(name for name in files if name.startswith(f"{place.split()[0]}/")) for place in _TALK[:5]}
    return {
        **{place: (name, files[name]) for place, name in table.items()},
        "card": ("README.md", files["README.md"]),
        "recipe": ("recipe.yaml", find("tiny-glm.yaml", "recipes").read_bytes()),
        "record": ("training.json", b'{\n "steps": 300,\n "loss": 1.25,\n "digest": "5f2b9c0d11aa47e3"\n}\n'),
        "program": ("app.py", b'"""A page."""\n\nimport json\n\nprint(json.dumps({"answer": 42}))\n'),
    }


def is_found(item: Planted, hosts: Mapping[str, tuple[str, bytes]]) -> bool:
    """Whether the item's gate tells more of the file with it than of the file without."""
    name, content = hosts[item.place]
    told: Callable[[bytes], int] = lambda raw: sum(  # noqa: E731 - said twice in the next line
        finding.gate == item.gate for finding in check_texts(Staged("dataset", Path(), {name: raw}))
    )
    return told(with_item(item, content)) > told(content)


def with_item(item: Planted, content: bytes) -> bytes:
    """A file with the item in its middle."""
    if item.place in _TALK[:5]:
        return with_cell(content, item.place.split()[1], item.text)
    lines = content.decode().splitlines()
    lines.insert(len(lines) - 1 if item.place == "record" else len(lines) // 2, item.text)
    return "\n".join(lines).encode()


def with_cell(content: bytes, column: str, text: str) -> bytes:
    """A table whose second row says the text behind what it said in a column."""
    table = pq.read_table(io.BytesIO(content))
    rows = table.column(column).to_pylist()
    row = min(1, len(rows) - 1)
    cell = rows[row]
    if isinstance(cell, str):
        rows[row] = f"{cell} {text}"
    elif isinstance(cell[0], dict):
        key = "text" if "text" in cell[0] else "content"
        rows[row] = [*cell[:-1], {**cell[-1], key: f"{cell[-1][key]} {text}"}]
    else:
        rows[row] = [*cell, text]
    place = table.column_names.index(column)
    field = table.schema.field(column)
    buffer = io.BytesIO()
    pq.write_table(table.set_column(place, field, pa.array(rows, field.type)), buffer)
    return buffer.getvalue()


def read(content: Path | bytes) -> bytes:
    """A staged file's bytes."""
    return content if isinstance(content, bytes) else content.read_bytes()


_TALK = ("specific response", "chat completion", "general responses", "profiles text", "dialogues turns", "card")

if __name__ == "__main__":
    main()
