"""The report as one HTML page: no script, no network, and a policy that lets the browser run nothing."""

from importlib.util import find_spec
from pathlib import Path

from roleinstruct.dataset.figures.webfont import web_font
from roleinstruct.evaluation.report.document import Grid, Report
from roleinstruct.pages import policy_of

__all__ = ["page"]

_TEMPLATE = Path(__file__).with_name("page.html")


def page(report: Report) -> str:
    """The HTML.

    Chinese glyphs go with it where fontTools is installed (the extra `figures`); else the browser has to have them.

    Args:
        report: What it shows.
    """
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    source = _TEMPLATE.read_text(encoding="utf-8")
    template = environment.from_string(source)
    policy = policy_of(source, fonts=True)
    template.globals.update(is_grid=lambda block: isinstance(block, Grid), drawn=Markup, policy=policy)
    text = template.render(report=report, font="")
    letters = {character for character in text if character > "\u2e7f"}
    if not letters or find_spec("fontTools") is None:
        return text
    return template.render(report=report, font=Markup(web_font("".join(sorted(letters)))))
