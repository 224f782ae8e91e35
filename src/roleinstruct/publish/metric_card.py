"""The card of a metric's Space."""

from collections.abc import Mapping
from dataclasses import dataclass

from roleinstruct import assets
from roleinstruct.errors import AssetError
from roleinstruct.publish.card_yaml import with_metadata

__all__ = ["metric_card"]


@dataclass(frozen=True, slots=True)
class _Words:
    """What is said of one metric alone."""

    title: str
    about: str
    short: str
    key: str
    ends: str
    settings: str
    limits: str
    origin: str


def metric_card(name: str, repo_id: str, *, has_app: bool = False) -> str:
    """The card.

    Args:
        name: "roleplay_rouge_l" or "roleplay_rpcs".
        repo_id: By which `evaluate.load` finds it.
        has_app: Whether the Space has a page, app.py.

    Raises:
        AssetError: There is no such metric.
    """
    from jinja2 import Environment, StrictUndefined

    if name not in _METRICS:
        raise AssetError(f"there is no metric {name!r}; there are {', '.join(_METRICS)}.")
    words = _METRICS[name]
    metadata = {
        "title": words.title,
        "colorFrom": "blue",
        "colorTo": "gray",
        "sdk": "gradio",
        **({"app_file": "app.py"} if has_app else {}),
        "pinned": False,
        "license": "apache-2.0",
        "short_description": words.short,
        "tags": ["evaluate", "metric", "role-play", "roleinstruct"],
    }
    template = assets.find("metric.md", "model_cards").read_text(encoding="utf-8")
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)
    page = environment.from_string(template).render(
        name=repo_id,
        title=words.title,
        about=words.about,
        key=words.key,
        settings=words.settings,
        output={words.key: f"the mean over the items, {words.ends}", **_OUTPUT},
        limits=words.limits,
        origin=words.origin,
    )
    return with_metadata(metadata, page)


_OUTPUT: Mapping[str, str] = {
    "interval": "its 95 % bootstrap interval, the items being drawn anew",
    "floor": "the same answers against the references of other items, which is what chance and a common style make; "
    "null for one item",
    "n": "items",
    "signature": "metric, settings and version in one line",
}

_METRICS: Mapping[str, _Words] = {
    "roleplay_rouge_l": _Words(
        title="Rouge-L for role-play",
        about="Rouge-L by character for Chinese and by word for other scripts, with an interval, a floor and a "
        "signature. Other programs split Chinese at spaces, and so find nothing or everything.",
        short="Rouge-L that works in Chinese, with interval and floor",
        key="rougeL",
        ends="0 to 1",
        settings="",
        limits="It counts what two texts have in common in the same order, not whether they mean the same, and not"
        " whether the character would say it: an answer that is right in other words gets little.",
        origin="Lin 2004, *ROUGE: A Package for Automatic Evaluation of Summaries*.",
    ),
    "roleplay_rpcs": _Words(
        title="RPCS for role-play",
        about="The cosine of the embeddings of answer and reference, with an interval, a floor and a signature that "
        "names the encoder. The encoder is yours to choose.",
        short="Similarity in meaning, with interval and floor",
        key="rpcs",
        ends="-1 to 1",
        settings='\n    encoder="ngrams",',
        limits='The figures are those of the encoder. `"ngrams"`, used above, is no model, and blind to meaning: '
        "it serves to try things out. Many encoders give unrelated texts high values too: read it above its floor.",
        origin="Tao et al. 2024, *RoleCraft-GLM*, section 4.1, where the encoder is text-embedding-ada-002.",
    ),
}
