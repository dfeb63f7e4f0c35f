"""Table of trends: each clinic's rate by quarter of start, the limits of chance around it, and what they signal."""

from typing import ClassVar

from schemas.cell import Cell
from schemas.contract import Column, share
from schemas.released_counts import STATUSES

CHARTS = ("limits", "limits with a warning", "trial limits", "run chart", "too few patients")
SIGNALS = (
    "none", "above_limit", "below_limit", "rising", "falling", "two_in_three_above", "two_in_three_below",
    "run_above", "run_below", "not judged",
)  # fmt: skip
READINGS = ("common cause", "improvement", "concern", "not judged")


class Trends(Cell):
    """One row per clinic, definition, endpoint, population and quarter of start: a point of its chart."""

    NAME: ClassVar[str] = "trends"
    PUBLIC: ClassVar[bool] = True
    status = Column("text", "What may be shown, and if nothing, why.", among=STATUSES)
    closed = Column("flag", "Whether everybody who began in the quarter is due; open quarters are never charted.")
    charted = Column("flag", "Whether the point is part of the chart: closed, and shown.")
    responders = Column("whole", "Courses that meet the definition, to the nearest 5.", empty=True, least=0)
    analysed = Column("whole", "Courses with an outcome, to the nearest 5.", empty=True, least=0)
    missing = Column("whole", "Courses due without an outcome, to the nearest 5.", empty=True, least=0)
    rate = share("Share of those with an outcome who responded.")
    rate_low = share("Lower 95% Wilson limit of that share.")
    rate_high = share("Upper 95% Wilson limit of that share.")
    quarters = Column("whole", "Quarters that are points of the chart.", least=0)
    chart = Column("text", "What the number and size of the points allow to be drawn.", among=CHARTS)
    mean = share("Mean of the points (XmR chart); empty where no limits are drawn.")
    lower = share("Lower limit of chance for a single point (XmR), no lower than 0.")
    upper = share("Upper limit of chance for a single point (XmR), no higher than 1.")
    signal = Column("text", "The first of Making Data Count's rules that the point breaks.", among=SIGNALS)
    reading = Column("text", "What the signal means; more responders are an improvement.", among=READINGS)
    primed = Column("flag", "Whether the p chart's limits are scaled by how much points vary (Laney).", empty=True)
    sigma_z = Column(
        "number", "How much more than their sizes allow the points vary; 1 is chance.", empty=True, least=0
    )
    centre = share("Share of all charted courses who responded (p chart).")
    size_lower = share("Lower three-sigma limit at this quarter's size (p chart).")
    size_upper = share("Upper three-sigma limit at this quarter's size (p chart).")
    outside = Column("flag", "Whether the point lies outside those; empty where none are drawn.", empty=True)
