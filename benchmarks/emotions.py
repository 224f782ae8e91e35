"""How well the emotion labels without a model agree with others', on three labelled sets.

    python benchmarks/emotions.py [CPED_CSV RELEASE_DIR] [--learned]

"lines" are `builders/emotion_lines`: dialogue written and labelled for this package by others than the lexicon's
author, who did not see it. CPED_CSV is a split of the CPED corpus (13 labels, mapped to the ten), RELEASE_DIR the
RoleCraft release, whose scripts carry a tag before every line. All are read with context: a dialogue of the lines and
of CPED, a whole script of the release, which has no dialogue boundaries. "turns" are what the build labels: a speaker's
successive lines as one, its label that of most of them. Beside us stands the majority label. `--learned` adds, for
scale, a logistic regression on character n-grams that saw the other four fifths of the dialogues or the other
characters (it needs scikit-learn and minutes).
"""

import argparse
import csv
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path

from roleinstruct import assets
from roleinstruct.cleaning.turns import merge_runs
from roleinstruct.emotions import Emotion
from roleinstruct.errors import LabelError
from roleinstruct.generate.emotions import label
from roleinstruct.metrics.agreement import accuracy, cohen_kappa, macro_f1
from roleinstruct.records import Utterance

CPED = {
    "astonished": Emotion.SURPRISE,
    "negative-other": Emotion.OTHER,
    "positive-other": Emotion.OTHER,
    "relaxed": Emotion.OTHER,
    "grateful": Emotion.OTHER,
    "anger": Emotion.ANGER,
    "sadness": Emotion.SADNESS,
    "depress": Emotion.FRUSTRATION,
    "happy": Emotion.HAPPINESS,
    "worried": Emotion.FEAR,
    "fear": Emotion.FEAR,
    "disgust": Emotion.DISGUST,
    "neutral": Emotion.NEUTRAL,
}
TAG = re.compile(r"^\s*[(（]+\s*([^()（）]{1,12}?)\s*[)）]+\s*(.*)$", re.DOTALL)

Scene = list[Utterance]


def read_cped(path: Path) -> Iterator[tuple[str, Scene]]:
    """Yield the dialogues of a CPED split, each with the human labels."""
    scenes: dict[str, Scene] = {}
    with path.open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            turn = Utterance(row["Speaker"], row["Utterance"], CPED[row["Emotion"]])
            scenes.setdefault(row["Dialogue_ID"], []).append(turn)
    yield from scenes.items()


def read_release(folder: Path) -> Iterator[tuple[str, Scene]]:
    """Yield the scripts of the release, one a character; a line without a readable tag is left out."""
    for path in sorted(folder.glob("*/*scriopt*")):
        text = path.read_text(encoding="utf-8-sig")
        scene = []
        for found in re.finditer(r"\{[^{}]*\}", text):
            try:
                row = json.loads(found[0])
            except json.JSONDecodeError:
                continue
            tagged = TAG.match(row.get("content", ""))
            if tagged is None:
                continue
            try:
                scene.append(Utterance(row["role"], tagged[2], Emotion.parse(tagged[1])))
            except LabelError:
                continue
        yield path.parent.name, scene


def read_lines(folder: Path) -> Iterator[tuple[str, Scene]]:
    """Yield our own labelled dialogues."""
    for path in sorted(folder.glob("*.tsv")):
        rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:])
        for number, block in groupby(rows, key=lambda row: row[0]):
            yield f"{path.stem} {number}", [Utterance(name, text, Emotion(emotion)) for _, name, text, emotion in block]


def as_turns(scenes: list[tuple[str, Scene]]) -> list[tuple[str, Scene]]:
    """The same with a speaker's successive lines as one turn, as cleaning makes them."""
    return [(name, merge_runs(scene)) for name, scene in scenes]


def by_us(scenes: list[tuple[str, Scene]]) -> list[Emotion]:
    """Labels of all turns, from the text alone."""
    return [found for _, scene in scenes for found in label([Utterance(turn.speaker, turn.text) for turn in scene])]


def by_majority(scenes: list[tuple[str, Scene]]) -> list[Emotion | None]:
    """The most frequent label, for every turn."""
    gold = [turn.emotion for _, scene in scenes for turn in scene]
    return [Counter(gold).most_common(1)[0][0]] * len(gold)


def by_learning(scenes: list[tuple[str, Scene]]) -> list[str]:
    """Labels from a model that learned from the other scenes, five folds."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline

    texts = [turn.text for _, scene in scenes for turn in scene]
    gold = [str(turn.emotion) for _, scene in scenes for turn in scene]
    groups = [name for name, scene in scenes for _ in scene]
    model = make_pipeline(
        TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=3, sublinear_tf=True),
        LogisticRegression(max_iter=300, class_weight="balanced"),
    )
    return [str(found) for found in cross_val_predict(model, texts, gold, groups=groups, cv=GroupKFold(5))]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cped", type=Path, nargs="?")
    parser.add_argument("release", type=Path, nargs="?")
    parser.add_argument("--learned", action="store_true")
    given = parser.parse_args()
    systems: dict[str, Callable[[list[tuple[str, Scene]]], list[object]]] = {"majority": by_majority, "lexicon": by_us}
    if given.learned:
        systems["n-gram LR"] = by_learning
    sets = {"lines": list(read_lines(assets.find("builders/emotion_lines")))}
    if given.cped and given.release:
        sets["cped"] = list(read_cped(given.cped))
        sets["release"] = list(read_release(given.release))
    for name in ("cped", "release"):
        if name in sets:
            sets[f"{name}, turns"] = as_turns(sets[name])
    print(f"{'gold':14} {'system':10} {'texts':>7} {'accuracy':>9} {'macro-F1':>9} {'kappa':>7} {'texts/s':>9}")
    for name, scenes in sets.items():
        gold = [turn.emotion for _, scene in scenes for turn in scene]
        for system, predict in systems.items():
            began = time.perf_counter()
            found = predict(scenes)
            speed = len(gold) / (time.perf_counter() - began)
            scores = f"{accuracy(gold, found):9.3f} {macro_f1(gold, found):9.3f} {cohen_kappa(gold, found):7.3f}"
            print(f"{name:14} {system:10} {len(gold):7} {scores} {speed:9.0f}")


if __name__ == "__main__":
    main()
