"""Charts on two axes, and the marks and axes that they are made of: a funnel of clinics by size.

Small charts over time are in `small_charts`, rows of marks on one scale in `canvas`; marks mean the same in all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboards import theme
from dashboards.arrangement import framed
from dashboards.drawing import Chart, Json
from dashboards.plain import chart_text

HEIGHT = 460
NARROW_HEIGHT = 400
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


def plane(drawn: Plane) -> Chart:
    """The figure of a plane in its three layouts."""
    largest = max([spot.x for spot in drawn.spots] + [x for curve in drawn.curves for x in curve.x], default=1.0)
    traces = [line(curve, "x", "y") for curve in drawn.curves]
    traces += marks(drawn.spots, [spot.x for spot in drawn.spots], "x", "y")
    wide = layout_of(HEIGHT, {"l": 52, "r": 96, "t": 14, "b": 52})
    wide["xaxis"] = _across(drawn.x_title, largest)
    wide["yaxis"] = upward()
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


# --- marks ----------------------------------------------------------------------------------------------------


def line(curve: Curve, x: str, y: str) -> Json:
    """The trace of a line on the axes `x` and `y`."""
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


def marks(spots: Sequence[Spot], places: Sequence[float], x: str, y: str) -> list[Json]:
    """The trace of points at these places on the axes `x` and `y`; no trace where there is none."""
    if not spots:
        return []
    ground = theme.LIGHT["background"]
    colours = [theme.LIGHT[spot.colour] for spot in spots]
    hollow = [spot.hollow for spot in spots]
    marker = {
        "symbol": _once([spot.symbol for spot in spots]),
        "size": theme.MARKER,
        "color": _once([ground if empty else colour for empty, colour in zip(hollow, colours, strict=True)]),
        "opacity": 1,
        "line": {
            "color": _once([colour if empty else ground for empty, colour in zip(hollow, colours, strict=True)]),
            "width": _once([2 if empty else 1 for empty in hollow]),
        },
    }
    where = {"x": list(places), "y": [spot.y for spot in spots], "xaxis": x, "yaxis": y}
    told = [chart_text(spot.told) for spot in spots]
    return [where | {"type": "scatter", "mode": "markers", "marker": marker, "text": told, "hoverinfo": "text"}]


def _once(values: Sequence[Any]) -> Any:
    """What holds for every mark of a trace is said once."""
    return values[0] if len(set(values)) == 1 else values


# --- layouts --------------------------------------------------------------------------------------------------


def layout_of(height: int, margin: dict[str, int]) -> Json:
    """What every chart on two axes looks like before it has axes."""
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


def plain_axis() -> Json:
    """An axis that is read, not moved."""
    muted = theme.LIGHT["muted"]
    return {
        **theme.READ_AXIS,
        "gridcolor": theme.LIGHT["grid"],
        "gridwidth": 1,
        "zeroline": False,
        "tickcolor": muted,
        "tickfont": {"color": muted},
    }


def upward() -> Json:
    """The axis of percent."""
    ticks = {"tickvals": list(PERCENT_TICKS), "ticktext": [f"{tick}%" for tick in PERCENT_TICKS]}
    return plain_axis() | ticks | {"range": [-2, 102]}


def _across(title: str, largest: float) -> Json:
    worded = {"text": chart_text(title, 80), "font": {"color": theme.LIGHT["muted"], "size": theme.AXIS_SIZE}}
    return plain_axis() | {"title": worded, "range": [0, largest * 1.03], "showgrid": False, "rangemode": "tozero"}


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
