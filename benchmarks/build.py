"""How fast a build is, and how much memory it takes, on once, 4 and 16 times the authors' release.

    python benchmarks/build.py PATH_OF_THE_RELEASE [1 4 16]

Beside it the time that plain `json` takes to parse the same files (the peer: what any script of one's own begins with),
and the time to read their bytes (the limit). Each build is a process of its own; memory is the peak of that process.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FILES_WITHOUT_ROWS = {".txt"}


def copies(release: Path, root: Path, times: int) -> Path:
    """The release with every character `times` times, by links: each copy has a folder name of its own."""
    target = root / f"x{times}"
    for character in sorted(p for p in release.iterdir() if p.is_dir()):
        for number in range(times):
            folder = target / (character.name if number == 0 else f"{character.name}{number + 1}")
            folder.mkdir(parents=True)
            for file in character.iterdir():
                (folder / file.name).symlink_to(file.resolve())
    return target


def parse(text: str) -> int:
    """The number of rows, by `json` alone: an array, or else a row a line."""
    try:
        return len(json.loads(text))
    except json.JSONDecodeError:
        return sum(1 for line in text.splitlines() if line.strip() and json.loads(line))


def main() -> None:
    if len(sys.argv) < 2:
        raise SystemExit(f"say where the release is: python {sys.argv[0]} PATH_OF_THE_RELEASE [1 4 16]")
    release = Path(sys.argv[1])
    scales = [int(word) for word in sys.argv[2:]] or [1, 4, 16]
    print(
        f"{'copies':>6} {'rows':>10} {'build s':>8} {'rows/s':>8} {'peak MB':>8} {'json s':>7} {'read s':>7} "
        f"{'build/json':>10}"
    )
    with tempfile.TemporaryDirectory() as scratch:
        for times in scales:
            print(measure(copies(release, Path(scratch), times), Path(scratch) / f"out{times}", times), flush=True)


def measure(source: Path, out: Path, times: int) -> str:
    files = [path for path in sorted(source.rglob("*")) if path.is_file() and path.suffix not in FILES_WITHOUT_ROWS]
    start = time.perf_counter()
    for path in files:
        path.read_bytes()
    reading = time.perf_counter() - start
    start = time.perf_counter()
    rows = sum(parse(path.read_text(encoding="utf-8-sig")) for path in files)
    parsing = time.perf_counter() - start
    command = ["build", "rolecraft_release", "--source", str(source), "--extractive", "--out", str(out)]
    start = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-m", "roleinstruct", *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(child.pid, 0)
    took = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"the build of {source} failed; run roleinstruct {' '.join(command)} to see why")
    peak = usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    return (
        f"{times:>6} {rows:>10,} {took:>8.1f} {rows / took:>8,.0f} {peak:>8,.0f} {parsing:>7.2f} {reading:>7.3f} "
        f"{took / parsing:>10.1f}"
    )


if __name__ == "__main__":
    main()
