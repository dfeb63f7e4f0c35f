"""Where everything stands on a chart: on a wide screen, on a phone, in a picture with its own title."""

from functools import lru_cache
from typing import Any

from dashboards import theme
from dashboards.drawing import Axis, Drawing, Json, Line, Reference
from dashboards.plain import chart_text, without_middle, wrapped

ROW_WIDE = 38
ROW_NARROW = 56
PNG_WIDTH = 800
LABEL_WIDTH = 30
CHARACTER = 7.4
#: Characters that fit on a phone 320 px wide, plain and bold.
NARROW_CHARACTERS = 37
NARROW_LABEL = 31
#: Pixels between an axis and the values on its right, besides those that Plotly leaves itself.
BESIDE_VALUES = 4
#: Room beside the ends of an axis, as a share of it, and the pixels of one on a phone 320 px wide.
ROOM_BESIDE = 0.01
NARROW_AXIS = 256
#: The first row's label stands above its mark: this much of a row more.
ROOM_ABOVE = 0.4


def wide(drawing: Drawing) -> Json:
    """Labels on the left, values on the right, words in place of a missing mark."""
    labels = [_side_label(line.label) for line in drawing.lines]
    left = 14 + CHARACTER * max((len(part) for label in labels for part in label.split("<br>")), default=0)
    right = 20 + CHARACTER * max((len(line.value) for line in drawing.lines), default=0)
    layout = _base(drawing, ROW_WIDE, {"l": round(left), "r": round(right)})
    layout["yaxis"] |= {
        "tickvals": list(range(len(labels))),
        "ticktext": [
            _bold(label) if line.kind == "heading" else label for label, line in zip(labels, drawing.lines, strict=True)
        ],
        "showticklabels": True,
    }
    layout["yaxis2"] = _values(drawing, layout["yaxis"]["range"])
    layout["annotations"] += [_on_top(each, _named(each), drawing.axis) for each in drawing.references]
    layout["annotations"] += [
        _words(place, line, drawing.axis) for place, line in enumerate(drawing.lines) if line.words
    ]
    return layout


def narrow(drawing: Drawing) -> Json:
    """Label and value above each mark, so that the scale has the whole width."""
    layout = _base(drawing, ROW_NARROW, {"l": 20, "r": 20})
    layout["yaxis"]["showticklabels"] = False
    layout["yaxis2"] = {"overlaying": "y", "visible": False}
    layout["yaxis"]["range"] = [layout["yaxis"]["range"][0], -0.5 - ROOM_ABOVE]
    layout["height"] += round(ROOM_ABOVE * ROW_NARROW)
    layout["annotations"] += [_on_top(each, each.label, drawing.axis) for each in drawing.references]
    labels = _told_apart([line.label for line in drawing.lines], NARROW_LABEL)
    layout["annotations"] += [
        note for place, line in enumerate(drawing.lines) for note in _above(place, line, labels[place])
    ]
    return layout


def png(layout: Json, drawing: Drawing) -> Json:
    """The wide layout of a drawing with title, subtitle and source in the picture itself."""
    return framed(layout, drawing.title, drawing.subtitle, drawing.source)


def framed(layout: Json, title: str, subtitle: str, source: str) -> Json:
    """A layout with title, subtitle and source written into it, for a picture that stands alone."""
    head_lines = wrapped(chart_text(title, 240), 78, 3)
    under = wrapped(chart_text(subtitle, 460), 104, 5)
    below = wrapped(chart_text(source, 300), 118, 3)
    head, foot = 26 * len(head_lines) + 20 * len(under) + 18, 18 * len(below) + 8
    top, bottom = layout["margin"]["t"], layout["margin"]["b"]
    captions = [
        _caption("<br>".join(head_lines), layout, theme.TITLE_SIZE, top + 20 * len(under) + 8, at_top=True),
        _caption("<br>".join(under), layout, theme.SUBTITLE_SIZE, top, at_top=True),
        _caption("<br>".join(below), layout, theme.AXIS_SIZE, -bottom, at_top=False),
    ]
    margin = layout["margin"] | {"t": top + head, "b": bottom + foot}
    height = layout["height"] + head + foot
    return layout | {
        "annotations": [*layout["annotations"], *captions], "margin": margin, "width": PNG_WIDTH, "height": height,
    }  # fmt: skip


def _base(drawing: Drawing, row: int, sides: dict[str, int]) -> Json:
    axis, count = drawing.axis, len(drawing.lines)
    margin = sides | {"t": 30 if drawing.references else 10, "b": 52 if axis.left else 34}
    return {
        "annotations": _axis_ends(axis),
        "dragmode": False,
        "font": {"family": theme.FONT, "size": theme.AXIS_SIZE, "color": theme.LIGHT["text"]},
        "height": margin["t"] + row * max(count, 1) + margin["b"],
        "hoverlabel": {"bgcolor": theme.LIGHT["panel"], "font": {"color": theme.LIGHT["text"]}},
        "hovermode": "closest",
        "margin": margin,
        "paper_bgcolor": theme.LIGHT["background"],
        "plot_bgcolor": theme.LIGHT["background"],
        "shapes": [shape for each in drawing.references for shape in _reference(each)],
        "showlegend": False,
        "xaxis": {
            **theme.READ_AXIS,
            "gridcolor": theme.LIGHT["grid"],
            "gridwidth": 1,
            "range": _with_room(axis),
            "tickcolor": theme.LIGHT["muted"],
            "tickfont": {"color": theme.LIGHT["muted"]},
            "ticktext": [text for _, text in axis.ticks],
            "tickvals": [value for value, _ in axis.ticks],
            "zeroline": False,
        },
        "yaxis": {
            **theme.READ_AXIS,
            "range": [max(count, 1) - 0.5, -0.5],
            "showgrid": False,
            "zeroline": False,
        },
    }


def _with_room(axis: Axis) -> list[float]:
    """The ends of an axis, and room for half of a mark that stands on one of them."""
    room = ROOM_BESIDE * (axis.high - axis.low)
    return [axis.low - room, axis.high + room]


@lru_cache(maxsize=4096)  # outcomes have the same names on every clinic's page
def _side_label(label: str) -> str:
    return "<br>".join(wrapped(chart_text(label, 90), LABEL_WIDTH, 2))


def _bold(text: str) -> str:
    return f"<b>{text}</b>"


def _values(drawing: Drawing, rows: list[float]) -> Json:
    """An axis on the right whose labels are the rows' values: as notes they would take Plotly twice as long to draw."""
    told = {place: chart_text(line.value) for place, line in enumerate(drawing.lines) if line.value}
    return {
        **theme.READ_AXIS,
        "overlaying": "y",
        "range": rows,
        "showgrid": False,
        "side": "right",
        "ticklabelstandoff": BESIDE_VALUES,
        "ticktext": list(told.values()),
        "tickvals": list(told),
        "zeroline": False,
    }


def _words(place: int, line: Line, axis: Axis) -> Json:
    placed = _note(chart_text(line.words), x=axis.low, y=place, xanchor="left", xshift=4)
    return placed | {"font": {"color": theme.LIGHT["muted"]}, "bgcolor": theme.LIGHT["background"]}


def _told_apart(labels: list[str], longest: int) -> list[str]:
    """The labels, cut at their end, or in their middle where several would be cut to the same words."""
    cut = [chart_text(label, longest) for label in labels]
    meant: dict[str, set[str]] = {}
    for short, label in zip(cut, labels, strict=True):
        meant.setdefault(short, set()).add(label)
    return [
        short if len(meant[short]) == 1 else chart_text(without_middle(label, longest))
        for short, label in zip(cut, labels, strict=True)
    ]


def _above(place: int, line: Line, label: str) -> list[Json]:
    value = chart_text(line.value, NARROW_CHARACTERS)
    at = _note("", x=0, xref="paper", y=place, xanchor="left", bgcolor=theme.LIGHT["background"])
    if line.centre is None:
        words = "<br>".join(wrapped(chart_text(line.words), NARROW_CHARACTERS, 2))
        stated = at | {"text": words, "yshift": -9, "font": {"color": theme.LIGHT["muted"]}}
        return [at | {"text": _bold(label), "yshift": 16 if words else 0}, *([stated] if words else [])]
    if len(label) + len(value) <= NARROW_LABEL:
        return [at | {"text": f"{_bold(label)} {value}", "yshift": 17}]
    return [at | {"text": _bold(label), "yshift": 31}, at | {"text": value, "yshift": 16}]


def _named(each: Reference) -> str:
    return f"{each.name}: {each.label}" if each.name else each.label


def _axis_ends(axis: Axis) -> list[Json]:
    ends = ((axis.left, 0, "left"), (axis.right, 1, "right"))
    return [
        _note(chart_text(text), x=x, xref="paper", y=0, yref="paper", xanchor=side, yanchor="top", yshift=-26)
        | {"font": {"color": theme.LIGHT["muted"]}}
        for text, x, side in ends
        if text
    ]


def _reference(each: Reference) -> list[Json]:
    rows = {"y0": -0.5, "y1": each.last + 0.5}
    shapes: list[Json] = []
    if each.low is not None and each.high is not None:
        edge = {"color": theme.LIGHT["published"], "width": 0}
        fill = {"fillcolor": theme.LIGHT["published"], "opacity": theme.BAND_OPACITY, "line": edge}
        shapes.append({"type": "rect", "layer": "below", "x0": each.low, "x1": each.high} | rows | fill)
        shapes += [_upright(limit, rows, "solid", 1) for limit in (each.low, each.high)]
    return [*shapes, _upright(each.value, rows, each.dash, 2)]


def _upright(x: float, rows: dict[str, float], dash: str, width: float) -> Json:
    line = {"color": theme.LIGHT["published"], "dash": dash, "width": width}
    return {"type": "line", "layer": "below", "x0": x, "x1": x, "line": line} | rows


def _on_top(each: Reference, label: str, axis: Axis) -> Json:
    share = (each.value - axis.low) / (axis.high - axis.low)
    reach = len(label) * CHARACTER / 2 / NARROW_AXIS
    anchor = "center" if reach <= share <= 1 - reach else "left" if share < 0.5 else "right"
    placed = _note(
        chart_text(label, 60),
        x=each.value,
        y=1,
        yref="paper",
        xanchor=anchor,
        yanchor="bottom",
        yshift=2,
    )
    return placed | {"font": {"color": theme.LIGHT["muted"]}}


def _caption(text: str, layout: Json, size: int, yshift: int, *, at_top: bool) -> Json:
    placed = _note(text, x=0, xref="paper", y=1 if at_top else 0, yref="paper", xanchor="left")
    shifts = {
        "xshift": 10 - layout["margin"]["l"],
        "yshift": yshift,
        "yanchor": "bottom" if at_top else "top",
    }
    role = "text" if size == theme.TITLE_SIZE else "muted"
    return placed | shifts | {"align": "left", "font": {"size": size, "color": theme.LIGHT[role]}}


def _note(text: str, **where: Any) -> Json:
    return {"text": text, "showarrow": False, "yanchor": "middle", "align": "left"} | where
