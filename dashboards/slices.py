"""What a browser loads for one view: figures and the rows behind them, as a classic script."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboards import theme
from dashboards.drawing import Chart, Json
from dashboards.plain import clean

SCHEMA = 1
UNITS = (
    "Columns of percent run from 0 to 100 and of points from -100 to 100; every other share runs from 0 to 1. Numbers "
    "of patients are to the nearest 5. Dates are year, month, day. An empty cell is not shown, or not there."
)
#: So that data can never close the script it stands in.
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}

Cell = str | int | float | bool | None


@dataclass(frozen=True)
class Column:
    """One column of a download: `kind` is text or number, and only text is guarded against formulas."""

    name: str
    kind: str
    label: str


@dataclass(frozen=True)
class Download:
    """The rows behind a chart or table, as its CSV gives them."""

    grain: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class View:
    """What one slice holds: downloads by name, and the chart of the same name where there is one."""

    id: str
    downloads: Mapping[str, Download]
    charts: Mapping[str, Chart]


def script(view: View, *, release: str, data_to: str, disclosure: str) -> str:
    """The slice of `view` as a classic script: one call, one JSON argument, keys in a fixed order."""
    body = {
        "charts": {name: _figure(chart) for name, chart in view.charts.items()},
        "data_to": data_to,
        "disclosure": disclosure,
        "downloads": {name: _download(download) for name, download in view.downloads.items()},
        "release_id": release,
        "schema": SCHEMA,
        "slice_id": view.id,
        "theme": theme.dark_by_light(),
        "units": UNITS,
    }
    return f"window.__slice({_json(view.id)}, {_json(body)});\n"


def text(value: str | None) -> str:
    """A text cell: cleaned of what cannot be seen."""
    return clean(value, 2000)


def differing(layout: Json, wide: Json) -> Json:
    """What of a layout is not as in the wide one; the browser lays it over that."""
    return {name: value for name, value in layout.items() if name not in wide or wide[name] != value}


def _figure(chart: Chart) -> dict[str, Any]:
    return {
        "frames": chart.frames,
        "narrow": differing(chart.narrow, chart.wide),
        "places": chart.places,
        "points": {key: list(point) for key, point in chart.points.items()},
        "png": differing(chart.png, chart.wide),
        "spans": chart.spans,
        "traces": chart.traces,
        "wide": chart.wide,
    }


def _download(download: Download) -> dict[str, Any]:
    return {
        "columns": [{"kind": column.kind, "label": column.label, "name": column.name} for column in download.columns],
        "grain": download.grain,
        "rows": [list(row) for row in download.rows],
    }


def _json(value: object) -> str:
    written = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character, escape in _ESCAPES.items():
        written = written.replace(character, escape)
    return written
