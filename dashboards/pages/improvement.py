"""The improvement page: how far did patients change, whichever threshold a responder rule picks?

Every questionnaire and time is a page; its figures are in `improvement_panels`. METHODS, sections 6.4 to 6.6.
"""

from collections.abc import Sequence

import polars as pl

from dashboards.layout import Page, Release
from dashboards.marts import Marts, Row, rows
from dashboards.names import Labels, Names, cohort_key, names_of
from dashboards.outcomes import CLINIC, largest, left_out
from dashboards.pages.improvement_panels import Changed, changes_panel, curves_panel, groups_panel
from dashboards.panels import Listing, Planned, Section, pages_of
from dashboards.scores import (
    PATH,
    RECEIPT,
    Score,
    address,
    by_score,
    counted_again,
    is_shown,
    of_clinics,
    published_points,
)
from dashboards.shelf import Shelf
from dashboards.wording import capital, counted, listed, percent

LEAD = (
    "A rule draws one line between responders and others; here is what lies on both sides of it. People improve for "
    "many reasons, and after a bad day by chance alone: an improvement is not the effect of a treatment."
)
COUNTED = (
    "Every share is a number of patients, to the nearest 5, of those with both scores, and has its Wilson interval. "
    "The interval of a mean reaches as far on both sides as Student's t times the deviation divided by the root of the "
    "number of patients. The queries count each share again from the public tables; files, steps and checks stand in "
    "the clinic's receipts."
)


def pages(marts: Marts, stands: Release, shelf: Shelf | None = None) -> list[Page]:
    """A page for every questionnaire and time of which a change may be shown, those with most clinics first."""
    names = names_of(marts)
    found = by_score(marts, names)
    drawn = _drawn(marts, names, [(score, changes) for score, changes in found if is_shown(changes)])
    sections = [Planned(one.score.key, one.score.name, one.time, _section, one) for one in drawn]
    hidden = [score.name for score, changes in found if not is_shown(changes)]
    sentence = title([row for _, changes in found for row in rows(changes)])
    others = {"no clinic's change may be shown yet": hidden}
    return pages_of(Listing(PATH, sentence, LEAD, "Questionnaire and time", others), stands, sections, shelf)


def title(changes: Sequence[Row]) -> str:
    """In how many sets of scores patients improved, became worse, or neither, on average."""
    shown = [row for row in changes if row["status"] == "ok"]
    if not shown:
        return "No clinic's change may be shown yet."
    better, worse = (sum(row[end] * sign > 0 for row in shown) for end, sign in (("mean_low", 1), ("mean_high", -1)))
    return (
        f"In {better} of {counted(len(shown), 'set', 'sets')} of scores of single clinics the mean lies above no "
        f"change with its whole interval, in {worse} below it, in {len(shown) - better - worse} neither."
    )


def told(changes: Sequence[Row], score: Score) -> str:
    """What the clinics of one questionnaire and time have in common: their means, from to."""
    shown = [row["mean"] for row in changes if row["status"] == "ok"]
    hidden = f"; {len(changes) - len(shown)} not shown" if len(changes) > len(shown) else ""
    return f"{counted(len(changes), 'clinic', 'clinics')}: mean improvement {_from_to(shown, score)}{hidden}."


def worse_told(groups: Sequence[Row]) -> str:
    """Which shares of clinics' patients became worse: by however little, and by the important change."""
    found = {name: [row["group_share"] for row in groups if row["group"] == name] for name in ("worse", "deteriorated")}
    said = [
        f"{_shares(found[name])} became worse{words}"
        for name, words in (("worse", ""), ("deteriorated", " by the important change"))
        if found[name]
    ]
    return f"{capital(listed(said))}, where it may be shown." if said else "How many became worse may not be shown."


def _from_to(means: Sequence[float], score: Score) -> str:
    low, high = score.points(min(means)), score.points(max(means))
    return f"{low} {score.unit}" if low == high else f"from {low} to {high} {score.unit}"


def _shares(found: Sequence[float]) -> str:
    low, high = percent(min(found)), percent(max(found))
    return low if low == high else f"from {low} to {high}"


def _drawn(marts: Marts, names: Names, found: Sequence[tuple[Score, pl.DataFrame]]) -> list[Changed]:
    groups, curves = (of_clinics(marts, table) for table in (marts.change_groups, marts.improvement_curves))
    published = published_points(marts, names)
    return [
        Changed(
            score=score,
            time=names.time(score.endpoint),
            receipt=f"{address(score, first=not place)}#{RECEIPT}",
            names=_labels(names, changes),
            changes=changes,
            groups=score.of(groups),
            curves=score.of(curves),
            published={who: published.get((*who, score.instrument, score.endpoint), ()) for who in _who(changes)},
        )
        for place, (score, changes) in enumerate(found)
    ]


def _who(changes: pl.DataFrame) -> list[tuple[str, str]]:
    return [(source, cohort) for source, cohort in changes.select(CLINIC).iter_rows()]


def _labels(names: Names, changes: pl.DataFrame) -> Labels:
    return Labels({(one, arm): names.cohort({"source": one, "cohort": arm}) for one, arm in _who(changes)}, {})


def _section(changed: Changed, stands: Release) -> Section:
    """Curves and changes of one questionnaire and time, made of what is given and nothing else."""
    score, names = changed.score, changed.names
    kept = largest(changed.changes, pl.col("measured").max())
    clinics = sorted(rows(kept), key=lambda row: (names.cohort(row), cohort_key(row)))
    summary = told(rows(changed.changes), score)
    without = [names.cohort(row) for row in clinics if not changed.curve(row)]
    panels = [
        curves_panel(changed, clinics, summary, stands),
        changes_panel(changed, clinics),
        groups_panel(changed, clinics, worse_told(rows(changed.groups))),
    ]
    return Section(
        key=score.key,
        choice=score.name,
        sentence=f"{score.name}. {summary}",
        facts=[("Questionnaire", score.scale), ("Important change", _important(score)), *_without_curve(without)],
        panels=panels,
        slice=f"improvement.{score.key}",
        clinics={cohort_key(row): names.cohort(row) for row in clinics},
        time=changed.time,
        left_out=left_out(changed.changes, kept),
        counted=(RECEIPT, COUNTED, counted_again(score)),
    )


def _important(score: Score) -> str:
    if score.important is None:
        return "None is on record for this questionnaire, so only who became worse at all is counted."
    return f"{score.important:g} {'point' if score.important == 1 else 'points'} or more, better or worse."


def _without_curve(labels: Sequence[str]) -> list[tuple[str, str]]:
    return [("Without a curve", f"{listed(list(labels))}: no threshold can be shown.")] if labels else []
