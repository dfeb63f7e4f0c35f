"""What identifies a count, exact or released, and a rate: the columns that these tables share."""

from typing import ClassVar

from schemas.contract import Column, Table

PERIOD_KINDS = ("all", "year", "quarter")


class Cell(Table):
    """Base of tables with one row per cohort, definition, endpoint, population and period of start."""

    KEY: ClassVar[tuple[str, ...]] = (
        "source",
        "cohort",
        "definition",
        "endpoint",
        "population",
        "period_kind",
        "period",
    )
    source = Column("text", "Public alias of the clinic or trial.")
    cohort = Column("text", "The source itself, or the trial arm.")
    definition = Column("text", "Id of the responder definition.")
    endpoint = Column("text", "Id of the endpoint.")
    population = Column("text", "Id of the population that the cohort was restricted to.")
    period_kind = Column("text", "How starts are grouped.", among=PERIOD_KINDS)
    period = Column("text", "Which group: all, a year, or a quarter.")
