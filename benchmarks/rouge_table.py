"""Rouge-L of the first answers of a release against its second ones, in every tokenizer and compat mode.

    python benchmarks/rouge_table.py PATH_OF_THE_RELEASE

Both answer the same instruction as the same character ("same"); the floor is the same answers against second answers to
other instructions. Interval: 95 %, bootstrap.
"""

import json
import sys
from pathlib import Path

from roleinstruct.metrics.rouge_l import rouge_l
from roleinstruct.metrics.tokenize import TOKENIZERS

MODES = ("authors-release", "authors-intent", "llamafactory")


def read_pairs(release: Path) -> list[tuple[str, str]]:
    """First and second answer of each character to each general instruction that has both."""
    pairs = []
    for folder in sorted(path for path in release.iterdir() if path.is_dir()):
        first, second = (_answers(folder, number) for number in (1, 2))
        pairs += [(first[asked], second[asked]) for asked in first if asked in second]
    if not pairs:
        raise SystemExit(f"{release} has no *general_rp1* and *general_rp2* files in folders")
    return pairs


def _answers(folder: Path, number: int) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted(folder.glob(f"*general_rp{number}.*")):
        text = path.read_text(encoding="utf-8-sig")
        rows = (
            json.loads(text) if text.lstrip().startswith("[") else map(json.loads, filter(str.strip, text.split("\n")))
        )
        found.update({row["instruction"]: str(row.get("generated") or "") for row in rows})
    return found


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit(f"say where the release is: python {sys.argv[0]} PATH_OF_THE_RELEASE")
    pairs = read_pairs(Path(sys.argv[1]))
    answers, references = [a for a, _ in pairs], [b for _, b in pairs]
    print(f"{len(pairs):,} pairs, {sum(map(len, answers)) / len(pairs):.0f} characters an answer\n")
    print(f"{'same':>6} {'interval':>13} {'floor':>6} {'P':>6} {'R':>6} {'F':>6}  signature")
    settings = [{"tokenizer": name} for name in TOKENIZERS] + [{"compat": mode} for mode in MODES]
    for given in settings:
        score = rouge_l(answers, references, **given)
        low, high = score.interval
        parts = " ".join(f"{score.parts[name]:6.4f}" for name in ("precision", "recall", "f"))
        print(f"{score.value:6.4f} {low:6.4f}-{high:6.4f} {score.floor:6.4f} {parts}  {score.signature}", flush=True)


if __name__ == "__main__":
    main()
