"""Emotion labels without a model: a lexicon, cues, and the turns around.

The rules are the paper's (RoleCraft-GLM, section 3.1 and the annotation prompt): exactly one label a text, the most
prominent if there are several, neutral if unclear. People label runs of turns alike, so that a turn borrows from its
neighbours: much from the same speaker's, less from the other's, and less the further they are.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from roleinstruct.emotions import Emotion
from roleinstruct.generate.lexicon import Entry, Lexicon, Match, lexicon, normalise, units
from roleinstruct.records import Dialogue, Utterance

__all__ = ["annotate", "label", "score"]


def annotate(dialogue: Dialogue) -> Dialogue:
    """Label every utterance that has no label; labels that are there stay, and speak for their neighbours.

    Args:
        dialogue: Utterances in the order in which they were said.

    Returns:
        The same dialogue, each utterance with an emotion; the annotator of a new one is "extractive".
    """
    labels = label(dialogue.utterances)
    turns = (
        turn if turn.emotion is not None else replace(turn, emotion=emotion, annotator="extractive")
        for turn, emotion in zip(dialogue.utterances, labels, strict=True)
    )
    return replace(dialogue, utterances=tuple(turns))


def label(turns: Sequence[Utterance]) -> list[Emotion]:
    """The label of each turn of a conversation, between any number of speakers.

    Args:
        turns: In the order in which they were said; labels that are there stay, and speak for their neighbours.

    Returns:
        One emotion a turn, in the same order.
    """
    known = lexicon()
    own = []
    for position, turn in enumerate(turns):
        if turn.emotion is not None:
            own.append([known.weights["given"] if emotion is turn.emotion else 0.0 for emotion in Emotion])
        else:
            points = score(turn.text, turns[position - 1].text if position else "")
            own.append([points.get(emotion, 0.0) for emotion in Emotion])
    felt = _with_neighbours(own, [turn.speaker for turn in turns], known)
    prior = [known.prior[emotion] for emotion in Emotion]
    return [turn.emotion or _most_prominent(points, prior) for turn, points in zip(turns, felt, strict=True)]


def score(text: str, previous: str = "") -> dict[Emotion, float]:
    """Points for each emotion that the words of one utterance show, before its neighbours are heard.

    Args:
        text: What was said, in Chinese, English or both.
        previous: What was said just before, or "": asking it back is surprise.

    Returns:
        Points of the emotions that have any, in the label order; about 1 hints, 3 is clear. May be negative where a
        word is denied.
    """
    known = lexicon()
    clean = normalise(text)
    points: dict[Emotion, float] = {}
    _add_words(clean, known, points)
    for expression, emotion, given in known.patterns[bool(_LATIN.search(clean))]:
        if expression.search(clean):
            points[emotion] = points.get(emotion, 0.0) + given
    for sign in known.sign.findall(clean):
        for emotion, given in known.signs[sign]:
            points[emotion] = points.get(emotion, 0.0) + given
    _add_echo(clean, previous, known, points)
    _shout(clean, known, points)
    return {emotion: points[emotion] for emotion in Emotion if points.get(emotion)}


_LATIN = re.compile(r"[a-z]")
_DARK = frozenset({Emotion.FEAR, Emotion.SADNESS, Emotion.ANGER, Emotion.FRUSTRATION})
_CALM = frozenset({Emotion.OTHER, Emotion.NEUTRAL})
_BREAKS = frozenset(",.!?;。、:…")
_NOBODY = Match(-100, -100, Entry())
_LOUD = (Emotion.ANGER, Emotion.EXCITEMENT, Emotion.SURPRISE, Emotion.HAPPINESS)


def _add_words(clean: str, known: Lexicon, points: dict[Emotion, float]) -> None:
    text = units(clean)
    denier = comforter = booster = _NOBODY
    for match in known.matches(text):
        denied = _reaches(denier, match, text, known.weights["reach"])
        comforted = _reaches(comforter, match, text, known.weights["reach"])
        strength = booster.entry.factor if match.start - booster.end <= 1 else 1.0
        for emotion, given in match.entry.points:
            if comforted and emotion in _DARK:
                points[Emotion.OTHER] = points.get(Emotion.OTHER, 0.0) + given
            else:
                share = known.weights["denied"] if denied and emotion not in _CALM else strength
                points[emotion] = points.get(emotion, 0.0) + given * share
        denier = match if match.entry.denies else denier
        comforter = match if match.entry.comforts else comforter
        booster = match if match.entry.factor != 1.0 else booster


def _reaches(before: Match, match: Match, text: list[str], reach: float) -> bool:
    """Whether a word stands near enough before another, in the same clause."""
    return match.start - before.end < reach and _BREAKS.isdisjoint(text[before.end : match.start])


def _add_echo(clean: str, previous: str, known: Lexicon, points: dict[Emotion, float]) -> None:
    """Words of the last turn asked back: "We are moving." "Moving?"."""
    asked = clean.rstrip("?!。 啊呀吗")
    if clean.endswith(("?", "?!", "!?")) and 2 <= len(asked) <= _ECHO and asked in normalise(previous):
        points[Emotion.SURPRISE] = points.get(Emotion.SURPRISE, 0.0) + known.weights["echo"]


def _shout(clean: str, known: Lexicon, points: dict[Emotion, float]) -> None:
    """An exclamation mark makes what is loud already louder."""
    if "!" not in clean:
        return
    for emotion in _LOUD:
        if points.get(emotion, 0.0) > 0:
            points[emotion] = points[emotion] * known.weights["loud"]


_ECHO = 12


def _with_neighbours(own: Sequence[list[float]], speakers: Sequence[str], known: Lexicon) -> list[list[float]]:
    """Add to each turn the decayed points of those before and after it."""
    before = _heard(own, speakers, known)
    after = _heard(own[::-1], speakers[::-1], known)[::-1]
    return [[a + b + c for a, b, c in zip(*three, strict=True)] for three in zip(own, before, after, strict=True)]


def _heard(own: Sequence[list[float]], speakers: Sequence[str], known: Lexicon) -> list[list[float]]:
    """What each turn borrows from those before: decayed sums of all, of the speaker's own, of the unbroken run."""
    across, same, run, decay = (known.weights[name] for name in ("across", "same", "run", "decay"))
    everybody = unbroken = [0.0] * len(Emotion)
    alone: dict[str, tuple[int, list[float]]] = {}
    heard = []
    for position, (points, speaker) in enumerate(zip(own, speakers, strict=True)):
        if position and speakers[position - 1] != speaker:
            unbroken = [0.0] * len(Emotion)
        last, mine = alone.get(speaker, (position, [0.0] * len(Emotion)))
        faded = decay ** (position - last)
        heard.append(
            [
                across * a + (same - across) * faded * b + run * c
                for a, b, c in zip(everybody, mine, unbroken, strict=True)
            ]
        )
        everybody = _fade(everybody, points, decay)
        alone[speaker] = (position + 1, _fade([value * faded for value in mine], points, decay))
        unbroken = _fade(unbroken, points, decay)
    return heard


def _fade(past: Sequence[float], points: Sequence[float], decay: float) -> list[float]:
    return [value * decay + point for value, point in zip(past, points, strict=True)]


def _most_prominent(points: Sequence[float], prior: Sequence[float]) -> Emotion:
    total = [a + b for a, b in zip(points, prior, strict=True)]
    return _LABELS[total.index(max(total))]


_LABELS = tuple(Emotion)
