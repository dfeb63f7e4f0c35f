"""The charts of the site, one function each: what a row shows. Where it stands is in `arrangement`."""

from collections.abc import Sequence
from math import ceil

from dashboards import sentences, theme
from dashboards.benchmarks import Benchmark, Compared, Names, arm_label, context_label, is_checked
from dashboards.canvas import chart
from dashboards.drawing import PERCENT_AXIS, Axis, Chart, Drawing, Line, Reference
from dashboards.groups import margin, pooled
from dashboards.marts import Row
from dashboards.wording import about, difference, percent, points, printed, tenths

#: The axis of differences reaches at least this far, so that small differences look small.
LEAST_REACH = 30


def rates(found: Benchmark, source: str) -> Chart:
    """Observed rates with interval and missing-data bounds beside the published figure and its context."""
    published = _published_lines(found)
    drawn = len(found.drawn)
    lines = [*published, *(_clinic_line(clinic) for clinic in found.clinics)]
    reference = _published_reference(found, last=len(published) + drawn - 1) if drawn else []
    return chart(
        Drawing(
            lines=lines,
            axis=PERCENT_AXIS,
            title=sentences.benchmark(found),
            subtitle=rates_subtitle(found),
            source=source,
            references=reference,
        )
    )


def rates_subtitle(found: Benchmark) -> str:
    """What the marks of the chart of rates mean."""
    band = "95% prediction interval" if _is_pooled(found) else "95% interval"
    return (
        f"Share of patients who responded ({found.rule}). Dot and thick line: observed rate, 95% interval. "
        f"Thin capped bar: the rate if none or all of the missing patients had responded. "
        f"Dashed line and band: published rate and its {band}. Hollow marks: published figure not verified."
    )


def differences(found: Benchmark, source: str) -> Chart | None:
    """Observed minus published in percentage points; nothing where no difference may be drawn."""
    shown = [clinic for clinic in found.drawn if clinic.row["difference"] is not None]
    if not shown:
        return None
    lines = [_difference_line(clinic) for clinic in shown]
    reach = _reach(lines, margin(shown[0].row))
    size = margin(shown[0].row)
    last = len(lines) - 1
    references = [
        Reference(-size, f"−{size}", last, dash="dash"),
        Reference(0, "equal", last, dash="solid"),
        Reference(size, f"+{size}", last, dash="dash"),
    ]
    return chart(
        Drawing(
            lines=lines,
            axis=_points_axis(reach),
            title=sentences.differences_summary(found),
            subtitle=differences_subtitle(found),
            source=source,
            references=references,
        )
    )


def differences_subtitle(found: Benchmark) -> str:
    """What the marks of the chart of differences mean, and how far its axis reaches."""
    shown = [clinic for clinic in found.drawn if clinic.row["difference"] is not None]
    size = margin(shown[0].row)
    reach = _reach([_difference_line(clinic) for clinic in shown], size)
    return (
        f"Observed minus published, percentage points. Dot and thick line: difference, 95% interval. "
        f"Thin capped bar: 90% limits however the missing are counted, which the verdict reads. "
        f"Dashed lines: the margin of ±{size} points, fixed before the data. "
        f"The axis shows −{reach} to +{reach} points only."
    )


def apart(found: Benchmark, source: str) -> Chart | None:
    """Rates that may not stand beside the published figure, without it; nothing where there is none."""
    if not any(clinic.row["observed_rate"] is not None for clinic in found.apart):
        return None
    return chart(
        Drawing(
            lines=[_apart_line(clinic) for clinic in found.apart],
            axis=PERCENT_AXIS,
            title=sentences.apart_summary(found),
            subtitle=APART_SUBTITLE,
            source=source,
        )
    )


APART_SUBTITLE = (
    "Hollow dot and thick line: observed rate, 95% interval. "
    "Thin capped bar: the rate if none or all of the missing patients had responded."
)
ARMS_SUBTITLE = (
    "Response rates as printed, with 95% intervals derived by us where the number of patients is known. "
    "Diamond: treatment. Triangle: sham or placebo. Square: usual or guideline care. Cross: waiting list. "
    "Hollow: not verified. Rules and times differ between studies, so rows are not a ranking."
)


def arms(figures: Sequence[Row], names: Names, title: str, source: str) -> Chart:
    """Every published response rate by study and arm, with its interval; arms differ by shape."""
    lines: list[Line] = []
    for place, row in enumerate(figures):
        if place == 0 or figures[place - 1]["study"] != row["study"]:
            lines.append(Line(label=names.study(row["study"]), kind="heading"))
        lines.append(_arm_line(row, names))
    return chart(Drawing(lines=lines, axis=PERCENT_AXIS, title=title, subtitle=ARMS_SUBTITLE, source=source))


def _published_lines(found: Benchmark) -> list[Line]:
    if not found.drawn:
        return []
    if found.figure is None:
        return [_pool_line(found)]
    verified = found.verified
    main = _figure_line(found.figure, f"Published: {found.arm}", hollow=not verified, pool=_pool(found))
    context = [
        _figure_line(row, context_label(row, found.study_label), hollow=not is_checked(row)) for row in found.context
    ]
    return [main, *context]


def _figure_line(row: Row, label: str, *, hollow: bool, pool: Row | None = None) -> Line:
    size = f" of {row['n']:,}" if row["n"] else ", n unknown"
    span = (pool["published_low"], pool["published_high"]) if pool else (row["rate_low"], row["rate_high"])
    return Line(
        label=label,
        kind="published" if row["rate"] is not None else "words",
        centre=tenths(row["rate"]),
        low=tenths(span[0]),
        high=tenths(span[1]),
        symbol=theme.symbol(row["role"]),
        hollow=hollow,
        value=f"{printed(row)}{size}{', unverified' if hollow else ''}",
        words="" if row["rate"] is not None else "No rate can be drawn from the printed figure",
    )


def _pool_line(found: Benchmark) -> Line:
    row = found.drawn[0].row
    return Line(
        label="Published: studies pooled",
        kind="published",
        centre=tenths(row["published_rate"]),
        low=tenths(row["published_low"]),
        high=tenths(row["published_high"]),
        symbol=theme.symbol("active"),
        value=f"{percent(row['published_rate'])} expected" if row["published_rate"] is not None else "",
    )


def _clinic_line(clinic: Compared) -> Line:
    if not clinic.drawn:
        return Line(label=clinic.label, kind="words", key=clinic.key, words=clinic.words)
    return _rated(clinic, hollow=False)


def _apart_line(clinic: Compared) -> Line:
    row = clinic.row
    if row["observed_rate"] is None:
        return Line(label=clinic.label, kind="words", key=clinic.key, words=clinic.words)
    return _rated(clinic, hollow=True)


def _rated(clinic: Compared, *, hollow: bool) -> Line:
    row = clinic.row
    return Line(
        label=clinic.label,
        kind="observed",
        key=clinic.key,
        centre=tenths(row["observed_rate"]),
        low=tenths(row["observed_low"]),
        high=tenths(row["observed_high"]),
        outer_low=tenths(row["bound_low"]) if row["bound_high"] is not None else None,
        outer_high=tenths(row["bound_high"]) if row["bound_low"] is not None else None,
        hollow=hollow,
        value=f"{percent(row['observed_rate'])} of {about(row['analysed'])}",
    )


def _difference_line(clinic: Compared) -> Line:
    row = clinic.row
    told = difference(row)
    return Line(
        label=clinic.label,
        kind="observed",
        key=clinic.key,
        centre=tenths(row["difference"]),
        low=tenths(row["difference_low"]),
        high=tenths(row["difference_high"]),
        outer_low=tenths(row["difference_low90"]),
        outer_high=tenths(row["difference_high90"]),
        value=told.words if told else f"{points(row['difference'])}",
    )


def _arm_line(row: Row, names: Names) -> Line:
    label = arm_label(row, names.study(row["study"]))
    when = names.endpoint(row["endpoint"]) or (f"day {row['day']}" if row["day"] is not None else "time not known")
    return _figure_line(row, f"{label}, {when}", hollow=not is_checked(row))


def _published_reference(found: Benchmark, last: int) -> list[Reference]:
    row = found.drawn[0].row
    figure = found.figure
    value = tenths(row["published_rate"]) or (tenths(figure["rate"]) if figure else None)
    if value is None:
        return []
    shown = printed(figure) if figure and not _is_pooled(found) else f"{value:.0f}% expected"
    span = (row["published_low"], row["published_high"])
    low, high = span if None not in span or figure is None else (figure["rate_low"], figure["rate_high"])
    label = f"{found.study_label}: {shown}" + ("" if found.verified else ", unverified")
    return [Reference(value, label, last, low=tenths(low), high=tenths(high))]


def _pool(found: Benchmark) -> Row | None:
    return next((clinic.row for clinic in found.drawn if pooled(clinic.row)), None)


def _is_pooled(found: Benchmark) -> bool:
    return _pool(found) is not None


def _reach(lines: Sequence[Line], size: int) -> int:
    ends = [
        abs(end) for line in lines for end in (line.low, line.high, line.outer_low, line.outer_high) if end is not None
    ]
    return max(LEAST_REACH, ceil((size + 5) / 10) * 10, ceil(max(ends, default=0.0) / 10) * 10)


def _points_axis(reach: int) -> Axis:
    step = 10 if reach <= 50 else 20
    positive = range(0, reach + 1, step)
    ticks = sorted({-tick for tick in positive} | set(positive))
    marked = tuple((float(tick), f"{'+' if tick > 0 else '−' if tick < 0 else ''}{abs(tick)}") for tick in ticks)
    return Axis(-reach, reach, marked, left="fewer responded", right="more responded")
