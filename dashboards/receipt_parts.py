"""The receipt of one outcome of a clinic as markup. What stands around it is in the template `receipts.html`.

This is the one place where markup is written without a template: a network of a thousand clinics has 17,000 receipts,
and a template takes ten times as long. All that is text goes through `escape`; what is put in as it is was made of
numbers, or stands here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from dashboards.layout import templates
from dashboards.marts import Row
from dashboards.outcomes import Outcome
from dashboards.plain import slug
from dashboards.receipts import BEGAN_IN, Held, query
from dashboards.wording import about, interval, listed

COUNTS = (
    ("responders", "responded"), ("analysed", "with an outcome"), ("missing", "missing"), ("not_due", "not due yet"),
    ("ineligible", "without a usable baseline"), ("left_out", "outside the population"),
)  # fmt: skip


@dataclass(frozen=True)
class Common:
    """What the receipts of one outcome have in common, as markup: how each begins, and its queries by period."""

    beginning: str
    queries: Mapping[str, str]


def common(row: Row, outcome: Outcome, endpoint: Row | None, people: str) -> Common:
    """What every receipt of an outcome says; `row` is any rate of it, `people` those that it is of, in words."""
    beginning = (
        f'<article class="record" id="{escape(outcome.key)}">\n<h3>{escape(outcome.name)}</h3>\n'
        f'<p><a href="#{escape(rule_anchor(row["definition"]))}">Its rule</a>; {escape(_window(endpoint))}; '
        f"among {escape(people)}. "
    )
    return Common(beginning, {kind: f"<code>{escape(query(row, kind))}</code>" for kind in ("all", "quarter")})


def part(known: Common, row: Row, counts: Row | None, numbers: Iterable[Held], words: str) -> str:
    """The receipt of a clinic's rate: its released counts, its bounds, every number once, the queries that count again.

    `words` say why there is no rate, where there is none.
    """
    lines = dict.fromkeys(map(_line, numbers))
    bounded = row["bound_low"] is not None and row["bound_high"] is not None
    bounds = interval(row["bound_low"], row["bound_high"]) if bounded else "not shown"
    hidden = f" <strong>{escape(words)}.</strong>" if words else ""
    shown = f"<ul>\n{''.join(lines)}</ul>\n" if lines else ""
    by_quarter = f"<br>{known.queries['quarter']}" if f"<li>{BEGAN_IN}" in shown else ""
    return (
        f"{known.beginning}{_counts(counts)}{hidden} Bounds: {bounds}.</p>\n{shown}"
        f"<p>{known.queries['all']}{by_quarter}</p>\n</article>\n"
    )


def rule_anchor(definition: str) -> str:
    """Where the sentence of a responder rule stands on the page."""
    return f"rule-{slug(definition)}"


def _line(held: Held) -> str:
    rate, model = held.rate, "" if held.counted else ", from a model or a comparison"
    return (
        f'<li>{escape(held.what)}: <span class="rate" data-rate="{rate.rate}" data-lo="{rate.low}" '
        f'data-hi="{rate.high}">{rate.words}</span>, <code>{held.column}</code>{model}</li>\n'
    )


@lru_cache(maxsize=1024)  # few texts stand in many receipts
def escape(text: str) -> str:
    """A text as a template puts it in."""
    return str(templates().filters["escape"](text))


def _counts(row: Row | None) -> str:
    """The released counts that the numbers are made from, in words."""
    if row is None:
        return "The counts are not in this release."
    return f"{listed([f'{about(row[column])} {words}' for column, words in COUNTS])}.".capitalize()


def _window(endpoint: Row | None) -> str:
    if endpoint is None:
        return "window not on record"
    return f"days {endpoint['low']} to {endpoint['high']}, aimed at day {endpoint['target']}"
