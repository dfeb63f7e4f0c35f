"""Table of the rule strip: one clinic's outcome under every rule and every way to count the missing, side by side."""

from typing import ClassVar

from schemas.contract import Column, Table, share
from schemas.released_counts import STATUSES

READINGS = (
    "materially_higher", "materially_lower", "equivalent", "at_least_as_good", "not_better", "inconclusive", "",
)  # fmt: skip
COUNTED = ("completers", "missing as non-response", "weighted", "lower bound", "upper bound")


class RuleStrip(Table):
    """One row per clinic, published figure, rule and way of counting: the rate, and how it would read.

    Where a clinic has no comparison that may be read at an endpoint, study and result are empty and so are readings.
    """

    NAME: ClassVar[str] = "rule_strip"
    KEY: ClassVar[tuple[str, ...]] = (
        "source", "cohort", "endpoint", "study", "result", "definition", "population", "counted",
    )  # fmt: skip
    PUBLIC: ClassVar[bool] = True
    source = Column("text", "Public alias of the clinic.")
    cohort = Column("text", "The same: arms of trials have no strip.")
    endpoint = Column("text", "Id of the endpoint.")
    study = Column("text", "Study of the published figure; empty where none may be read against.")
    result = Column("text", "Id of the published figure; empty where none may be read against.")
    definition = Column("text", "Id of the responder definition.")
    population = Column("text", "The study's own for its own rule, else everyone.")
    counted = Column("text", "How the missing are counted.", among=COUNTED)
    own_rule = Column("flag", "Whether it is the study's own rule in the study's population.")
    own_counting = Column("flag", "Whether it is also the way of counting that the comparison prints first.")
    status = Column("text", "What may be shown, and if nothing, why.", among=STATUSES)
    size = Column("number", "Patients that the rate is of; for a weighted rate, how many it is worth.", empty=True)
    rate = share("The rate.")
    rate_low = share("Lower 95% Wilson limit.")
    rate_high = share("Upper 95% Wilson limit.")
    published_rate = share("Published rate that the reading is against.")
    margin = share("Margin fixed before the data.")
    reading = Column(
        "text", "Verdict that these numbers alone would give; empty where none may be read.", among=READINGS
    )
    flips = Column(
        "flag",
        "Whether that differs from the reading of the study's own rule and counting; empty: neither read.",
        empty=True,
    )
