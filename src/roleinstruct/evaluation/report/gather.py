"""All that is known of some systems, put into the sections of a report."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

from roleinstruct.evaluation.answers import Answers
from roleinstruct.evaluation.benchmark import Table
from roleinstruct.evaluation.beside import EmotionOf
from roleinstruct.evaluation.contamination import Contaminated
from roleinstruct.evaluation.human.outcome import outcome
from roleinstruct.evaluation.items import Item
from roleinstruct.evaluation.judge_report import JudgeReport, report_of
from roleinstruct.evaluation.ranking import by_item
from roleinstruct.evaluation.ratings import Rating
from roleinstruct.evaluation.report.document import Report, Section
from roleinstruct.evaluation.report.judged import judge_sections
from roleinstruct.evaluation.report.origins import (
    Spent,
    contamination_section,
    cost_section,
    origins_section,
    settings_section,
)
from roleinstruct.evaluation.report.parts import Beside, beside_section, characters_section, emotions_section, values_of
from roleinstruct.evaluation.report.rated import collected_of, people_section
from roleinstruct.evaluation.report.samples import Marks, samples_section
from roleinstruct.evaluation.report.scores import scores_section
from roleinstruct.evaluation.verdicts import Verdicts

__all__ = ["Evidence", "gather"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a report is made from.

    Attributes:
        name: Of the data set.
        items: That were scored, in their order.
        systems: Their answers.
        table: Rouge-L.
        similarity: RPCS, where an encoder was given.
        beside: By system and metric, see `beside.beside`.
        known: Items that stand in the training part.
        excluded: How many of them were left out.
        emotion_of: Labels an answer.
        annotator: Who that is.
        verdicts: Of one judge each.
        ratings: By people.
        spent: By the journals.
        digests: SHA-256 of files, by name.
        versions: Of packages.
        remarks: What speaks against the figures.
    """

    name: str
    items: Sequence[Item]
    systems: Sequence[Answers]
    table: Table
    similarity: Table | None
    beside: Beside
    known: Sequence[Contaminated]
    excluded: int
    emotion_of: EmotionOf
    annotator: str
    verdicts: Sequence[Verdicts]
    ratings: Sequence[Rating]
    spent: Sequence[Spent]
    digests: Mapping[str, str]
    versions: Mapping[str, str]
    remarks: Sequence[str]


def gather(evidence: Evidence) -> Report:
    """Make the report.

    Raises:
        ConfigError: Files of verdicts are not about the same answers.
        RecordError: A judge said nothing that could be read, or ratings contradict themselves.
    """
    judges = report_of(evidence.verdicts, evidence.ratings) if evidence.verdicts else None
    people = outcome(collected_of(evidence.ratings, evidence.systems)) if evidence.ratings else None
    names = [one.system for one in evidence.systems]
    characters = len({item.character for item in evidence.items})
    return Report(
        f"How well {_listed(names)} play{'s' * (len(names) == 1)} {_count(characters, 'character')}",
        f"{_count(len(names), 'system')} on {_count(len(evidence.items), 'item')} of the benchmark of {evidence.name}.",
        evidence.remarks,
        list(_sections(evidence, judges, people)),
        _data(evidence, judges, people),
    )


def _sections(evidence: Evidence, judges: JudgeReport | None, people: Mapping[str, Any] | None) -> Iterator[Section]:
    names = [one.system for one in evidence.systems]
    yield scores_section(evidence.table)
    yield _similarity(evidence)
    yield characters_section(evidence.table, evidence.items)
    yield emotions_section(evidence.table, evidence.items, evidence.systems, evidence.emotion_of, evidence.annotator)
    yield beside_section(names, evidence.beside)
    if judges is None:
        yield Section(
            "judge", "Judged by a model", "No verdicts were given: roleinstruct judge makes them, --verdicts adds them."
        )
    else:
        yield from judge_sections(judges, names)
    if people is None:
        yield Section(
            "people", "Rated by people", "No ratings were given: roleinstruct humans makes them, --ratings adds them."
        )
    else:
        yield people_section(people)
    yield samples_section(evidence.items, evidence.systems, _marks(evidence))
    yield contamination_section(evidence.known, len(evidence.items), evidence.excluded)
    yield settings_section(evidence.systems)
    yield cost_section(evidence.verdicts, evidence.spent)
    yield origins_section(
        _signatures(evidence), {"items": evidence.table.digest, **evidence.digests}, evidence.versions
    )


def _similarity(evidence: Evidence) -> Section:
    if evidence.similarity is None:
        return Section("rpcs", "RPCS", "Similarity of meaning was not measured: --encoder SPEC adds it.")
    return scores_section(evidence.similarity, name="rpcs", title="RPCS", paper=False)


def _marks(evidence: Evidence) -> list[Marks]:
    scores = {
        (item, one.system): value
        for one in evidence.table.systems
        for item, value in values_of(one, evidence.items).items()
    }
    marks = [Marks("Rouge-L", scores, 3)]
    for file in evidence.verdicts:
        ranks = {(item, system): v for (item, system, part), v in by_item(file.scored).items() if part == "rank"}
        marks.append(Marks(f"rank by {file.judge.judge}", ranks))
    given: dict[tuple[str, str], list[float]] = {}
    for rating in evidence.ratings:
        given.setdefault((rating.item, rating.system), []).append(rating.score)
    if given:
        marks.append(Marks("people, mean of all", {key: fmean(values) for key, values in given.items()}))
    return marks


def _signatures(evidence: Evidence) -> dict[str, str]:
    found = {"Rouge-L": evidence.table.signature}
    if evidence.similarity is not None:
        found["RPCS"] = evidence.similarity.signature
    for scores in evidence.beside.values():
        found |= {name: score.signature for name, score in scores.items()}
    return found


def _data(evidence: Evidence, judges: JudgeReport | None, people: Mapping[str, Any] | None) -> dict[str, Any]:
    found = {
        "data_set": evidence.name,
        "scores": evidence.table.as_json(),
        "rpcs": evidence.similarity.as_json() if evidence.similarity else None,
        "beside": {
            system: {
                name: {"value": s.value, "interval": s.interval, "n": s.n, "signature": s.signature}
                for name, s in scores.items()
            }
            for system, scores in evidence.beside.items()
        },
        "judges": judges.as_json() if judges else None,
        "people": people,
        "contamination": {"excluded": evidence.excluded, "found": [asdict(one) for one in evidence.known]},
        "settings": {one.system: dict(one.settings) for one in evidence.systems},
        "cost": [asdict(one) for one in evidence.spent],
        "digests": {"items": evidence.table.digest, **evidence.digests},
        "versions": dict(evidence.versions),
    }
    cleaned: dict[str, Any] = _finite(found)
    return cleaned


def _finite(value: Any) -> Any:  # noqa: ANN401 - any JSON document
    """NaN, which JSON does not know, as null."""
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, Mapping):
        return {name: _finite(one) for name, one in value.items()}
    return [_finite(one) for one in value] if isinstance(value, list | tuple) else value


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"
