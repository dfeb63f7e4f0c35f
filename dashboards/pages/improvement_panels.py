"""The figures of the improvement page: curves clinic by clinic, and the change as a quantity, with their tables."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from dashboards import theme
from dashboards.improvement_charts import Improvement, improvement_curves
from dashboards.layout import Release
from dashboards.marts import Row, rows
from dashboards.names import Labels, clinic_address, cohort_key
from dashboards.panels import Cell, Line, Panel, download
from dashboards.planes import Curve, Spot
from dashboards.scores import Score
from dashboards.wording import about, observed, tenths
from schemas.score_changes import GROUPS, ChangeGroups, ImprovementCurves, ScoreChanges

CURVES_SUBTITLE = (
    "Up: share of patients who improved by at least so much of their own baseline (across). Blue: those with both "
    "scores. Grey line: the missing counted as not improved; between the two the plane is shaded. Grey mark: the "
    "published rate at its own threshold, where the two may be compared. A threshold is left out where it would set a "
    "few patients apart."
)
CHANGES_SUBTITLE = (
    "In points of the questionnaire, positive where patients became better. Means, deviations and quartiles are shown "
    "to the nearest fiftieth of the scale."
)
GROUPS_SUBTITLE = (
    "Share of the patients with both scores, with its 95% interval. Those worse at all include those worse by the "
    "important change. A group of 1 to 7, or one that leaves as few, is not shown."
)
#: Thresholds that the table names; the chart and the file hold all of them.
NAMED = (10, 30, 50, 75)
CURVE_COLUMNS = (
    ("Clinic", False), ("Patients", True), ("Missing", True),
    *((f"Improved by {threshold}% or more (95% interval)", True) for threshold in NAMED),
)  # fmt: skip
CHANGE_COLUMNS = (
    ("Clinic", False), ("Patients", True), ("Missing", True), ("Mean improvement (95% interval)", True),
    ("Standard deviation", True), ("Mean by deviation", True), ("Median (quartiles)", True),
)  # fmt: skip
GROUP_COLUMNS = (
    ("Clinic", False), ("Patients", True), ("Better by the important change", True), ("Neither", True),
    ("Worse by it", True), ("Worse at all", True),
)  # fmt: skip
OF_CURVES = (
    "threshold",
    "improved",
    "measured",
    "improved_share",
    "improved_low",
    "improved_high",
    "nonresponse_share",
)
OF_CHANGES = (
    "status", "measured", "missing", "mean", "mean_low", "mean_high", "deviation", "standardised", "median",
    "lower_quartile", "upper_quartile", "important",
)  # fmt: skip
OF_GROUPS = ("group", "courses", "measured", "group_share", "group_low", "group_high")
WHY_HIDDEN = {"suppressed": "Not shown: fewer than 10 patients, or all changed alike", "no_data": "No data received"}


Who = tuple[str, str]


@dataclass(frozen=True)
class Changed:
    """All that one page is drawn from: clinics' changes, groups and curves, published points of each, names.

    `receipt` is where the page says how its numbers are counted, from the root of the site.
    """

    score: Score
    time: tuple[int, str, str]
    receipt: str
    names: Labels
    changes: pl.DataFrame
    groups: pl.DataFrame
    curves: pl.DataFrame
    published: Mapping[Who, Sequence[Row]]

    def curve(self, row: Row) -> Sequence[Row]:
        """The thresholds of a row's clinic that may be shown, the lowest first."""
        return self._curves.get(_who(row), ())

    def groups_of(self, row: Row) -> Sequence[Row]:
        """The groups of a row's clinic that may be shown."""
        return self._groups.get(_who(row), ())

    @cached_property
    def _curves(self) -> Mapping[Who, Sequence[Row]]:
        return _by_clinic(self.curves)

    @cached_property
    def _groups(self) -> Mapping[Who, Sequence[Row]]:
        return _by_clinic(self.groups)


def _by_clinic(table: pl.DataFrame) -> Mapping[Who, Sequence[Row]]:
    found: dict[Who, list[Row]] = defaultdict(list)
    for row in rows(table):
        found[_who(row)].append(row)
    return found


def _who(row: Row) -> Who:
    return row["source"], row["cohort"]


def curves_panel(changed: Changed, clinics: Sequence[Row], summary: str, stands: Release) -> Panel:
    """Small charts of the clinics that have a curve, and a table of all with a few thresholds by name."""
    names, at = changed.names, [(row, changed.curve(row)) for row in clinics]
    drawn = [_small(changed, row, curve) for row, curve in at if curve]
    title_ = f"{changed.score.name}. {summary}"
    chart = improvement_curves(drawn, title_, CURVES_SUBTITLE, stands.source) if drawn else None
    lines = [
        Line(cohort_key(row), names.cohort(row), [*_patients(row), *_named(changed, curve)], clinic_address(row))
        for row, curve in at
    ]
    held = download(ImprovementCurves, OF_CURVES, [each for _, curve in at for each in curve], names)
    return Panel(
        "curves", "Who improved by how much", CURVES_SUBTITLE, summary, chart, CURVE_COLUMNS, lines, held, heavy=True
    )


def _small(changed: Changed, row: Row, curve: Sequence[Row]) -> Improvement:
    key, name = cohort_key(row), changed.names.cohort(row)
    spots = [
        Spot(key, each["threshold"], tenths(each["improved_share"]) or 0.0, "circle", "observed", False, _said(each))
        for each in curve
    ]
    known = [each for each in curve if each["nonresponse_share"] is not None]
    counted_in = [tenths(each["nonresponse_share"]) or 0.0 for each in known]
    grey = Curve([each["threshold"] for each in known], counted_in, "solid", "published", 1.5) if known else None
    published = [
        Spot(
            key,
            each["threshold"],
            tenths(each["rate"]) or 0.0,
            theme.symbol(each["role"]),
            "published",
            False,
            each["told"],
        )
        for each in changed.published[_who(row)]
    ]
    return Improvement(key, name, _words(row, changed.score), spots, grey, published)


def _said(each: Row) -> str:
    rate = observed(each["improved_share"], each["improved_low"], each["improved_high"]).words
    return f"improved by {each['threshold']}% or more: {rate} of {about(each['measured'])}"


def _words(row: Row, score: Score) -> str:
    if row["status"] != "ok":
        return "mean not shown"
    return f"mean {score.points(row['mean'])} ({_limits(row, score)})"


def _patients(row: Row) -> list[Cell]:
    return [Cell(about(row[name]), "" if row[name] is None else str(row[name])) for name in ("measured", "missing")]


def _named(changed: Changed, curve: Sequence[Row]) -> list[Cell]:
    at = {each["threshold"]: each for each in curve}
    return [_rate(changed, at.get(threshold), "improved") for threshold in NAMED]


def _rate(changed: Changed, found: Row | None, of: str) -> Cell:
    """A share with its interval, which leads to how it is counted; or that it is not shown."""
    if found is None:
        return Cell("not shown")
    share, low, high = (found[f"{of}_{part}"] for part in ("share", "low", "high"))
    return Cell("", rate=observed(share, low, high), address=changed.receipt)


def changes_panel(changed: Changed, clinics: Sequence[Row]) -> Panel:
    """Mean, spread and quartiles of each clinic's change, and the shares that became better and worse."""
    names = changed.names
    lines = [Line(cohort_key(row), names.cohort(row), _change(changed, row), clinic_address(row)) for row in clinics]
    held = download(ScoreChanges, OF_CHANGES, clinics, names)
    return Panel(
        "changes", "The change as a quantity", CHANGES_SUBTITLE, _spread(clinics), None, CHANGE_COLUMNS, lines, held
    )


def _spread(clinics: Sequence[Row]) -> str:
    """How large the mean change is beside its deviation, which tells scales of any length apart."""
    found = [row["standardised"] for row in clinics if row["status"] == "ok"]
    low, high = (_ratio(end) for end in (min(found), max(found)))
    apart = low if low == high else f"{low} to {high}"
    return f"The mean improvement is {apart} standard deviations of the improvements."


def _change(changed: Changed, row: Row) -> list[Cell]:
    score = changed.score
    if row["status"] != "ok":
        return [Cell(WHY_HIDDEN[row["status"]]), *_patients(row)[1:], *[Cell("–")] * 4]
    quartiles = f"{score.points(row['lower_quartile'])} to {score.points(row['upper_quartile'])}"
    return [
        *_patients(row),
        Cell(f"{score.points(row['mean'])} ({_limits(row, score)})", str(row["mean"])),
        Cell(score.points(row["deviation"]), str(row["deviation"])),
        Cell(_ratio(row["standardised"]), str(row["standardised"])),
        Cell(f"{score.points(row['median'])} ({quartiles})", str(row["median"])),
    ]


def groups_panel(changed: Changed, clinics: Sequence[Row], summary: str) -> Panel:
    """The shares that became better and worse, clinic by clinic."""
    names, shown = changed.names, [row for row in clinics if row["status"] == "ok"]
    lines = [
        Line(
            cohort_key(row),
            names.cohort(row),
            [_patients(row)[0], *(_group(changed, row, group) for group in GROUPS)],
            clinic_address(row),
        )
        for row in shown
    ]
    held = download(ChangeGroups, OF_GROUPS, [each for row in shown for each in changed.groups_of(row)], names)
    return Panel("groups", "Who became better, who worse", GROUPS_SUBTITLE, summary, None, GROUP_COLUMNS, lines, held)


def _group(changed: Changed, row: Row, group: str) -> Cell:
    if row["important"] is None and group != "worse":
        return Cell("no limit on record")
    found = next((each for each in changed.groups_of(row) if each["group"] == group), None)
    return _rate(changed, found, "group")


def _limits(row: Row, score: Score) -> str:
    return f"{score.points(row['mean_low'])} to {score.points(row['mean_high'])}"


def _ratio(value: float) -> str:
    return f"{value:.1f}".replace("-0.0", "0.0").replace("-", "−")
