"""Pages for people: the policy is of the very script, and what a page is filled with never becomes part of it."""

import base64
import hashlib
import html
import re
from pathlib import Path

import pytest

from roleinstruct.pages import embedded, filled, form_page, policy_of

TEMPLATE = """<html lang="@@LANG@@"><meta content="@@POLICY@@"><title>@@TITLE@@</title><style>
@@STYLE@@
</style><script type="application/json" id="sheet">@@DATA@@</script><script>
@@SCRIPT@@
begin({});
</script></html>"""


def test_a_form_carries_the_shared_style_and_script_and_a_policy_of_the_whole_script(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(TEMPLATE, encoding="utf-8")
    data = {"line": "</script><script>@@POLICY@@"}
    text = form_page(tmp_path / "page.html", language="zh", title="标注 <b>", document=data)
    script = re.search(r"<script>(.*?)</script>", text, re.DOTALL)
    assert script
    assert "function begin(" in script[1]
    assert script[1].endswith("begin({});\n")
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in text
    assert ".save {" in text
    assert f"<title>{html.escape('标注 <b>')}</title>" in text
    assert re.findall("@@[A-Z]+@@", text) == ["@@POLICY@@"], "the data's own words are left alone"


def test_a_page_without_a_script_may_run_none() -> None:
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    assert policy_of("<p>text</p>") == policy
    assert policy_of("<p>text</p>", fonts=True) == policy.replace("img-src data:;", "img-src data:; font-src data:;")


def test_a_template_with_an_unknown_part_is_refused() -> None:
    with pytest.raises(KeyError, match="OTHER"):
        filled("@@OTHER@@", {"DATA": "1"})


def test_embedded_json_cannot_be_left() -> None:
    assert embedded(["</script>", "&\u2028"]) == '["\\u003c/script\\u003e","\\u0026\\u2028"]'
