"""Charts on two axes: a funnel of clinics by size, and small charts over time side by side.

Rows of marks on one scale are in `canvas`. Colours and marks mean here what they mean there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

from dashboards import theme
from dashboards.arrangement import framed
from dashboards.drawing import Chart, Json
from dashboards.plain import chart_text

HEIGHT = 460
NARROW_HEIGHT = 400
PANEL_HEIGHT = 190
PANELS_WIDE = 3
PERCENT_TICKS = (0, 25, 50, 75, 100)
#: Names that are written beside their points; the table has them all.
MOST_NAMED = 6
#: What a character of a name takes of the width, and a name of the height in percent, with some room.
CHARACTER_SHARE = 0.0085
NAME_HEIGHT = 6.0


@dataclass(frozen=True)
class Spot:
    """One point of a plane: positions in its units; `colour` is a role, `name` is written beside it if not empty."""

    key: str
    x: float
    y: float
    symbol: str
    colour: str
    hollow: bool
    told: str
    name: str = ""


@dataclass(frozen=True)
class Curve:
    """A line through points; `colour` is a role, `name` is written at its right end."""

    x: Sequence[float]
    y: Sequence[float]
    dash: str
    colour: str
    width: float = 1.5
    name: str = ""


@dataclass(frozen=True)
class Plane:
    """Everything that a chart on two axes shows; y is in percent."""

    spots: Sequence[Spot]
    curves: Sequence[Curve]
    x_title: str
    title: str
    subtitle: str
    source: str


@dataclass(frozen=True)
class Small:
    """One small chart: a name, a point for each of its periods, and limits where there are any."""

    name: str
    periods: Sequence[str]
    spots: Sequence[Spot]
    mean: float | None
    lower: float | None
    upper: float | None
    trial: bool
    words: str


def plane(drawn: Plane) -> Chart:
    """The figure of a plane in its three layouts."""
    largest = max([spot.x for spot in drawn.spots] + [x for curve in drawn.curves for x in curve.x], default=1.0)
    traces = [_line(curve, "x", "y") for curve in drawn.curves] + _marks(drawn.spots, "x", "y")
    wide = _layout(HEIGHT, {"l": 52, "r": 96, "t": 14, "b": 52})
    wide["xaxis"] = _across(drawn.x_title, largest)
    wide["yaxis"] = _upward()
    wide["annotations"] = [*_ends(drawn.curves), *(_beside(spot, largest) for spot in _named(drawn.spots, largest))]
    narrow = wide | {"height": NARROW_HEIGHT, "margin": wide["margin"] | {"r": 16}, "annotations": []}
    return Chart(
        traces=traces,
        wide=wide,
        narrow=narrow,
        png=framed(wide, drawn.title, drawn.subtitle, drawn.source),
        places={},
        points={spot.key: (spot.x, spot.y) for spot in drawn.spots},
    )


def small_multiples(panels: Sequence[Small], title: str, subtitle: str, source: str) -> Chart:
    """Small charts with one scale and one order of periods: three to a row, one to a row on a phone."""
    periods = sorted({period for panel in panels for period in panel.periods})
    traces: list[Json] = []
    for at, panel in enumerate(panels):
        x, y = _axis("x", at), _axis("y", at)
        spots = _in_time(panel, periods)
        traces += [_line(curve, x, y) for curve in _limits_of(panel, spots)]
        traces += _marks(spots, x, y)
    wide = _grid(panels, periods, PANELS_WIDE)
    return Chart(
        traces=traces,
        wide=wide,
        narrow=_grid(panels, periods, 1),
        png=framed(wide, title, subtitle, source),
        places={},
    )


# --- marks ----------------------------------------------------------------------------------------------------


def _line(curve: Curve, x: str, y: str) -> Json:
    return {
        "type": "scatter",
        "x": list(curve.x),
        "y": list(curve.y),
        "mode": "lines",
        "line": {"color": theme.LIGHT[curve.colour], "width": curve.width, "dash": curve.dash},
        "hoverinfo": "skip",
        "xaxis": x,
        "yaxis": y,
    }


def _marks(spots: Sequence[Spot], x: str, y: str) -> list[Json]:
    if not spots:
        return []
    ground = theme.LIGHT["background"]
    colours = [theme.LIGHT[spot.colour] for spot in spots]
    hollow = [spot.hollow for spot in spots]
    marker = {
        "symbol": [spot.symbol for spot in spots],
        "size": theme.MARKER,
        "color": [ground if empty else colour for empty, colour in zip(hollow, colours, strict=True)],
        "opacity": 1,
        "line": {
            "color": [colour if empty else ground for empty, colour in zip(hollow, colours, strict=True)],
            "width": [2 if empty else 1 for empty in hollow],
        },
    }
    where = {"x": [spot.x for spot in spots], "y": [spot.y for spot in spots], "xaxis": x, "yaxis": y}
    told = [chart_text(spot.told) for spot in spots]
    return [where | {"type": "scatter", "mode": "markers", "marker": marker, "text": told, "hoverinfo": "text"}]


def _in_time(panel: Small, periods: Sequence[str]) -> list[Spot]:
    """The points of a small chart at the places of their periods; one that is not shown leaves its place empty."""
    order = {period: place for place, period in enumerate(periods)}
    return [replace(spot, x=order[period]) for spot, period in zip(panel.spots, panel.periods, strict=True)]


def _limits_of(panel: Small, spots: Sequence[Spot]) -> list[Curve]:
    """The points' line, and mean and limits from the first to the last; limits on trial are dotted."""
    line = Curve([spot.x for spot in spots], [spot.y for spot in spots], "solid", "published", 1.0)
    if panel.mean is None or panel.lower is None or panel.upper is None:
        return [line]
    ends = [spots[0].x - 0.4, spots[-1].x + 0.4]
    dash = "dot" if panel.trial else "dash"
    across = [
        Curve(ends, [level] * 2, shape, "published", 1.5)
        for level, shape in ((panel.mean, "solid"), (panel.lower, dash), (panel.upper, dash))
    ]
    return [line, *across]


# --- layouts --------------------------------------------------------------------------------------------------


def _layout(height: int, margin: dict[str, int]) -> Json:
    return {
        "annotations": [],
        "dragmode": False,
        "font": {"family": theme.FONT, "size": theme.AXIS_SIZE, "color": theme.LIGHT["text"]},
        "height": height,
        "hoverlabel": {"bgcolor": theme.LIGHT["panel"], "font": {"color": theme.LIGHT["text"]}},
        "hovermode": "closest",
        "margin": margin,
        "paper_bgcolor": theme.LIGHT["background"],
        "plot_bgcolor": theme.LIGHT["background"],
        "shapes": [],
        "showlegend": False,
    }


def _plain_axis() -> Json:
    muted = theme.LIGHT["muted"]
    return {
        "fixedrange": True,
        "gridcolor": theme.LIGHT["grid"],
        "gridwidth": 1,
        "zeroline": False,
        "tickcolor": muted,
        "tickfont": {"color": muted},
    }


def _upward() -> Json:
    ticks = {"tickvals": list(PERCENT_TICKS), "ticktext": [f"{tick}%" for tick in PERCENT_TICKS]}
    return _plain_axis() | ticks | {"range": [-2, 102]}


def _across(title: str, largest: float) -> Json:
    worded = {"text": chart_text(title, 80), "font": {"color": theme.LIGHT["muted"], "size": theme.AXIS_SIZE}}
    return _plain_axis() | {"title": worded, "range": [0, largest * 1.03], "showgrid": False, "rangemode": "tozero"}


def _axis(letter: str, at: int) -> str:
    return letter if at == 0 else f"{letter}{at + 1}"


def _grid(panels: Sequence[Small], periods: Sequence[str], columns: int) -> Json:
    """The axes and headings of small charts, so many to a row."""
    rows = max(1, ceil(len(panels) / columns))
    layout = _layout(rows * PANEL_HEIGHT + 24, {"l": 46, "r": 12, "t": 8, "b": 16})
    gap, tall = 0.04, 1 / rows
    for at, panel in enumerate(panels):
        row, column = divmod(at, columns)
        left, width = column / columns, 1 / columns - (gap if columns > 1 else 0)
        top = 1 - row * tall
        across, upward = _axis("xaxis", at), _axis("yaxis", at)
        layout[across] = _periods_axis(periods) | {
            "domain": [left, left + width],
            "anchor": _axis("y", at),
        }
        layout[upward] = _upward() | {
            "domain": [max(0.0, top - tall + 32 / layout["height"]), top - 34 / layout["height"]],
            "anchor": _axis("x", at),
            "showticklabels": column == 0,
            "tickvals": [0, 50, 100],
            "ticktext": ["0%", "50%", "100%"],
        }
        layout["annotations"].append(_heading(panel, left, top))
    return layout


def _periods_axis(periods: Sequence[str]) -> Json:
    step = max(1, ceil(len(periods) / 4))
    shown = list(range(0, len(periods), step))
    return _plain_axis() | {
        "range": [-0.6, max(len(periods), 1) - 0.4],
        "showgrid": False,
        "tickvals": shown,
        "ticktext": [periods[place].replace("-", " ") for place in shown],
        "tickangle": 0,
    }


def _heading(panel: Small, left: float, top: float) -> Json:
    text = f"<b>{chart_text(panel.name, 30)}</b><br>{chart_text(panel.words, 44)}"
    return {
        "text": text,
        "showarrow": False,
        "xref": "paper",
        "yref": "paper",
        "x": left,
        "y": top,
        "xanchor": "left",
        "yanchor": "top",
        "align": "left",
        "font": {"color": theme.LIGHT["text"], "size": theme.AXIS_SIZE},
    }


def _ends(curves: Sequence[Curve]) -> list[Json]:
    """The names of curves at their right ends: the highest above its line, the lowest below it, clear of the middle."""
    named = sorted((curve for curve in curves if curve.name and len(curve.x)), key=lambda curve: curve.y[-1])
    anchors = {0: "top", len(named) - 1: "bottom"}
    return [
        {
            "text": chart_text(curve.name, 24),
            "showarrow": False,
            "x": curve.x[-1],
            "y": curve.y[-1],
            "xanchor": "left",
            "yanchor": anchors.get(place, "middle") if len(named) > 1 else "middle",
            "xshift": 10,
            "font": {"color": theme.LIGHT["muted"], "size": theme.AXIS_SIZE},
        }
        for place, curve in enumerate(named)
    ]


def _named(spots: Sequence[Spot], largest: float) -> list[Spot]:
    """The points whose names can be written beside them without touching another name; the others are in the table."""
    wide, high = largest * CHARACTER_SHARE, NAME_HEIGHT
    kept: list[Spot] = []
    for spot in sorted((spot for spot in spots if spot.name), key=lambda spot: (-abs(spot.y - 50), spot.key)):
        free = all(
            abs(spot.x - other.x) > wide * (len(spot.name) + len(other.name)) / 2 or abs(spot.y - other.y) > high
            for other in kept
        )
        if free and len(kept) < MOST_NAMED:
            kept.append(spot)
    return kept


def _beside(spot: Spot, largest: float) -> Json:
    """A name above its point, or below it in the lower half; at either side it keeps inside the plane."""
    below = spot.y < 50
    return {
        "text": chart_text(spot.name, 30),
        "showarrow": False,
        "x": spot.x,
        "y": spot.y,
        "xanchor": "right" if spot.x > 0.85 * largest else "left" if spot.x < 0.15 * largest else "center",
        "yanchor": "top" if below else "bottom",
        "yshift": -9 if below else 9,
        "bgcolor": theme.LIGHT["background"],
    }
