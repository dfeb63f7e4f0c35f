"""What no source of a page may contain: a way to turn text into markup, code or a request."""

import re
from collections import Counter
from pathlib import Path

import pytest

#: A page that is sent by itself, not as part of a site, brings its own style; it has no script.
ALONE = {"dry_run.html"}
SOURCES = Path(__file__).parents[2] / "dashboards"
#: Not ours: known by its hash (`test_site_build.py`), and held in check by each page's policy.
LIBRARY = "plotly-basic.min.js"


@pytest.mark.parametrize(
    "forbidden",
    ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "|safe", "| safe",
     "Markup(", "srcdoc", "fetch(", "XMLHttpRequest", "import(", "write_html", "to_html"],
)  # fmt: skip
def test_no_source_uses_a_way_to_turn_text_into_markup_or_a_request(forbidden: str) -> None:
    ours = [path for path in SOURCES.rglob("*") if path.name != LIBRARY]
    sources = [path for path in ours if path.suffix in {".py", ".js", ".html", ".css"}]
    assert len(sources) > 20
    assert not [path for path in sources if forbidden in path.read_text("utf-8")]


def test_the_one_script_shares_no_chart_and_shows_no_bar() -> None:
    script_text = (SOURCES / "assets" / "app.js").read_text("utf-8")
    for setting in (
        "displayModeBar: false", "displaylogo: false", "doubleClick: false", 'plotlyServerURL: ""',
        "responsive: true", "scrollZoom: false", "showSendToCloud: false",
    ):  # fmt: skip
        assert Counter(script_text.split("\n"))[f"    {setting},"] == 1, setting


def test_no_template_holds_an_inline_script_or_style_block() -> None:
    for path in (SOURCES / "templates").glob("*.html"):
        text = path.read_text("utf-8")
        assert "<style" not in text or path.name in ALONE
        assert not re.search(r"<script(?![^>]*\bsrc=)", text)
        assert not re.search(r"\son[a-z]+=", text)
