"""Table of changes: what a reader of the release before this one would find different, and why."""

from typing import ClassVar

from schemas.contract import Column, Table, share

KINDS = ("rate", "comparison", "published figure", "file")
CAUSES = (
    "new file", "file replaced", "file read differently", "file no longer counted", "published record edited",
    "setting or code changed",
)  # fmt: skip


class Changes(Table):
    """One row per rate, comparison, published figure or file that differs from the release before.

    Empty where no earlier release can be compared. Where nothing differs, the rows of the release before stay.
    """

    NAME: ClassVar[str] = "changes"
    KEY: ClassVar[tuple[str, ...]] = (
        "kind", "source", "cohort", "study", "result", "definition", "endpoint", "population", "delivery",
    )  # fmt: skip
    PUBLIC: ClassVar[bool] = True
    since = Column("text", "Id of the release that is compared with.")
    kind = Column("text", "What differs.", among=KINDS)
    source = Column("text", "Public alias of the clinic or trial; empty for a published figure.")
    cohort = Column("text", "The source itself, or the trial arm; empty for a published figure or a file.")
    study = Column("text", "Id of the study; empty for a rate or a file.")
    result = Column("text", "Id of the published figure; empty for a rate or a file.")
    definition = Column("text", "Id of the responder definition of a rate; else empty.")
    endpoint = Column("text", "Id of the endpoint of a rate; else empty.")
    population = Column("text", "Id of the population of a rate; else empty.")
    delivery = Column("text", "First 12 hex digits of the file's SHA-256; empty where it is no file.")
    before = Column("text", "State before; empty where it was not there.")
    after = Column("text", "State now; empty where it is no longer there.")
    before_rate = share("Rate before; empty where none was shown.")
    before_low = share("Its lower 95% limit.")
    before_high = share("Its upper 95% limit.")
    after_rate = share("Rate now; empty where none is shown.")
    after_low = share("Its lower 95% limit.")
    after_high = share("Its upper 95% limit.")
    cause = Column("text", "Why, as far as the tables tell.", among=CAUSES)
