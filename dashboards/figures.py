"""The charts of the site, one function each: what a row shows. Where it stands is in `arrangement`."""

from collections.abc import Sequence
from math import ceil

from dashboards import sentences, theme
from dashboards.benchmarks import Benchmark, Compared, Own
from dashboards.canvas import chart
from dashboards.drawing import PERCENT_AXIS, Axis, Chart, Drawing, Line, Reference
from dashboards.groups import margin
from dashboards.marts import Row
from dashboards.names import Names, arm_label, context_label, is_checked
from dashboards.plain import clean
from dashboards.wording import about, difference, percent, points, printed, tenths

#: The axis of differences reaches at least this far, so that small differences look small.
LEAST_REACH = 30


def rates(found: Benchmark, source: str) -> Chart | None:
    """Observed rates with interval and bounds beside the published figure and its context; nothing if none may be."""
    if not found.listed:
        return None
    published = _published_lines(found)
    lines = [*published, *(_clinic_line(clinic) for clinic in found.listed)]
    reference = _published_reference(found, last=len(published) + len(found.drawn) - 1) if found.drawn else []
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
    band = "rate expected from the pooled studies and its 95% prediction interval"
    return (
        f"Share of patients who responded ({found.rule}). Dot and thick line: observed rate, 95% interval; "
        f"{_counted_missing(found.drawn)}. Thin capped bar: the rate if none or all of the missing had responded. "
        f"Dashed line and band: {band if found.pool else 'published rate and its 95% interval'}. "
        f"Hollow diamond, triangle or square: not verified, carries no verdict."
    )


def differences(found: Benchmark, source: str) -> Chart | None:
    """Observed minus published in percentage points; nothing where no difference may be drawn."""
    if not found.subtracted:
        return None
    lines = [_difference_line(clinic) for clinic in found.subtracted]
    size = margin(found.subtracted[0].row)
    last = len(lines) - 1
    references = [
        Reference(-size, f"−{size}", last, dash="dash"),
        Reference(0, "equal", last, dash="solid"),
        Reference(size, f"+{size}", last, dash="dash"),
    ]
    return chart(
        Drawing(
            lines=lines,
            axis=_points_axis(_reach(lines, size)),
            title=sentences.differences_summary(found),
            subtitle=differences_subtitle(found),
            source=source,
            references=references,
        )
    )


def differences_subtitle(found: Benchmark) -> str:
    """What the marks of the chart of differences mean, and how far its axis reaches."""
    size = margin(found.subtracted[0].row)
    reach = _reach([_difference_line(clinic) for clinic in found.subtracted], size)
    return (
        f"Observed minus published, percentage points. Dot and thick line: difference, 95% interval. "
        f"Thin capped bar: 90% limits however the missing are counted, which the verdict reads. "
        f"Dashed lines: the margin of ±{size} points, fixed before the data. "
        f"The axis shows −{reach} to +{reach} points only."
    )


def apart(found: Benchmark, source: str) -> Chart | None:
    """Rates that may not stand beside the published figure, without it; nothing where there is none."""
    if not any(clinic.own for clinic in found.apart):
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


SET_WORDS = {"itt-nri": "missing as non-response", "itt": "everyone", "completers": "completers"}
APART_SUBTITLE = (
    "Hollow dot and thick line: observed rate, 95% interval. "
    "Thin capped bar: the rate if none or all of the missing patients had responded."
)
ARMS_SUBTITLE = (
    "Response rates as printed, with 95% intervals derived by us where the number of patients is known. "
    "Diamond: treatment. Triangle: sham or placebo. Square: usual or guideline care. Cross: waiting list. "
    "Hollow: may carry no verdict. Rules and times differ between studies, so rows are not a ranking."
)


def arms(figures: Sequence[Row], names: Names, title: str, source: str) -> Chart:
    """Every published response rate by study and arm, with its interval; arms differ by shape."""
    lines: list[Line] = []
    for place, row in enumerate(figures):
        if place == 0 or figures[place - 1]["study"] != row["study"]:
            lines.append(Line(label=names.study(row["study"]), kind="heading"))
        lines.append(_figure_line(row, _row_label(row, figures, names)))
    return chart(Drawing(lines=lines, axis=PERCENT_AXIS, title=title, subtitle=ARMS_SUBTITLE, source=source))


def _published_lines(found: Benchmark) -> list[Line]:
    """The published rows on top; none where nothing may stand beside them."""
    if not found.drawn:
        return []
    main = _figure_line(found.figure, f"Published: {found.arm}")
    context = [_figure_line(row, context_label(row, found.study_label)) for row in found.context]
    return [*([_pool_line(found.pool)] if found.pool else []), main, *context]


def _figure_line(row: Row, label: str) -> Line:
    size = f" of {row['n']:,}" if row["n"] else ", n unknown"
    return Line(
        label=label,
        kind="published" if row["rate"] is not None else "words",
        centre=tenths(row["rate"]),
        low=tenths(row["rate_low"]),
        high=tenths(row["rate_high"]),
        symbol=theme.symbol(row["role"]),
        hollow=not row["carries_verdict"],
        value=f"{printed(row)}{size}{_standing(row)}",
        words="" if row["rate"] is not None else "No rate can be drawn from the printed figure",
    )


def _pool_line(row: Row) -> Line:
    return Line(
        label="Expected from the pooled studies",
        kind="published",
        centre=tenths(row["published_rate"]),
        low=tenths(row["published_low"]),
        high=tenths(row["published_high"]),
        symbol=theme.POOLED_SYMBOL,
        value=percent(row["published_rate"]),
    )


def _clinic_line(clinic: Compared) -> Line:
    if clinic.drawn and clinic.own:
        return _rated(clinic, clinic.own, hollow=False)
    return Line(label=clinic.label, kind="words", key=clinic.key, words=clinic.words)


def _apart_line(clinic: Compared) -> Line:
    if clinic.own:
        return _rated(clinic, clinic.own, hollow=True)
    return Line(label=clinic.label, kind="words", key=clinic.key, words=clinic.words)


def _rated(clinic: Compared, own: Own, *, hollow: bool) -> Line:
    bounded = own.bound_low is not None and own.bound_high is not None
    return Line(
        label=clinic.label,
        kind="observed",
        key=clinic.key,
        centre=tenths(own.rate),
        low=tenths(own.low),
        high=tenths(own.high),
        outer_low=tenths(own.bound_low) if bounded else None,
        outer_high=tenths(own.bound_high) if bounded else None,
        hollow=hollow,
        value=f"{percent(own.rate)} of {about(own.denominator)}",
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


def _row_label(row: Row, figures: Sequence[Row], names: Names) -> str:
    """Time and arm; where an arm has several figures at that time, also what tells them apart."""
    when = names.endpoint(row["endpoint"]) or (f"day {row['day']}" if row["day"] is not None else "time not known")
    arm = arm_label(row, names.study(row["study"]))
    twins = [each for each in figures if all(each[part] == row[part] for part in ("study", "arm", "endpoint", "day"))]
    if len({names.rule(each) for each in twins}) > 1:
        return f"{when}: {names.rule(row)}"
    if len({each["analysis_set"] for each in twins}) > 1:
        return f"{when}: {arm}, {SET_WORDS.get(row['analysis_set'], 'set not known')}"
    return f"{when}: {arm}"


def _standing(row: Row) -> str:
    """What kind of figure it is where it may carry no verdict; nothing where it may."""
    if row["carries_verdict"]:
        return ""
    if row["measure"] != "responder-percent":
        return f", {clean(row['measure'], 40).replace('-', ' ')}"
    return ", no verdict" if is_checked(row) else ", unverified"


def _published_reference(found: Benchmark, last: int) -> list[Reference]:
    pool, figure = found.pool, found.figure
    if pool:
        span = (pool["published_rate"], pool["published_low"], pool["published_high"])
        name, label = "Expected", percent(pool["published_rate"])
    else:
        span = (figure["rate"], figure["rate_low"], figure["rate_high"])
        name, label = found.study_label, printed(figure) + ("" if found.verified else ", unverified")
    value, low, high = (tenths(share) for share in span)
    return [] if value is None else [Reference(value, label, last, name, low, high)]


def _counted_missing(drawn: Sequence[Compared]) -> str:
    """Which patients the observed rates are of, so that no reader has to guess the denominator."""
    sets = {clinic.own.completers for clinic in drawn if clinic.own}
    if sets == {True}:
        return "it is of those with an outcome"
    if sets == {False}:
        return "missing patients count as non-responders, as in the study"
    return "missing patients count as in the study, where their number may be shown"


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
