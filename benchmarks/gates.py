"""How many planted secrets and private items the gates before publishing find, and how often they cry out for nothing.

    python benchmarks/gates.py [--data DIR] [--show]

300 items are drawn from a seed: 120 keys in the shapes of 30 issuers, 80 secrets that have no shape of their own and
stand near a word such as "password", and 100 private items. Each is put into a sentence or a line of settings, that
into a cell of a table, a card, a recipe, a record or a program of a copy of the sample's files, one at a time; it is
found when the gate that it belongs to tells something there that it did not tell before. The sentences and settings
were written before the recognisers were mended by them: at first 236 were found. False alarms are counted on
what is clean: the texts of the sample (or of the data set folder `--data`), and sentences that speak of keys, tokens
and numbers and hold none.
"""

import argparse
import io
import random
import re
import string
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from roleinstruct.assets import find
from roleinstruct.pipeline.build import build
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.publish.gates.contents import texts_of
from roleinstruct.publish.gates.texts import check_texts
from roleinstruct.publish.staging import Staged, stage

SEED = 20261121
Items = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Planted:
    """An item, the text that it stands in, and where that is put."""

    gate: str
    kind: str
    text: str
    place: str


def main() -> None:
    """Print the tables."""
    items = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    parser = argparse.ArgumentParser(description="What the gates find of 300 planted items, and their false alarms.")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the clean data set folder; by default the sample")
    parser.add_argument("--show", action="store_true", help="print every miss and every false alarm")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.data or Path(temporary) / "sample"
        if options.data is None:
            build(BuildConfig.load("sample"), folder)
        clean = stage(folder, "dataset")
        report_found(clean, items, options.show)
        report_alarms(clean, items, options.show)


def report_found(clean: Staged, items: Items, show: bool) -> None:
    """The table of the planted items."""
    hosts = hosts_of(clean)
    planted = list(plant(random.Random(SEED), items))
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


def report_alarms(clean: Staged, items: Items, show: bool) -> None:
    """The false alarms on what is clean."""
    near = Staged("dataset", clean.root, {"near.txt": "\n".join(items["near_misses"]).encode()})
    for name, staged in (("clean texts", clean), ("near misses", near)):
        findings = list(check_texts(staged))
        count = sum(1 for _ in texts_of(staged))
        told = {finding.where for finding in findings}
        print(f"{'':8} {name:24} {count:7,} {len(told):6}  {len(told) / count:.3%} alarms")
        for finding in findings if show else ():
            print(f"  alarm {finding.gate} {finding.where}: {finding.what}")


def plant(rng: random.Random, items: Items) -> Iterator[Planted]:
    """The 300 items."""
    for kind, shape in items["shaped"].items():
        for _ in range(4):
            yield put(rng, "secret", kind, drawn(rng, shape), items["shaped_sentences"], items["shaped_settings"])
    for kind, item in items["worded"].items():
        for _ in range(8):
            yield put(rng, "secret", kind, drawn(rng, item["value"]), item["sentences"], item["settings"])
    for kind, sentences in items["private"].items():
        settings = items["named_settings"].get(kind, items["private_settings"])
        for _ in range(10):
            yield put(rng, "private", kind, PRIVATE[kind](rng), sentences, settings)


def put(
    rng: random.Random,
    gate: str,
    kind: str,
    value: str,
    sentences: Sequence[str],
    settings: Mapping[str, Sequence[str]],
) -> Planted:
    """Choose a place for a value, and a sentence or a line of settings that fits it."""
    place = rng.choice([*(_TALK if sentences else ()), *settings])
    text = rng.choice(settings.get(place, sentences)).replace("{x}", value)
    return Planted(gate, kind, text, place)


def drawn(rng: random.Random, shape: str) -> str:
    """A value of a shape such as "hf_⟨A34⟩"."""

    def draw(match: re.Match[str]) -> str:
        length = int(match[2])
        signs = rng.choices(_SIGNS[match[1]], k=length)
        if match[1] == "P":
            signs = [*map(rng.choice, (string.ascii_lowercase, string.ascii_uppercase, string.digits, "!@#$%&*"))]
            signs += rng.choices(_SIGNS["A"], k=length - 4)
            rng.shuffle(signs)
        return "".join(signs)

    return re.sub(r"⟨([A-Z])(\d+)⟩", draw, shape)


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


def id_card(rng: random.Random) -> str:
    """A number of mainland China's identity cards, with its check sign."""
    body = f"{rng.choice(['330106', '110105', '510104', '440305'])}{rng.randint(1950, 2005)}"
    body += f"{rng.randint(1, 12):02}{rng.randint(1, 28):02}{rng.randint(1, 999):03}"
    total = sum(int(digit) * (1 << (17 - place)) for place, digit in enumerate(body))
    return body + "10X98765432"[total % 11]


def bank_card(rng: random.Random) -> str:
    """A card of a Chinese bank or of Visa, with its check digit, sometimes in groups."""
    body = (
        rng.choice(["622848", "621700", "622202"]) + drawn(rng, "⟨D12⟩")
        if rng.random() < 0.7
        else f"4{drawn(rng, '⟨D14⟩')}"
    )
    doubled = [int(d) * (2 - place % 2) for place, d in enumerate(reversed(body))]
    number = body + str(-sum(n // 10 + n % 10 for n in doubled) % 10)
    return re.sub(r"(\d{4})(?=\d)", r"\1 ", number) if rng.random() < 0.4 else number


def one_of(*shapes: str) -> Callable[[random.Random], str]:
    """Draws one of several shapes."""
    return lambda rng: drawn(rng, rng.choice(shapes))


PRIVATE: Mapping[str, Callable[[random.Random], str]] = {
    "id_card": id_card,
    "mobile": one_of("138⟨D8⟩", "159⟨D8⟩", "186 ⟨D4⟩ ⟨D4⟩", "+86 177⟨D8⟩", "133-⟨D4⟩-⟨D4⟩"),
    "landline": one_of("0571-8⟨D7⟩", "010-6⟨D7⟩", "（021）5⟨D7⟩", "0755 2⟨D7⟩"),
    "bank_card": bank_card,
    "email": one_of("lin.xiaoman⟨D2⟩@163.com", "nora⟨L4⟩@bakery.example.org", "⟨L8⟩@gmail.com", "fang_⟨D4⟩@qq.com"),
    "qq": one_of("1⟨D8⟩", "2⟨D9⟩", "9⟨D7⟩"),
    "wechat": one_of("xiaoman_⟨D4⟩", "wxid_⟨L12⟩", "lf⟨D6⟩a", "Chen-⟨L5⟩⟨D2⟩"),
    "plate": one_of("浙A⟨U1⟩⟨D4⟩", "京N⟨D5⟩", "粤B·⟨D5⟩", "沪C⟨D5⟩"),
    "address": one_of(
        "杭州市西湖区文三路1⟨D2⟩号2幢3单元501室",
        "北京市朝阳区建国路⟨D2⟩号院6号楼1203",
        "成都市武侯区科华北路6⟨D1⟩号",
        "幸福小区7栋2单元30⟨D1⟩室",
    ),
    "phone": one_of("+1 415 555 01⟨D2⟩", "(212) 555-01⟨D2⟩", "+44 20 7946 0⟨D3⟩", "415-555-01⟨D2⟩"),
}
_SIGNS = {
    "A": string.ascii_letters + string.digits,
    "L": string.ascii_lowercase + string.digits,
    "U": string.ascii_uppercase + "234567",
    "H": "0123456789abcdef",
    "D": string.digits,
    "B": string.ascii_letters + string.digits + "-_",
    "S": string.ascii_letters + string.digits + "+/",
    "P": string.ascii_letters,
}
_TALK = ("specific response", "chat completion", "general responses", "profiles text", "dialogues turns", "card")

if __name__ == "__main__":
    main()
