"""The context page: what trials say about acupuncture's effect, against sham and against what patients have otherwise.

Beside the clinics' rates and never mixed with them (METHODS 3.5). What a row draws is in `context_figures`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dashboards import downloads
from dashboards.context_figures import SCALES, Group, Scale, effect_words, forest
from dashboards.drawing import Chart
from dashboards.layout import Page, Release, fill
from dashboards.marts import Marts, Row, rows
from dashboards.names import Names, names_of, record_address
from dashboards.plain import clean, slug
from dashboards.slices import View
from dashboards.wording import Rate, attribute, capital, counted

PATH = "context.html"
SLICE = "context"
AGAINST = {"sham": "sham", "usual-care": "usual care"}
#: The condition that goes without saying.
USUAL_CONDITION = "chronic-low-back-pain"


@dataclass(frozen=True)
class Entry:
    """One contrast as a row of a table."""

    study: str
    address: str
    sides: str
    outcome: str
    time: str
    printed: str
    effect: Rate | None
    patients: str
    basis: str
    state: str


@dataclass(frozen=True)
class Panel:
    """One chart with its table: the contrasts of one scale against one comparator."""

    name: str
    title: str
    subtitle: str
    summary: str
    chart: Chart
    entries: Sequence[Entry]
    groups: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Section:
    """Everything against one comparator."""

    id: str
    heading: str
    sentence: str
    panels: Sequence[Panel]
    silent: Sequence[tuple[str, str, str, str]]


def page(marts: Marts, stands: Release) -> Page:
    """Every published contrast, in a forest plot for each scale and comparator."""
    listed, pools = rows(marts.contrasts), {row["pool"]: row for row in rows(marts.pooled_context)}
    names = names_of(marts)
    found = [_section(against, listed, pools, names, stands) for against in AGAINST]
    html = fill(
        "context.html",
        stands,
        path=PATH,
        sentence=title(listed, list(pools.values())),
        charts=True,
        sections=[section for section in found if section.panels or section.silent],
        slice=SLICE,
    )
    panels = [panel for section in found for panel in section.panels]
    charts = {panel.name: panel.chart for panel in panels}
    tables = {panel.name: downloads.contrasts(_rows_of(listed, panel.name), names) for panel in panels}
    return Page(PATH, html, [View(SLICE, tables, charts)])


def title(listed: Sequence[Row], pools: Sequence[Row]) -> str:
    """How many contrasts there are, how many may be pooled, and whether any were."""
    if not listed:
        return "No published contrast of acupuncture is on record yet."
    usable = sum(row["standing"] == "usable" for row in listed)
    pooled = sum(row["mode"] == "pooled_with_prediction_interval" for row in pools)
    groups = counted(pooled, "group of like ones is pooled", "groups of like ones are pooled")
    end = groups if pooled else "no three studies are alike enough to pool"
    return (
        f"{counted(len(listed), 'published contrast', 'published contrasts')} of acupuncture with sham or usual care: "
        f"{usable} with a checked number, and {end}."
    )


def _section(against: str, listed: Sequence[Row], pools: dict[str, Row], names: Names, stands: Release) -> Section:
    own = [row for row in listed if row["against"] == against]
    panels = [_panel(against, scale, own, pools, names, stands) for scale in SCALES.values()]
    return Section(
        id=against,
        heading=f"Against {AGAINST[against]}",
        sentence=_sentence(own, pools),
        panels=[panel for panel in panels if panel],
        silent=[_silent(row, names) for row in own if row["scale"] == "none"],
    )


def _sentence(own: Sequence[Row], pools: dict[str, Row]) -> str:
    studies = len({row["study"] for row in own})
    without = sum(row["effect"] is None for row in own)
    pooled = [
        pools[name]
        for name in sorted({row["pool"] for row in own})
        if name in pools and pools[name]["effect"] is not None
    ]
    said = f"{counted(len(own), 'contrast', 'contrasts')} of {counted(studies, 'study', 'studies')}"
    rest = f"; {without} without a usable number, each with its reason" if without else ""
    if pooled:
        return f"{said}{rest}."
    return f"{said}{rest}. No three studies share outcome and time, so none are pooled: they stand side by side."


def _panel(
    against: str, scale: Scale, own: Sequence[Row], pools: dict[str, Row], names: Names, stands: Release
) -> Panel | None:
    shown = [row for row in own if row["scale"] == scale.id]
    if not any(row["effect"] is not None for row in shown):
        return None
    groups = list(_groups(shown, pools, names))
    ordered = [row for group in groups for _, row in group.rows]
    heading = f"{scale.heading}, against {AGAINST[against]}"
    return Panel(
        name=f"{against}-{scale.id}",
        title=heading,
        subtitle=scale.subtitle,
        summary=_summary(scale, ordered, groups),
        chart=forest(scale, groups, heading, stands.registry),
        entries=[_entry(scale, row, names) for row in ordered],
        groups=[(group.heading, _pooling(scale, pools.get(group.rows[0][1]["pool"]))) for group in groups],
    )


def _groups(shown: Sequence[Row], pools: dict[str, Row], names: Names) -> Iterator[Group]:
    """Like contrasts together: trials by outcome and time, then what reviews pooled."""
    trials = sorted((row for row in shown if row["kind"] != "review"), key=_order)
    for pool in dict.fromkeys(row["pool"] for row in trials):
        own = [row for row in trials if row["pool"] == pool]
        found = pools.get(pool)
        pooled = found if found and found["effect"] is not None else None
        yield Group(_heading(own[0], names), [(_label(row, own, names), row) for row in own], pooled)
    reviews = sorted((row for row in shown if row["kind"] == "review"), key=_order)
    if reviews:
        yield Group("Pooled by reviews", [(f"{names.study(row['study'])}: {_short(row)}", row) for row in reviews])


def _order(row: Row) -> tuple[bool, str, int, str, str]:
    elsewhere = row["condition"] != USUAL_CONDITION
    return elsewhere, row["construct"], 10**6 if row["day"] is None else row["day"], row["pool"], row["study"]


def _heading(row: Row, names: Names) -> str:
    condition = "" if row["condition"] == USUAL_CONDITION else f", {clean(row['condition'], 60).replace('-', ' ')}"
    return f"{capital(clean(row['construct'], 60))}, {time_words(row, names)}{condition}"


def _label(row: Row, own: Sequence[Row], names: Names) -> str:
    """The study; where it has several contrasts in the group, also the side by which they differ."""
    study = names.study(row["study"])
    sides = [clean(other["arms"], 200).partition(" against ") for other in own if other["study"] == row["study"]]
    given, _, instead = clean(row["arms"], 200).partition(" against ")
    if len(sides) == 1:
        return study
    return f"{study}: {given}" if len({side[0] for side in sides}) == len(sides) else f"{study}: against {instead}"


def _short(row: Row) -> str:
    outcome = clean(row["outcome"], 120)
    inside = outcome.partition("(")[2].partition(",")[0].rstrip(")")
    return inside or outcome


def time_words(row: Row, names: Names) -> str:
    """When the outcome was measured: the endpoint, else the day."""
    named = names.endpoint(row["endpoint"])
    return named or (f"day {row['day']:,}" if row["day"] is not None else "time not known")


def _summary(scale: Scale, ordered: Sequence[Row], groups: Sequence[Group]) -> str:
    drawn = [row for row in ordered if row["effect"] is not None]
    trials = [row for row in drawn if row["standing"] == "usable"]
    clear = sum(row["effect_low"] > scale.zero for row in trials)
    pooled = [group for group in groups if group.pooled]
    of_trials = (
        f"{clear} of {counted(len(trials), 'checked contrast of a trial', 'checked contrasts of trials')} "
        f"{'has' if len(trials) == 1 else 'have'} an interval wholly in favour of acupuncture."
        if trials
        else "No contrast of a trial is both checked and of this kind."
    )
    told = "".join(
        f" Pooled, {group.heading}: {effect_words(scale, group.pooled)}." for group in pooled if group.pooled
    )
    without = len(ordered) - len(drawn)
    rest = f" {counted(without, 'row has', 'rows have')} no number and says why." if without == 1 else ""
    rest = rest or (f" {without} rows have no number and say why." if without else "")
    return of_trials + told + rest


def _pooling(scale: Scale, pool: Row | None) -> str:
    if pool is None:
        return "each is a pooling already"
    studies = counted(pool["studies"], "study", "studies")
    if pool["effect"] is None:
        return f"not pooled: {clean(pool['reason'])}"
    new = [scale.words(pool[part]) for part in ("prediction_low", "prediction_high")]
    return f"{effect_words(scale, pool)} from {studies}; a new trial is expected between {new[0]} and {new[1]}"


def _entry(scale: Scale, row: Row, names: Names) -> Entry:
    state = str({"usable": "checked", "pooling": "pooled by others"}.get(row["standing"], row["standing"]))
    return Entry(
        study=names.study(row["study"]),
        address=_address(row),
        sides=clean(row["arms"], 240),
        outcome=clean(row["outcome"], 240),
        time=time_words(row, names),
        printed=clean(row["printed"], 120) or "–",
        effect=_effect(scale, row),
        patients=f"{row['n']:,}" if row["n"] else "not known",
        basis=clean(row["basis"], 120) or "–",
        state=f"{state}: {clean(row['why_not'], 400)}" if row["why_not"] else state,
    )


def _effect(scale: Scale, row: Row) -> Rate | None:
    if row["effect"] is None:
        return None
    return Rate(effect_words(scale, row), *(attribute(row[part]) for part in ("effect", "effect_low", "effect_high")))


def _silent(row: Row, names: Names) -> tuple[str, str, str, str]:
    return names.study(row["study"]), _address(row), clean(row["arms"], 240), clean(row["why_not"], 240)


def _address(row: Row) -> str:
    """The record of the figure, or of the study where the contrast was worked out from several of its figures."""
    return record_address(row) if row["result"] else f"evidence/{slug(row['study'])}.html#record"


def _rows_of(listed: Sequence[Row], name: str) -> list[Row]:
    return [row for row in listed if f"{row['against']}-{row['scale']}" == name]
