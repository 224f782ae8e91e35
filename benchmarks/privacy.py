"""How much private data `cleaning.privacy` finds in labelled lines, kind by kind, and what it takes for private.

    python benchmarks/privacy.py tests/data/privacy_dev.txt [--show] [--peer]

In the file `⟦kind:text⟧` marks an item; a line that begins with # is a comment, the first of them the roster
(`# people: A, B`). A span counts where kind, start and end are exact; "overlap" is the lenient figure, where a span of
the kind that touches the item is enough. `--show` prints every miss and every false hit. `--peer` gives the same lines
to the pattern recognisers of presidio_analyzer, where that is installed: the better of two that overlap counts, every
telephone number is a `phone`, and what it has no pattern for (Chinese papers, addresses, names) shows as not found.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from roleinstruct.cleaning.privacy.identifiers import find_identifiers
from roleinstruct.cleaning.privacy.names import People, find_mentioned
from roleinstruct.cleaning.privacy.spans import KINDS, Span

PEER_SCORE = 0.4  # what presidio gives a pattern that is more likely right than a bare run of digits; our choice
Finder = Callable[[str], list[Span]]


@dataclass(frozen=True, slots=True)
class Line:
    """A labelled line: the bare text, and what is private in it."""

    number: int
    text: str
    gold: tuple[Span, ...]


@dataclass(slots=True)
class Tally:
    """Counts of one kind, and what went wrong."""

    gold: int = 0
    found: int = 0
    exact: int = 0
    gold_touched: int = 0
    found_touching: int = 0
    errors: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """Exact hits over hits; 1 where there are none."""
        return self.exact / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Exact hits over labelled items; 1 where there are none."""
        return self.exact / self.gold if self.gold else 1.0


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Precision and recall of the privacy masks on labelled lines.")
    parser.add_argument("lines", type=Path)
    parser.add_argument("--show", action="store_true", help="print every miss and every false hit")
    parser.add_argument("--peer", action="store_true", help="compare with presidio_analyzer's patterns")
    options = parser.parse_args()
    lines, roster = read(options.lines)
    report("roleinstruct", score(lines, finder(lines, roster)), options.show)
    if options.peer:
        if find_spec("presidio_analyzer") is None:
            sys.exit("presidio_analyzer is not installed: pip install presidio-analyzer, or leave out --peer.")
        report("presidio patterns", score([one_telephone(line) for line in lines], peer()), options.show)


def read(path: Path) -> tuple[list[Line], list[str]]:
    """The labelled lines of a file, and the roster."""
    lines: list[Line] = []
    roster: list[str] = []
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if raw.startswith("# people:"):
            roster = [name.strip() for name in re.split(r"[,，、]", raw.removeprefix("# people:")) if name.strip()]
        elif raw.strip() and not raw.startswith("#"):
            lines.append(parse(number, raw))
    return lines, roster


def parse(number: int, raw: str) -> Line:
    """Take the marks out of a line."""
    text, gold, end = "", [], 0
    for mark in _MARK.finditer(raw):
        if mark["kind"] not in KINDS:
            sys.exit(f"line {number} has the kind {mark['kind']!r}; expected one of {', '.join(KINDS)}.")
        text += raw[end : mark.start()]
        gold.append(Span(mark["kind"], len(text), len(text) + len(mark["text"])))
        text += mark["text"]
        end = mark.end()
    return Line(number, text + raw[end:], tuple(gold))


def finder(lines: Iterable[Line], roster: Sequence[str]) -> Finder:
    """What masks look for: identifiers, and names outside of them."""
    mentioned = [name for line in lines for name in find_mentioned(line.text)]
    people = People.of([*roster, *mentioned])

    def find(text: str) -> list[Span]:
        identifiers = find_identifiers(text)
        names = [Span("name", found.start, found.end) for found in people.find(text)]
        return identifiers + [n for n in names if not any(n.start < i.end and i.start < n.end for i in identifiers)]

    return find


def peer() -> Finder:
    """The pattern recognisers that presidio brings, without its language models."""
    from presidio_analyzer import predefined_recognizers as presidio

    kinds = {
        presidio.CreditCardRecognizer: "bank_card",
        presidio.EmailRecognizer: "email",
        presidio.IbanRecognizer: "iban",
        presidio.IpRecognizer: "ip",
        presidio.PhoneRecognizer: "phone",
        presidio.UrlRecognizer: "url",
        presidio.UsPassportRecognizer: "passport",
        presidio.UsSsnRecognizer: "ssn",
    }
    recognisers = [(recogniser(), kind) for recogniser, kind in kinds.items()]

    def find(text: str) -> list[Span]:
        hits = [
            (-found.score, found.start - found.end, Span(kind, found.start, found.end))
            for recogniser, kind in recognisers
            for found in recogniser.analyze(text, recogniser.supported_entities, None) or ()
            if found.score >= PEER_SCORE
        ]
        kept: list[Span] = []
        for *_, span in sorted(hits, key=lambda hit: hit[:2]):
            if all(span.end <= other.start or other.end <= span.start for other in kept):
                kept.append(span)
        return kept

    return find


def one_telephone(line: Line) -> Line:
    """The line with every telephone number labelled `phone`: the peer makes no difference between them."""
    telephones = ("mobile", "landline")
    gold = (Span("phone", s.start, s.end) if s.kind in telephones else s for s in line.gold)
    return Line(line.number, line.text, tuple(gold))


def score(lines: Iterable[Line], find: Finder) -> dict[str, Tally]:
    """Count by kind."""
    tallies = {kind: Tally() for kind in KINDS}
    for line in lines:
        found = find(line.text)
        for span in line.gold:
            tally = tallies[span.kind]
            tally.gold += 1
            tally.exact += span in found
            tally.gold_touched += touches(span, found)
            if span not in found:
                tally.errors.append(f"line {line.number} missed {line.text[span.start : span.end]!r} in {line.text}")
        for span in found:
            tally = tallies[span.kind]
            tally.found += 1
            tally.found_touching += touches(span, line.gold)
            if span not in line.gold:
                tally.errors.append(f"line {line.number} false {line.text[span.start : span.end]!r} in {line.text}")
    return tallies


def touches(span: Span, others: Iterable[Span]) -> bool:
    """Whether one of the others is of the same kind and shares a character."""
    return any(o.kind == span.kind and o.start < span.end and span.start < o.end for o in others)


def report(title: str, tallies: Mapping[str, Tally], show: bool) -> None:
    """Print a table."""
    print(f"{title:18}{'gold':>6}{'found':>7}{'precision':>11}{'recall':>8}   overlap:{'precision':>11}{'recall':>8}")
    for kind, tally in tallies.items():
        lenient = tally.found_touching / max(1, tally.found), tally.gold_touched / max(1, tally.gold)
        print(f"{kind:18}{tally.gold:6}{tally.found:7}{tally.precision:11.3f}{tally.recall:8.3f}"
              f"{lenient[0]:23.3f}{lenient[1]:8.3f}")  # fmt: skip
    errors = Counter({kind: len(tally.errors) for kind, tally in tallies.items()})
    print(f"{errors.total()} errors")
    if show:
        for kind, tally in tallies.items():
            for error in tally.errors:
                print(f"  {kind}: {error}")


_MARK = re.compile(r"⟦(?P<kind>\w+):(?P<text>[^⟧]*)⟧")

if __name__ == "__main__":
    main()
