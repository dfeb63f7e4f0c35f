"""Labels that try to be more than labels, and a release whose every free text is one of them."""

from collections.abc import Iterator
from itertools import cycle
from typing import Any

from schemas.tables import PUBLIC_TABLES
from tests.dashboards import made_up_release

PAYLOADS = (
    "<script>window.pwned=1</script>",
    "</script><script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    '"><svg onload=window.pwned=1>',
    "' onmouseover='window.pwned=1",
    '" autofocus onfocus="window.pwned=1',
    "javascript:window.pwned=1",
    "<a href=javascript:window.pwned=1>click</a>",
    '<a href="javascript:window.pwned=1">click</a>',
    "<iframe srcdoc='<script>parent.pwned=1</script>'>",
    "<math><mi xlink:href='javascript:window.pwned=1'>x</mi></math>",
    "<style>*{display:none}</style>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<form action=https://evil.example><input name=x></form>",
    "<b>bold</b><i>it</i><sub>sub</sub><br>line",
    "%{text}%{customdata[0]}<extra></extra>",
    "$\\href{javascript:window.pwned=1}{x}$",
    "{{ 7*7 }}{% raw %}",
    "{{ config.__class__ }}",
    "${window.pwned=1}",
    "`${window.pwned=1}`",
    "*/window.pwned=1;/*",
    "\\u003cscript\\u003ewindow.pwned=1\\u003c/script\\u003e",
    "]]><script>window.pwned=1</script>",
    "<!--",
    "-->",
    "&lt;script&gt;window.pwned=1&lt;/script&gt;",
    "&#60;script&#62;window.pwned=1",
    "=HYPERLINK(\"https://evil.example\",\"x\")",
    "=cmd|'/C calc'!A1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "a,b\"c\r\nd",
    "../../../../etc/passwd",
    "#o=x&c=y&v=1",
    "\u202etxt.exe",
    "\u2066hidden\u2069",
    "zero\u200bwidth\ufeff",
    "line\u2028separator\u2029paragraph",
    "nul\x00bell\x07escape\x1b[31m",
    "\U000e0041tag",
    "𝕳𝖔𝖘𝖙𝖎𝖑𝖊",
    "x" * 5000,
    "**bold** and ** not",
    "constructor",
    "__proto__",
    "toString",
)  # fmt: skip

#: Text that means something to the pages: ids, which contracts restrict, and words from fixed lists.
KEPT = {
    "source", "cohort", "study", "arm", "result", "definition", "observed_definition", "endpoint", "population",
    "instrument", "delivery", "key", "period", "first_set", "verdict", "robust_verdict", "dimension", "role",
    "confidence", "definition_confidence", "n_confidence", "measure", "analysis_set", "reason_id", "check_id", "claim",
    "results", "contrast", "pool", "standing", "rule", "step",
}  # fmt: skip


def tables() -> dict[str, list[dict[str, Any]]]:
    """The made-up release with a payload in every free text of every row."""
    payloads = cycle(PAYLOADS)
    return {name: [_poisoned(name, row, payloads) for row in rows] for name, rows in made_up_release.tables().items()}


def _poisoned(table: str, row: dict[str, Any], payloads: Iterator[str]) -> dict[str, Any]:
    columns = PUBLIC_TABLES[table].columns()
    free = {
        name
        for name, column in columns.items()
        if column.kind == "text" and column.among is None and column.shape is None and name not in KEPT
    }
    if table == "release_notes":
        free = {"value"} if row["key"] not in {"synthetic", "margin"} else set()
    return {name: next(payloads) if name in free and value is not None else value for name, value in row.items()}
