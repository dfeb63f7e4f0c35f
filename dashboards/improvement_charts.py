"""Cumulative responder curves side by side: the share of patients who improved by each amount or more.

How small charts are placed is in `small_charts`; what is drawn is decided in `pages.improvement`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards import theme
from dashboards.drawing import Chart, Json
from dashboards.planes import Curve, Spot, line, marks, plain_axis
from dashboards.small_charts import arranged, axis, half_steps


@dataclass(frozen=True)
class Improvement:
    """One clinic's small chart: its two curves with a point for each threshold shown, and published points."""

    key: str
    name: str
    words: str
    spots: Sequence[Spot]
    nonresponse: Curve | None
    published: Sequence[Spot]


def improvement_curves(panels: Sequence[Improvement], title: str, subtitle: str, source: str) -> Chart:
    """Small charts with one scale of improvements, three to a row, one to a row on a phone.

    Between the curve of those measured and that with the missing counted as not improved the plane is shaded.
    """
    traces: list[Json] = []
    for at, panel in enumerate(panels):
        x, y = axis("x", at), axis("y", at)
        traces += _curves(panel, x, y)
        traces += marks(panel.spots, [spot.x for spot in panel.spots], x, y)
        traces += marks(panel.published, [spot.x for spot in panel.published], x, y)
    shared = {"xaxis": _across(), "yaxis": half_steps()}
    return arranged(panels, traces, shared, title, subtitle, source)


def _curves(panel: Improvement, x: str, y: str) -> list[Json]:
    of_measured = Curve([spot.x for spot in panel.spots], [spot.y for spot in panel.spots], "solid", "observed", 2)
    if panel.nonresponse is None:
        return [line(of_measured, x, y)]
    shade = {"fill": "tonexty", "fillcolor": theme.LIGHT["grid"]}
    return [line(panel.nonresponse, x, y), line(of_measured, x, y) | shade]


def _across() -> Json:
    ticks = {"tickvals": [0, 30, 50, 100], "ticktext": ["0%", "30%", "50%", "100%"]}
    return plain_axis() | ticks | {"range": [-4, 104], "showgrid": True, "tickangle": 0}
