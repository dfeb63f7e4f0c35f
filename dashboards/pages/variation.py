"""The variation page: is a clinic further from its network than its size allows? Funnels, never a ranking."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from dashboards.drawing import Chart
from dashboards.layout import Page, Release
from dashboards.marts import Marts, Row, rows
from dashboards.names import (
    Labels,
    Names,
    clinic_address,
    cohort_key,
    is_benchmark,
    names_of,
    record_address,
    role_words,
)
from dashboards.outcomes import CELL, CELL_OF_CLINIC, Outcome, by_outcome, largest, left_out, place_of
from dashboards.panels import Cell, Line, Listing, Panel, Planned, Section, download, pages_of
from dashboards.plain import clean, slug
from dashboards.planes import Curve, Plane, Spot, plane
from dashboards.shelf import Shelf
from dashboards.wording import about, counted, hidden, interval, listed, observed, percent, published, tenths
from schemas.clinic_variation import ClinicVariation

PATH = "variation.html"
LEAD = (
    "Each clinic stands beside those that treat the same condition in the same way. The curves show how far "
    "chance alone carries a clinic of that size. Outside the 95% limits is worth a look, outside the 99.8% limits"
    " unusual; the first thing to look at is the data: follow-up, coverage, coding. Clinics are not ranked."
)
SUBTITLE = (
    "Share of patients with an outcome who responded, against their number; who is missing stands in the table and "
    "with each mark. Solid line: the network's share. "
    "Dashed: 95% limits. Dotted: 99.8% limits. Circle: inside. Hollow diamond: worth a look. Filled diamond: "
    "unusual. Grey line across, where there is one: a published rate, which is not the target."
)
MARKS = {
    "usual": ("circle", "observed", False),
    "worth a look": ("diamond", "concern", True),
    "unusual": ("diamond", "concern", False),
}
COLUMNS = (
    ("Clinic", False),
    ("Rate (95% interval)", True),
    ("Patients with an outcome", True),
    ("Missing", True),
    ("Place in the funnel", False),
    ("Still flagged, all looks counted", False),
    ("Drawn towards the network", True),
    ("Adjusted for case mix", True),
)
DOWNLOADED = (
    "status", "responders", "analysed", "rate", "rate_low", "rate_high", "target", "alert_low", "alert_high",
    "alarm_low", "alarm_high", "zone", "side", "tail", "adjusted_tail", "stands_out", "phi", "widened",
    "shrunk_rate", "shrunk_low", "shrunk_high",
)  # fmt: skip
#: What is shown of a clinic's rate that was adjusted for case mix.
ADJUSTED = ("status", "expected_rate", "adjusted_rate", "adjusted_low", "adjusted_high")
#: What tells a network's limits from all others, and the curves that are drawn of them.
LIMITED = (*CELL, "period_kind", "period", "condition", "treatment")
CURVES = ("alarm_low", "alarm_high", "alert_low", "alert_high", "target")
FEWEST = 5
#: What the title is told from.
JUDGED = ("source", "cohort", "target", "zone", "stands_out")
ACROSS = "patients with an outcome, rounded"
#: Name, rate in percent, and a published figure as it stands among the facts.
Published = tuple[str, float, Cell]


def pages(marts: Marts, stands: Release, shelf: Shelf | None = None) -> list[Page]:
    """A page for every outcome with a funnel, those with most clinics first."""
    names = names_of(marts)
    found = by_outcome(marts, names, marts.clinic_variation.filter(period_kind="all"))
    drawn = [(outcome, network) for outcome, all_of in found for network in networks(all_of) if has_funnel(network)]
    sections = [_planned(marts, names, outcome, network) for outcome, network in _named_apart(drawn)]
    few = [outcome.name for outcome, all_of in found if not any(has_funnel(network) for network in networks(all_of))]
    others = {f"fewer than {FEWEST} clinics of one kind have a rate, so there is no funnel": few}
    sentence = title([rows(network.select(JUDGED)) for _, network in drawn])
    return pages_of(Listing(PATH, sentence, LEAD, others=others), stands, sections, shelf)


def networks(all_of: pl.DataFrame) -> list[pl.DataFrame]:
    """The rows of one outcome by network, in the order of condition and treatment."""
    return all_of.sort("condition", "treatment", maintain_order=True).partition_by(
        "condition", "treatment", maintain_order=True
    )


def has_funnel(network: pl.DataFrame) -> bool:
    """Whether a funnel could be made of the network."""
    return not network["target"].is_null().all()


def title(found: Sequence[Sequence[Row]]) -> str:
    """How many clinics lie outside a funnel's limits, and how many still do when every look is counted."""
    judged = [row for network in found for row in network if row["target"] is not None]
    if not judged:
        return "No outcome has enough clinics for a funnel yet."
    everyone, outside, flagged = (
        {(row["source"], row["cohort"]) for row in kept}
        for kept in (
            judged,
            [row for row in judged if row["zone"] in ("worth a look", "unusual")],
            [row for row in judged if row["stands_out"]],
        )
    )
    lie = "lies" if len(outside) == 1 else "lie"
    return (
        f"{len(outside)} of {counted(len(everyone), 'clinic', 'clinics')} {lie} outside the 95% limits of a funnel; "
        f"{len(flagged)} still when the number of clinics looked at is counted."
    )


def told(network: Sequence[Row], names: Names | Labels) -> str:
    """What one funnel shows."""
    judged = [row for row in network if row["target"] is not None]
    zones = Counter(row["zone"] for row in judged)
    target = percent(judged[0]["target"])
    parts = [f"{zones[zone]} {zone}{_who(judged, zone, names)}" for zone in ("unusual", "worth a look") if zones[zone]]
    parts.append(f"{zones['usual']} inside the limits")
    around = f"{counted(len(judged), 'clinic', 'clinics')} around a network share of {target}"
    return f"{around}: {listed(parts)}.{_unmarked(network)}"


def _unmarked(network: Sequence[Row]) -> str:
    """How many clinics the chart cannot show, so that none is thought to be missing."""
    without = sum(row["rate"] is None for row in network)
    return f" {counted(without, 'clinic has', 'clinics have')} no mark, and the table says why." if without else ""


def _who(judged: Sequence[Row], zone: str, names: Names | Labels) -> str:
    found = sorted(names.cohort(row) for row in judged if row["zone"] == zone)
    return f" ({listed(found)})" if len(found) <= 4 else ""


def spread_words(row: Row) -> str:
    """Whether the limits were widened because all clinics vary more than their sizes allow."""
    if row["phi"] is None:
        return "Exact limits. There are fewer than 10 clinics of 8 patients or more: too few to measure overdispersion."
    phi, most = f"{row['phi']:.1f}", f"{row['phi_threshold']:.1f}"
    if row["widened"]:
        return f"Widened limits: clinics vary {phi} times as much as their sizes allow; chance gives up to {most}."
    return f"Exact limits: clinics vary {phi} times as much as their sizes allow; chance gives up to {most}."


@dataclass(frozen=True)
class Funnel:
    """All that the funnel of one network is drawn from: its rows, its limits, its adjusted rates, published rates."""

    outcome: Outcome
    time: tuple[int, str, str]
    names: Labels
    network: pl.DataFrame
    limits: pl.DataFrame
    adjusted: pl.DataFrame
    published: Sequence[Published]


def _planned(marts: Marts, names: Names, outcome: Outcome, network: pl.DataFrame) -> Planned:
    time, theirs = names.time(outcome.endpoint), _published(marts, names, outcome)
    some = network.filter(pl.col("target").is_not_null()).row(0, named=True)
    same = {name: some[name] for name in CELL}
    adjusted = marts.standardised_rates.filter(**same).select(*CELL_OF_CLINIC, *ADJUSTED)
    missed = marts.observed_rates.filter(**same, period_kind="all").select(*CELL_OF_CLINIC, "missing")
    shown = network.select(*CELL_OF_CLINIC, "phi_threshold", *DOWNLOADED).join(
        missed, on=CELL_OF_CLINIC, how="left", maintain_order="left"
    )
    limits = _limits(marts, some)
    of = Funnel(outcome, time, names.labels(network), shown, limits, adjusted, theirs)
    return Planned(outcome.key, outcome.name, time, _section, of)


def _section(funnel: Funnel, stands: Release) -> Section:
    """The funnel of one network, made of what is given and nothing else."""
    outcome, names, whole, theirs = funnel.outcome, funnel.names, funnel.network, funnel.published
    network, kept = rows(whole), largest(whole, pl.col("analysed").max())
    adjusted = {place_of(row): row for row in rows(funnel.adjusted)}
    some = next(row for row in network if row["target"] is not None)
    summary = told(network, names)
    spots = [_spot(names, row) for row in network if row["target"] is not None]
    figure = _figure(rows(funnel.limits), spots, theirs, f"{outcome.name}. {summary}", stands)
    ordered = sorted(rows(kept), key=names.cohort)
    mixed = _standard_words([adjusted.get(place_of(row)) for row in network])
    panel = Panel(
        name="funnel",
        heading="Funnel of clinics",
        subtitle=SUBTITLE,
        summary=summary,
        chart=figure,
        columns=COLUMNS,
        lines=[_line(names, row, adjusted.get(place_of(row))) for row in ordered],
        download=download(ClinicVariation, DOWNLOADED, sorted(network, key=names.cohort), names),
    )
    return Section(
        key=outcome.key,
        choice=outcome.name,
        sentence=f"{outcome.name}. {summary}",
        facts=_facts(outcome, some, theirs, mixed),
        panels=[panel],
        slice=f"variation.{outcome.key}",
        clinics={cohort_key(row): names.cohort(row) for row in network},
        time=funnel.time,
        left_out=left_out(whole, kept, "the table (the funnel has every point)"),
    )


def _facts(outcome: Outcome, some: Row, theirs: Sequence[Published], mixed: str) -> list[tuple[str, str | Cell]]:
    return [
        ("Rule", outcome.sentence or outcome.name),
        ("Limits", spread_words(some)),
        *(("Published", cell) for _, _, cell in theirs),
        ("Case mix", mixed),
    ]


def _figure(
    limits: Sequence[Row], spots: list[Spot], theirs: Sequence[Published], title_: str, stands: Release
) -> Chart:
    """The funnel with its clinics; published rates are lines across it."""
    sizes = [row["size"] for row in limits]
    curves = [
        Curve(sizes, [tenths(row[name]) or 0.0 for row in limits], dash, "published", width, words)
        for name, dash, width, words in (
            ("alarm_low", "dot", 1.5, ""),
            ("alarm_high", "dot", 1.5, "99.8%"),
            ("alert_low", "dash", 1.5, "95%"),
            ("alert_high", "dash", 1.5, ""),
            ("target", "solid", 2, "network"),
        )
    ]
    across = [0, sizes[-1]] if sizes else [0, 1]
    curves += [Curve(across, [rate] * 2, "longdashdot", "published", 1, label[:22]) for label, rate, _ in theirs]
    return plane(Plane(spots, curves, ACROSS, title_, SUBTITLE, stands.source))


def _limits(marts: Marts, some: Row) -> pl.DataFrame:
    same = {name: some[name] for name in LIMITED}
    return marts.funnel_limits.filter(**same).sort("size", maintain_order=True).select("size", *CURVES)


def _spot(names: Labels, row: Row) -> Spot:
    symbol, colour, hollow = MARKS[row["zone"]]
    label = names.cohort(row)
    rate = observed(row["rate"], row["rate_low"], row["rate_high"]).words
    said = f"{label}: {rate} of {about(row['analysed'])}, {about(row['missing'])} missing, {row['zone']}"
    name = label if row["zone"] != "usual" else ""
    return Spot(cohort_key(row), row["analysed"], tenths(row["rate"]) or 0.0, symbol, colour, hollow, said, name)


def _line(names: Labels, row: Row, standard: Row | None) -> Line:
    if row["rate"] is None:
        return Line(
            cohort_key(row),
            names.cohort(row),
            [Cell(hidden(row)), *[Cell("–")] * (len(COLUMNS) - 2)],
            clinic_address(row),
        )
    receipt = names.receipt(row)
    where = row["zone"] if row["target"] is None or not row["side"] else f"{row['zone']}, {row['side']}"
    return Line(
        cohort_key(row),
        names.cohort(row),
        [
            Cell("", rate=observed(row["rate"], row["rate_low"], row["rate_high"]), address=receipt),
            Cell(about(row["analysed"]), str(row["analysed"])),
            Cell(about(row["missing"]), str(row["missing"])),
            Cell(where),
            Cell("–" if row["stands_out"] is None else "yes" if row["stands_out"] else "no"),
            _shrunk(row, receipt),
            _standardised(standard, receipt),
        ],
        clinic_address(row),
    )


def _shrunk(row: Row, receipt: str) -> Cell:
    if row["shrunk_rate"] is None:
        return Cell("–")
    return Cell("", rate=observed(row["shrunk_rate"], row["shrunk_low"], row["shrunk_high"]), address=receipt)


def _standardised(row: Row | None, receipt: str) -> Cell:
    if row is None or row["adjusted_rate"] is None:
        return Cell("–" if row is None else row["status"])
    return Cell("", rate=observed(row["adjusted_rate"], row["adjusted_low"], row["adjusted_high"]), address=receipt)


def _standard_words(found: Sequence[Row | None]) -> str:
    rated = [row for row in found if row is not None and row["adjusted_rate"] is not None]
    if not rated:
        return "Not adjusted: the network has too few clinics or responders for a model."
    spread = [row["expected_rate"] for row in rated]
    return (
        "Adjusted by a model of baseline, age, sex and duration in the network's patients: from their patients, "
        f"clinics are expected at {interval(min(spread), max(spread))}. The funnel itself is not adjusted."
    )


def _published(marts: Marts, names: Names, outcome: Outcome) -> list[Published]:
    """Published rates of the same rule and time that may carry a verdict: a line across, never the target."""
    return [
        (names.study(row["study"]), tenths(row["rate"]) or 0.0, _printed(row, names))
        for row in rows(marts.published_rates)
        if is_benchmark(row) and (row["definition"], row["endpoint"]) == (outcome.definition, outcome.endpoint)
    ]


def _printed(row: Row, names: Names) -> Cell:
    words = f" of {row['n']:,}, {role_words(row)}, {names.study(row['study'])}"
    return Cell(words, rate=published(row), address=record_address(row))


def _named_apart(drawn: Sequence[tuple[Outcome, pl.DataFrame]]) -> list[tuple[Outcome, pl.DataFrame]]:
    """Outcomes with several networks are told apart by treatment, in the name and in the address."""
    many = Counter(outcome.key for outcome, _ in drawn)
    return [
        (outcome, network) if many[outcome.key] == 1 else (_apart(outcome, network.row(0, named=True)), network)
        for outcome, network in drawn
    ]


def _apart(outcome: Outcome, row: Row) -> Outcome:
    return Outcome(
        key=slug(f"{outcome.key}.{row['condition']}.{row['treatment']}"),
        definition=outcome.definition,
        endpoint=outcome.endpoint,
        population=outcome.population,
        sentence=outcome.sentence,
        label=outcome.label,
        name=f"{outcome.name}, {clean(row['treatment'], 60)} for {clean(row['condition'], 60)}",
    )
