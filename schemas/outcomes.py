"""Table of outcomes: baseline and selected follow-up of each course, instrument and endpoint, by source."""

from typing import ClassVar

from schemas.contract import Column, Table

STATES = ("measured", "missing", "not due")


class Outcomes(Table):
    """One row per course of treatment, instrument and endpoint."""

    NAME: ClassVar[str] = "outcomes"
    KEY: ClassVar[tuple[str, ...]] = ("episode", "instrument", "endpoint")
    episode = Column("whole", "Number of the course within the source.", least=0)
    instrument = Column("small", "Place of the instrument in the vocabulary's sorted list.", least=0)
    endpoint = Column("small", "Place of the endpoint in the vocabulary's sorted list.", least=0)
    baseline = Column(
        "whole", "Last score in the baseline days, in units of the instrument's finest decimal.", empty=True
    )
    score = Column("whole", "Score selected in the endpoint's window, in the same units.", empty=True)
    day = Column("small", "Days from the start to the selected score.", empty=True)
    state = Column(
        "small",
        "Place in the list: measured, missing though due, not due yet.",
        least=0,
        most=len(STATES) - 1,
    )
