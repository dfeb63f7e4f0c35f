"""Small charts over time side by side, with one scale and one order of periods; marks and axes are from `planes`."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from dashboards import theme
from dashboards.arrangement import framed
from dashboards.drawing import Chart, Json
from dashboards.plain import chart_text
from dashboards.planes import Curve, Spot, layout_of, line, marks, plain_axis, upward

PANEL_HEIGHT = 190
PANELS_WIDE = 3


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


def small_multiples(panels: Sequence[Small], title: str, subtitle: str, source: str) -> Chart:
    """Small charts with one scale and one order of periods: three to a row, one to a row on a phone."""
    periods = sorted({period for panel in panels for period in panel.periods})
    order = {period: place for place, period in enumerate(periods)}
    traces: list[Json] = []
    for at, panel in enumerate(panels):
        x, y = _axis("x", at), _axis("y", at)
        places = [order[period] for period in panel.periods]
        traces += [line(curve, x, y) for curve in _limits_of(panel, places)]
        traces += marks(panel.spots, places, x, y)
    wide = _grid(panels, periods, PANELS_WIDE)
    return Chart(
        traces=traces,
        wide=wide,
        narrow=_grid(panels, periods, 1),
        png=framed(wide, title, subtitle, source),
        places={},
    )


def _limits_of(panel: Small, places: Sequence[int]) -> list[Curve]:
    """The points' line, and mean and limits from the first to the last; limits on trial are dotted.

    A period that is not shown leaves its place empty.
    """
    joined = Curve(places, [spot.y for spot in panel.spots], "solid", "published", 1.0)
    if panel.mean is None or panel.lower is None or panel.upper is None:
        return [joined]
    ends = [places[0] - 0.4, places[-1] + 0.4]
    dash = "dot" if panel.trial else "dash"
    across = [
        Curve(ends, [level] * 2, shape, "published", 1.5)
        for level, shape in ((panel.mean, "solid"), (panel.lower, dash), (panel.upper, dash))
    ]
    return [joined, *across]


def _grid(panels: Sequence[Small], periods: Sequence[str], columns: int) -> Json:
    """The axes and headings of small charts, so many to a row."""
    rows = max(1, ceil(len(panels) / columns))
    layout = layout_of(rows * PANEL_HEIGHT + 24, {"l": 46, "r": 12, "t": 8, "b": 16})
    layout["template"] = _shared(periods)
    gap, tall = 0.04, 1 / rows
    for at, panel in enumerate(panels):
        row, column = divmod(at, columns)
        left, width = column / columns, 1 / columns - (gap if columns > 1 else 0)
        top = 1 - row * tall
        across, up = _axis("xaxis", at), _axis("yaxis", at)
        layout[across] = {"domain": [round(left, 4), round(left + width, 4)], "anchor": _axis("y", at)}
        span = [max(0.0, top - tall + 32 / layout["height"]), top - 34 / layout["height"]]
        layout[up] = {
            "domain": [round(end, 4) for end in span],
            "anchor": _axis("x", at),
            "showticklabels": column == 0,
        }
        layout["annotations"].append(_heading(panel, left, top))
    return layout


def _shared(periods: Sequence[str]) -> Json:
    """What holds for every small chart, said once: Plotly reads what an axis lacks from a template."""
    up = upward() | {"tickvals": [0, 50, 100], "ticktext": ["0%", "50%", "100%"]}
    heading = {
        "showarrow": False,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "top",
        "align": "left",
        "font": {"color": theme.LIGHT["text"], "size": theme.AXIS_SIZE},
    }
    return {"layout": {"xaxis": _periods_axis(periods), "yaxis": up, "annotationdefaults": heading}}


def _periods_axis(periods: Sequence[str]) -> Json:
    step = max(1, ceil(len(periods) / 4))
    shown = list(range(0, len(periods), step))
    return plain_axis() | {
        "range": [-0.6, max(len(periods), 1) - 0.4],
        "showgrid": False,
        "tickvals": shown,
        "ticktext": [periods[place].replace("-", " ") for place in shown],
        "tickangle": 0,
    }


def _heading(panel: Small, left: float, top: float) -> Json:
    text = f"<b>{chart_text(panel.name, 30)}</b><br>{chart_text(panel.words, 44)}"
    return {"text": text, "x": round(left, 4), "y": round(top, 4)}


def _axis(letter: str, at: int) -> str:
    return letter if at == 0 else f"{letter}{at + 1}"
