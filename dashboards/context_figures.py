"""The charts of the context page: contrasts as rows under headings, one chart per scale. Laying out is `canvas`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log2

from dashboards import theme
from dashboards.canvas import chart
from dashboards.drawing import Axis, Chart, Drawing, Line, Reference
from dashboards.marts import Row
from dashboards.plain import clean
from dashboards.wording import capital

#: At least this much of the axis of points is shown, so that small differences look small.
LEAST = (-20, 30)
#: How long a doubling is on the axis of ratios.
DOUBLING = 20
ENDS = ("comparator better", "acupuncture better")
STANDING_WORDS = {
    "usable": "",
    "pooling": "",
    "unverified": ", unverified",
    "different": ", not alike",
    "no number": "",
}


@dataclass(frozen=True)
class Scale:
    """How effects of one scale are drawn and written: `place` puts an effect on the axis."""

    id: str
    heading: str
    subtitle: str
    zero: float
    place: Callable[[float], float]
    words: Callable[[float], str]


def points(effect: float) -> str:
    """A share as signed points with one decimal: "+3.4"."""
    return signed(100 * effect, 1)


def signed(number: float, decimals: int) -> str:
    """A signed number with a true minus; nothing in front of a zero."""
    told = f"{abs(number):.{decimals}f}"
    sign = "" if float(told) == 0 else "+" if number > 0 else "−"
    return f"{sign}{told}"


MARKS = "Filled diamond: may be pooled. Hollow: not verified, or not alike. Hexagon: pooled. Line: 95% interval."
SCALES = {
    "difference": Scale(
        "difference",
        "Share of patients who responded",
        f"Responders with acupuncture minus responders without, percentage points. {MARKS}",
        0.0,
        lambda effect: 100 * effect,
        points,
    ),
    "ratio": Scale(
        "ratio",
        "How many times as many responded",
        f"Share of responders with acupuncture divided by that without; each grid line doubles. {MARKS}",
        1.0,
        lambda effect: DOUBLING * log2(effect),
        lambda effect: f"{effect:.2f}",
    ),
    "score": Scale(
        "score",
        "Mean scores",
        f"Mean improvement beyond the comparator; every score is stretched to a scale from 0 to 100. {MARKS}",
        0.0,
        lambda effect: 100 * effect,
        points,
    ),
    "standardised": Scale(
        "standardised",
        "Pooled by others, in standard deviations",
        f"Mean difference as reviews pooled it, in standard deviations of the outcome. {MARKS}",
        0.0,
        lambda effect: 100 * effect,
        lambda effect: signed(effect, 2),
    ),
}


@dataclass(frozen=True)
class Group:
    """Contrasts under one heading, with what they give when pooled."""

    heading: str
    rows: Sequence[tuple[str, Row]]
    pooled: Row | None = None


def forest(scale: Scale, groups: Sequence[Group], title: str, source: str) -> Chart:
    """Every contrast of one scale, group by group; a row without a number says why."""
    lines = [line for group in groups for line in _lines(scale, group)]
    zero = Reference(scale.place(scale.zero), "no difference", len(lines) - 1, dash="solid")
    return chart(
        Drawing(
            lines=lines,
            axis=_axis(scale, lines),
            title=title,
            subtitle=scale.subtitle,
            source=source,
            references=[zero],
        )
    )


def effect_words(scale: Scale, row: Row) -> str:
    """An effect with its interval: "+3.4 (−3.7 to +10.3)"; empty where there is none."""
    if row["effect"] is None:
        return ""
    told = [scale.words(row[part]) for part in ("effect", "effect_low", "effect_high")]
    return f"{told[0]} ({told[1]} to {told[2]})"


def _lines(scale: Scale, group: Group) -> list[Line]:
    lines = [Line(label=group.heading, kind="heading")]
    lines += [_line(scale, label, row) for label, row in group.rows]
    if group.pooled:
        pooled = group.pooled
        lines.append(_mark(scale, "Pooled", pooled, theme.POOLED_SYMBOL))
        new = pooled | {"effect_low": pooled["prediction_low"], "effect_high": pooled["prediction_high"]}
        lines.append(_mark(scale, "Expected in a new trial", new, theme.POOLED_SYMBOL, hollow=True))
    return lines


def _line(scale: Scale, label: str, row: Row) -> Line:
    if row["effect"] is None:
        return Line(label=label, kind="words", words=capital(_first_reason(row)))
    standing = row["standing"]
    symbol = theme.POOLED_SYMBOL if row["kind"] == "review" else theme.symbol("active")
    hollow = standing not in ("usable", "pooling")
    return _mark(scale, label, row, symbol, hollow=hollow, further=STANDING_WORDS[standing])


def _first_reason(row: Row) -> str:
    """The first reason without its particulars, short enough for a phone; the table has them all."""
    return clean(row["why_not"], 240).partition(";")[0].partition(":")[0]


def _mark(scale: Scale, label: str, row: Row, symbol: str, *, hollow: bool = False, further: str = "") -> Line:
    return Line(
        label=label,
        kind="published",
        centre=round(scale.place(row["effect"]), 3),
        low=round(scale.place(row["effect_low"]), 3),
        high=round(scale.place(row["effect_high"]), 3),
        symbol=symbol,
        hollow=hollow,
        value=effect_words(scale, row) + further,
    )


def _axis(scale: Scale, lines: Sequence[Line]) -> Axis:
    drawn = [end for line in lines for end in (line.low, line.high) if end is not None]
    if scale.id == "ratio":
        ends = (
            floor(min([-1.0, *(end / DOUBLING for end in drawn)])),
            ceil(max([2.0, *(e / DOUBLING for e in drawn)])),
        )
        ticks = tuple((float(tick * DOUBLING), _times(tick)) for tick in range(ends[0], ends[1] + 1))
        return Axis(ends[0] * DOUBLING, ends[1] * DOUBLING, ticks, *ENDS)
    if scale.id == "standardised":
        ends = (floor(min([-20.0, *drawn]) / 20), ceil(max([80.0, *drawn]) / 20))
        ticks = tuple((20.0 * tick, signed(tick / 5, 1)) for tick in range(ends[0], ends[1] + 1))
        return Axis(20 * ends[0], 20 * ends[1], ticks, *ENDS)
    low, high = (floor(min([LEAST[0], *drawn]) / 10) * 10, ceil(max([LEAST[1], *drawn]) / 10) * 10)
    step = 10 if high - low <= 60 else 20
    marked = range(-(-low // step) * step, high + 1, step)
    return Axis(low, high, tuple((float(tick), signed(tick, 0)) for tick in marked), *ENDS)


def _times(doublings: int) -> str:
    return {-3: "⅛", -2: "¼", -1: "½"}.get(doublings) or (f"{2**doublings}" if doublings >= 0 else f"1/{2**-doublings}")
