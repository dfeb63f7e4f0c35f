"""What a chart shows, before it is laid out: rows, a common scale, values to compare with."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from dashboards import theme

Json = dict[str, Any]


@dataclass(frozen=True)
class Line:
    """One row of a chart; positions in percent or percentage points, null where nothing may be drawn.

    `kind` is observed, published, concern, words or heading. `outer_*` is the thin capped bar.
    `hollow` marks what carries no verdict. `value` stands beside a mark, `words` in place of one.
    """

    label: str
    kind: str
    key: str = ""
    centre: float | None = None
    low: float | None = None
    high: float | None = None
    outer_low: float | None = None
    outer_high: float | None = None
    symbol: str = theme.OBSERVED_SYMBOL
    value: str = ""
    words: str = ""
    hollow: bool = False


@dataclass(frozen=True)
class Axis:
    """The common scale: its ends, its ticks, and what stands at either end in words."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    left: str = ""
    right: str = ""


@dataclass(frozen=True)
class Reference:
    """A value to compare with, drawn from the first row down to row `last`, with its interval as a band.

    `label` stands at its top; `name` in front of it where there is room.
    """

    value: float
    label: str
    last: int
    name: str = ""
    low: float | None = None
    high: float | None = None
    dash: str = "dash"


@dataclass(frozen=True)
class Chart:
    """One figure for every size: the same traces under a wide, a narrow and a printable layout.

    `places` gives a clinic's row, `points` its point on a plane, `frames` its small chart (from left, to right, from
    below, to above, as shares of the paper) in each layout, so that it can be highlighted. `spans` is what of the axis
    of time changes when periods from one on are chosen.
    """

    traces: list[Json]
    wide: Json
    narrow: Json
    png: Json
    places: dict[str, int]
    points: dict[str, tuple[float, float]] = field(default_factory=dict)
    frames: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    spans: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Drawing:
    """Everything that a chart shows, before it is laid out."""

    lines: Sequence[Line]
    axis: Axis
    title: str
    subtitle: str
    source: str
    references: Sequence[Reference] = field(default_factory=tuple)


PERCENT_AXIS = Axis(0, 100, tuple((tick, f"{tick}%") for tick in (0, 25, 50, 75, 100)))
