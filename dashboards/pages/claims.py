"""The claims page: what popular texts say, each held against its source, grouped by what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards import downloads
from dashboards.layout import Page, Release, fill
from dashboards.marts import Marts, Row, rows
from dashboards.names import Names, names_of
from dashboards.plain import clean, slug
from dashboards.slices import View
from dashboards.wording import capital, counted, listed
from schemas.claims import MEANINGS, Verdict

PATH = "claims.html"
SLICE = "claims"
VERDICTS = tuple(MEANINGS)
CONFIDENCE_WORDS = {
    "checked": "checked",
    "recalled": "recalled, so the verdict is open to correction",
    "named": "not looked up",
}


@dataclass(frozen=True)
class Entry:
    """One claim as a reader sees it."""

    id: str
    wording: str
    verdict: str
    kind: str
    reason: str
    figure: str
    topic: str
    attributed_to: str
    place: str
    study: str
    address: str
    figures: Sequence[tuple[str, str]]
    state: str


@dataclass(frozen=True)
class Group:
    """The claims of one verdict."""

    id: str
    label: str
    meaning: str
    entries: Sequence[Entry]


def page(marts: Marts, stands: Release) -> Page:
    """Every audited claim, with its reason and its source."""
    audited = rows(marts.claims)
    names = names_of(marts)
    groups = [_group(verdict, audited, names) for verdict in VERDICTS]
    html = fill(
        "claims.html",
        stands,
        path=PATH,
        sentence=title(audited),
        groups=[group for group in groups if group.entries],
        audited=len(audited),
        texts=counted(len({row["document"] for row in audited}), "popular text", "popular texts"),
        slice=SLICE,
    )
    return Page(PATH, html, [View(SLICE, {"claims": downloads.claims(audited, names)}, {})])


def best(marts: Marts) -> list[Entry]:
    """The claims whose misreading does most harm, worst first."""
    names = names_of(marts)
    ranked = sorted((row for row in rows(marts.claims) if row["best"] is not None), key=lambda row: row["best"])
    return [_entry(row, names) for row in ranked]


def title(audited: Sequence[Row]) -> str:
    """How many claims hold, and how many do not, as a sentence."""
    if not audited:
        return "No popular claim has been held against its source yet."
    tally = [
        f"{sum(row['verdict'] in verdicts for row in audited)} {words}"
        for words, verdicts in (
            ("supported", ("supported",)),
            ("supported with limits", ("supported-with-limits",)),
            ("not verified or without a source", ("not-verified", "untraceable")),
        )
    ]
    wrong = [row for row in audited if row["verdict"] in VERDICTS[: VERDICTS.index("untraceable")]]
    tally.append(f"{len(wrong)} wrong in some way")
    return f"{counted(len(audited), 'popular claim', 'popular claims')} held against the sources: {listed(tally)}."


def verdict_words(verdict: str) -> str:
    """A verdict as a reader reads it."""
    return clean(verdict, 40).replace("-", " ")


def _group(verdict: Verdict, audited: Sequence[Row], names: Names) -> Group:
    entries = [_entry(row, names) for row in audited if row["verdict"] == verdict]
    return Group(verdict, capital(verdict_words(verdict)), MEANINGS[verdict], entries)


def _entry(row: Row, names: Names) -> Entry:
    return Entry(
        id=slug(row["claim"]),
        wording=clean(row["wording"]),
        verdict=verdict_words(row["verdict"]),
        kind=row["verdict"],
        reason=clean(row["reason"]),
        figure=clean(row["figure"]),
        topic=clean(row["topic"], 80),
        attributed_to=clean(row["attributed_to"], 120),
        place=f"{clean(row['document'], 80).removesuffix('.txt')}, line {row['text_line']}",
        study=names.study(row["study"]) if row["study"] else "",
        address=_address(row),
        figures=[_figure(each, names) for each in row["results"].split(",") if each],
        state=_state(row),
    )


def _address(row: Row) -> str:
    """The page of the study that a claim goes back to: where no figure is named, the head of its record."""
    if not row["study"]:
        return ""
    return f"evidence/{slug(row['study'])}.html{'' if row['results'] else '#record'}"


def _state(row: Row) -> str:
    words = CONFIDENCE_WORDS.get(row["confidence"], clean(row["confidence"], 40))
    return f"{words} ({clean(row['checked_in'], 80)})"


def _figure(named: str, names: Names) -> tuple[str, str]:
    study, _, result = named.partition(".")
    return names.study(study), f"evidence/{slug(study)}.html#r-{slug(result)}"
