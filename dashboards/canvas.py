"""How a drawing becomes a figure: one trace per kind of mark, one layout per size, in Plotly's own terms.

What a row says is decided in `figures`; the browser only chooses among the layouts. Plotly is asked whether it
knows every term in the tests, where it costs no reader's time: `tests/dashboards/test_page_figures.py`.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from dashboards import theme
from dashboards.arrangement import narrow, png, wide
from dashboards.drawing import Chart, Drawing, Json, Line
from dashboards.plain import chart_text

#: Nothing: an axis is drawn only where a trace uses it, and the rows' values are labels of one (`arrangement`).
VALUES: Mapping[str, object] = MappingProxyType(
    {"type": "scatter", "x": [None], "y": [None], "yaxis": "y2", "mode": "none", "hoverinfo": "skip"}
)
#: A row with the two ends of a line on it.
Span = tuple[int, float | None, float | None]


def chart(drawing: Drawing) -> Chart:
    """The figure of `drawing` in its three layouts."""
    layout = wide(drawing)
    return Chart(
        traces=_traces(drawing.lines),
        wide=layout,
        narrow=narrow(drawing),
        png=png(layout, drawing),
        places={line.key: place for place, line in enumerate(drawing.lines) if line.key},
    )


def _traces(lines: Sequence[Line]) -> list[Json]:
    outer = [(place, line) for place, line in enumerate(lines) if line.outer_low is not None]
    spans: list[Span] = [(place, line.outer_low, line.outer_high) for place, line in outer]
    found = [_segments(spans, "observed", 1.5)]
    found.append(_caps(outer))
    for colour, width in (("published", theme.LINE), ("observed", 2 * theme.LINE), ("concern", 2 * theme.LINE)):
        spans = [
            (place, line.low, line.high)
            for place, line in enumerate(lines)
            if line.low is not None and line.kind == colour
        ]
        found.append(_segments(spans, colour, width))
    found.append(_marks([(place, line) for place, line in enumerate(lines) if line.centre is not None]))
    return [dict(VALUES), *(trace for trace in found if trace["x"])]


def _segments(spans: list[Span], colour: str, width: float) -> Json:
    return {
        "type": "scatter",
        "x": [position for _, low, high in spans for position in (low, high, None)],
        "y": [row for place, _, _ in spans for row in (place, place, None)],
        "mode": "lines",
        "line": {"color": theme.LIGHT[colour], "width": width},
        "hoverinfo": "skip",
    }


def _caps(outer: list[tuple[int, Line]]) -> Json:
    return {
        "type": "scatter",
        "x": [position for _, line in outer for position in (line.outer_low, line.outer_high)],
        "y": [place for place, _ in outer for _ in range(2)],
        "mode": "markers",
        "marker": {"symbol": "line-ns-open", "size": 9, "color": theme.LIGHT["observed"], "line": {"width": 1.5}},
        "hoverinfo": "skip",
    }


def _marks(drawn: list[tuple[int, Line]]) -> Json:
    colours = [theme.LIGHT[line.kind] for _, line in drawn]
    hollow = [line.hollow for _, line in drawn]
    ground = theme.LIGHT["background"]
    return {
        "type": "scatter",
        "x": [line.centre for _, line in drawn],
        "y": [place for place, _ in drawn],
        "mode": "markers",
        "marker": {
            "symbol": [line.symbol for _, line in drawn],
            "size": [theme.MARKER + (3 if line.kind == "published" else 0) for _, line in drawn],
            "color": [ground if empty else colour for empty, colour in zip(hollow, colours, strict=True)],
            "opacity": 1,
            "line": {
                "color": [colour if empty else ground for empty, colour in zip(hollow, colours, strict=True)],
                "width": [2 if empty else 1 for empty in hollow],
            },
        },
        "text": [f"{chart_text(line.label, 60)}: {chart_text(line.value)}" for _, line in drawn],
        "hoverinfo": "text",
    }
