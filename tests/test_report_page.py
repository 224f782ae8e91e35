"""The report in a real browser: no network, no complaint, every table and chart there, readable in both themes."""

import json
from pathlib import Path

import pytest

from chromium import Browser, find_chromium
from roleinstruct.dataset.figures.palette import contrast
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.evaluation.items import read_items
from roleinstruct.pipeline.reporting import ReportOptions, make_report, write_report
from three_systems import HOSTILE, three_systems, write_answers


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    find_chromium()
    folder = tmp_path_factory.mktemp("report")
    files = three_systems(folder)
    data = DataFolder(files.data)
    made = make_report(data, ReportOptions(files.answers, [files.verdicts], [files.ratings], encoder="ngrams"))
    write_report(made, folder / "good", name="people")
    bad = write_answers(folder / "bad.jsonl", HOSTILE, read_items(data), lambda item: HOSTILE)
    write_report(make_report(data, ReportOptions([files.answers[0], bad])), folder / "bad", name="people")
    return folder


@pytest.fixture
def page(browser: Browser, place: Path) -> Browser:
    size(browser, 1200)
    browser.open(place / "good/report.html")
    return browser


def size(browser: Browser, width: int) -> None:
    browser.send("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)


def theme(browser: Browser, name: str) -> None:
    browser.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])


def test_the_page_asks_for_nothing_and_complains_of_nothing(page: Browser, place: Path) -> None:
    page.run("document.fonts.ready.then(() => 1)")
    assert {url.partition(":")[0] for url in page.requests} <= {"file", "data", "about"}
    assert page.complaints == []
    assert page.run("document.scripts.length") == 0


def test_every_table_and_chart_is_there(page: Browser, place: Path) -> None:
    document = json.loads((place / "good/report.json").read_text(encoding="utf-8"))
    names = [section["name"] for section in document["sections"]]
    assert page.run("[...document.querySelectorAll('section')].map(s => s.id)") == names
    shown = page.run(
        "[...document.querySelectorAll('table')].map(t => [...t.rows].map(r => [...r.cells].map("
        "c => c.textContent.split(/\\s+/).join(' ').trim())))"
    )
    expected = [
        [[" ".join(name.split()) for name in grid["head"]]]
        + [[" ".join(cell["text"].split()) for cell in row] for row in grid["rows"]]
        for section in document["sections"]
        for grid in section["tables"]
    ]
    assert shown == expected
    charts = page.run(
        "Object.fromEntries([...document.querySelectorAll('section')].map("
        "s => [s.id, s.querySelectorAll('svg').length]))"
    )
    wanted = {"table-2": 1, "rpcs": 1, "characters": 1, "emotions": 3, "judge-1": 2, "people": 1}
    assert {name: count for name, count in charts.items() if count} == wanted


def test_charts_write_their_values_and_give_each_system_a_shape(page: Browser) -> None:
    drawn = "document.querySelector('#table-2 svg')"
    words = page.run(f"[...{drawn}.querySelectorAll('text')].map(t => t.textContent)")
    assert {"near", "小声", "generic", "Avg", "RAW", "CUS", "SPE"} <= set(words)
    values = page.run(
        "[...document.querySelectorAll('#table-2 tbody tr')].slice(0, 3).map(r => r.cells[1].firstChild.data.trim())"
    )
    assert len(values) == 3
    assert set(values) <= set(words)
    shapes = page.run(
        f"[...{drawn}.querySelectorAll('.mark')].slice(0, 3).map("
        "m => m.tagName + (m.getAttribute('points') || '').split(' ').length)"
    )
    assert len(set(shapes)) == 3
    heat = page.run("[...document.querySelectorAll('#characters svg .value')].map(t => t.textContent)")
    assert len(heat) == 12
    assert all(float(text) <= 1 for text in heat)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_type_can_be_read_in_both_themes(page: Browser, name: str) -> None:
    theme(page, name)
    colours = page.run(
        "(() => { const s = getComputedStyle(document.documentElement); const of = n => s.getPropertyValue(n).trim(); "
        "return Object.fromEntries(['--ink', '--muted', '--card', '--mark', '--heat', '--floor', '--mind'].map("
        "n => [n, of(n)])); })()"
    )
    full = {
        key: value if len(value) == 7 else "#" + "".join(c * 2 for c in value[1:]) for key, value in colours.items()
    }
    assert contrast(full["--ink"], full["--card"]) > 7
    assert contrast(full["--muted"], full["--card"]) > 4.5
    assert contrast(full["--ink"], full["--mind"]) > 4.5
    assert contrast(full["--mark"], full["--card"]) > 3
    assert contrast(full["--floor"], full["--card"]) > 3
    deepest = page.run("Math.max(...[...document.querySelectorAll('.heat')].map(r => +r.style.fillOpacity))")
    assert contrast(full["--ink"], mixed(full["--heat"], full["--card"], deepest)) > 4.5
    theme(page, "light")


def mixed(over: str, under: str, share: float) -> str:
    """A colour laid over another, as thick as 0 to 1."""
    pairs = [(int(over[i : i + 2], 16), int(under[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)


@pytest.mark.parametrize("width", [390, 800, 1600])
def test_no_width_makes_the_page_scroll_sideways(page: Browser, width: int) -> None:
    size(page, width)
    assert page.run("document.documentElement.scrollWidth <= innerWidth")


def test_chinese_glyphs_come_with_the_page(page: Browser) -> None:
    pytest.importorskip("fontTools")
    assert page.run("document.fonts.ready.then(() => document.fonts.check('16px Figures', '小声'))")
    assert page.run("[...document.fonts].map(f => f.family + ' ' + f.status)") == ["Figures loaded"]


def test_hostile_names_and_answers_stay_text(browser: Browser, place: Path) -> None:
    browser.open(place / "bad/report.html")
    browser.run("new Promise(done => setTimeout(done, 100))")
    assert browser.run("window.harmed === undefined")
    assert browser.run("document.querySelectorAll('img, script, iframe').length") == 0
    assert HOSTILE in browser.run("[...document.querySelectorAll('#samples td')].map(c => c.textContent)")
    assert browser.complaints == []
    assert {url.partition(":")[0] for url in browser.requests} <= {"file", "data", "about"}
