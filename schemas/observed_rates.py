"""Table of observed rates: ours, with interval, bounds and the reason where there is none."""

from typing import ClassVar

from schemas.cell import Cell
from schemas.contract import Column, share
from schemas.released_counts import STATUSES


class ObservedRates(Cell):
    """One row per released count: its rate, interval, bounds and follow-up, computed from what was released."""

    NAME: ClassVar[str] = "observed_rates"
    PUBLIC: ClassVar[bool] = True
    status = Column("text", "What may be shown, and if nothing, why.", among=STATUSES)
    responders = Column("whole", "Courses that meet the definition, to the nearest 5.", empty=True, least=0)
    analysed = Column("whole", "Courses with an outcome, to the nearest 5.", empty=True, least=0)
    missing = Column("whole", "Courses due without an outcome, to the nearest 5.", empty=True, least=0)
    rate = share("Share of those with an outcome who responded.")
    rate_low = share("Lower 95% Wilson limit of that share.")
    rate_high = share("Upper 95% Wilson limit of that share.")
    nonresponse_rate = share("Share who responded when the missing count as non-responders.")
    nonresponse_low = share("Lower 95% Wilson limit of that share.")
    nonresponse_high = share("Upper 95% Wilson limit of that share.")
    bound_low = share("Share if none of the missing had responded.")
    bound_high = share("Share if all of the missing had responded.")
    follow_up = share("Share of those due who have an outcome.")
    due_from = Column("date", "First month in which results fall due, where none is due yet.", empty=True)
