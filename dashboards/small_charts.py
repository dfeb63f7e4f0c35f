"""Small charts side by side with one scale: how they are placed, and those over time, with one order of periods.

Marks and axes are from `planes`; small charts of something else than time bring their own axes (`improvement_charts`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Protocol

from dashboards import theme
from dashboards.arrangement import framed
from dashboards.drawing import Chart, Json
from dashboards.plain import chart_text, wrapped
from dashboards.planes import Curve, Spot, layout_of, line, marks, plain_axis, upward

PANEL_HEIGHT = 190
PANELS_WIDE = 3
#: Characters of a line of words under a name on a phone 320 px wide; a chart with longer words has no points below.
WORDS_WIDTH = 38
#: How the words above a small chart stand.
_HEADING: Json = {
    "showarrow": False,
    "xref": "paper",
    "yref": "paper",
    "xanchor": "left",
    "yanchor": "top",
    "align": "left",
    "font": {"color": theme.LIGHT["text"], "size": theme.AXIS_SIZE},
}
#: Between two small charts in a row, as a share of the paper.
GAP = 0.04


class Headed(Protocol):
    """What the place of a small chart is made of: its clinic's key and name, words under the name, its points."""

    @property
    def key(self) -> str: ...  # noqa: D102 - said above
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def words(self) -> str: ...  # noqa: D102
    @property
    def spots(self) -> Sequence[Spot]: ...  # noqa: D102


@dataclass(frozen=True)
class Small:
    """One small chart: its clinic's key and name, a point for each of its periods, and limits where there are any."""

    key: str
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
        x, y = axis("x", at), axis("y", at)
        places = [order[period] for period in panel.periods]
        traces += [line(curve, x, y) for curve in _limits_of(panel, places)]
        traces += marks(panel.spots, places, x, y)
    spans = {year: _axis_from(periods, year) for year in years_of(periods)}
    return replace(arranged(panels, traces, _shared(periods), title, subtitle, source), spans=spans)


def years_of(periods: Sequence[str]) -> list[str]:
    """The years from which on the periods may be shown alone: all but the first."""
    return sorted({period[:4] for period in periods})[1:]


def _axis_from(periods: Sequence[str], year: str) -> Json:
    """What of the axis of time changes when only periods from a year on are shown."""
    first = next(place for place, period in enumerate(periods) if period >= year)
    return {"range": [first - 0.6, len(periods) - 0.4]} | _ticks(periods, first)


def _limits_of(panel: Small, places: Sequence[int]) -> list[Curve]:
    """The points' line, and mean and limits from the first to the last; limits on trial are dotted.

    A period that is not shown leaves its place empty.
    """
    if not places:
        return []
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


# --- places -----------------------------------------------------------------------------------------------------------


def arranged(
    panels: Sequence[Headed], traces: list[Json], shared: Json, title: str, subtitle: str, source: str
) -> Chart:
    """The figure of small charts in its three layouts: three to a row, one to a row on a phone.

    `traces` are what is drawn, on the axes that `axis` names; `shared` is what holds for the axes of each.
    """
    wide = _grid(panels, shared, PANELS_WIDE)
    return Chart(
        traces=traces,
        wide=wide,
        narrow=_grid(panels, shared, 1),
        png=framed(wide, title, subtitle, source),
        places={},
        frames={"wide": _frames(panels, PANELS_WIDE), "narrow": _frames(panels, 1)},
    )


def _grid(panels: Sequence[Headed], shared: Json, columns: int) -> Json:
    """The axes and headings of small charts, so many to a row."""
    rows = max(1, ceil(len(panels) / columns))
    layout = layout_of(rows * PANEL_HEIGHT + 24, {"l": 46, "r": 12, "t": 8, "b": 16})
    layout["template"] = {"layout": shared | {"annotationdefaults": _HEADING}}
    named = _first_drawn(panels, columns)
    for at, panel in enumerate(panels):
        left, right, below, top = _place(at, len(panels), columns)
        across, up = axis("xaxis", at), axis("yaxis", at)
        layout[across] = {"domain": [round(left, 4), round(right, 4)], "anchor": axis("y", at)}
        span = [max(0.0, below + 32 / layout["height"]), top - 34 / layout["height"]]
        layout[up] = {
            "domain": [round(end, 4) for end in span],
            "anchor": axis("x", at),
            "showticklabels": at in named,
        }
        layout["annotations"].append(_heading(panel, left, top))
    return layout


def _first_drawn(panels: Sequence[Headed], columns: int) -> set[int]:
    """Of each row the first chart with a point in it: an axis is drawn only where something stands on it."""
    drawn = [at for at, panel in enumerate(panels) if panel.spots]
    return {next(each for each in drawn if each // columns == row) for row in {at // columns for at in drawn}}


def _place(at: int, panels: int, columns: int) -> tuple[float, float, float, float]:
    """Where a small chart stands, as shares of the paper: left, right, below, above."""
    row, column = divmod(at, columns)
    tall = 1 / max(1, ceil(panels / columns))
    width = 1 / columns - (GAP if columns > 1 else 0)
    return column / columns, column / columns + width, 1 - (row + 1) * tall, 1 - row * tall


def _frames(panels: Sequence[Headed], columns: int) -> dict[str, list[float]]:
    places = ((panel.key, _place(at, len(panels), columns)) for at, panel in enumerate(panels))
    return {key: [round(end, 4) for end in place] for key, place in places}


def half_steps() -> Json:
    """The axis of percent of a small chart, which has room for three labels."""
    return upward() | {"tickvals": [0, 50, 100], "ticktext": ["0%", "50%", "100%"]}


def _shared(periods: Sequence[str]) -> Json:
    """What holds for every small chart, said once: Plotly reads what an axis lacks from a template."""
    return {"xaxis": _periods_axis(periods), "yaxis": half_steps()}


def _periods_axis(periods: Sequence[str]) -> Json:
    return (
        plain_axis()
        | {"range": [-0.6, max(len(periods), 1) - 0.4], "showgrid": False, "tickangle": 0}
        | _ticks(periods)
    )


def _ticks(periods: Sequence[str], first: int = 0) -> Json:
    """Four periods or fewer that the axis names, from the place `first` on."""
    shown = list(range(first, len(periods), max(1, ceil((len(periods) - first) / 4))))
    return {"tickvals": shown, "ticktext": [periods[place].replace("-", " ") for place in shown]}


def _heading(panel: Headed, left: float, top: float) -> Json:
    lines = [f"<b>{chart_text(panel.name, 30)}</b>", *wrapped(chart_text(panel.words), WORDS_WIDTH, 2)]
    text = "<br>".join(lines)
    return {"text": text, "x": round(left, 4), "y": round(top, 4)}


def axis(letter: str, at: int) -> str:
    """What Plotly calls an axis of a small chart, by its place."""
    return letter if at == 0 else f"{letter}{at + 1}"
