"""Table of responses: each outcome judged by each definition that fits it; computed when it is counted, not stored."""

from typing import ClassVar

from schemas.contract import Column, Table

#: In the order in which they are decided (METHODS, sections 6.2 and 7.2).
STATUSES = ("no_baseline", "cannot_improve", "not_due", "missing", "responder", "non_responder")


class Responses(Table):
    """One row per course of treatment, definition and endpoint."""

    NAME: ClassVar[str] = "responses"
    episode = Column("whole", "Number of the course within the source.", least=0)
    definition = Column("small", "Place of the definition in the vocabulary's sorted list.", least=0)
    endpoint = Column("small", "Place of the endpoint in the vocabulary's sorted list.", least=0)
    status = Column(
        "small",
        "Place in the list of statuses: what the definition says of this course.",
        least=0,
        most=len(STATUSES) - 1,
    )
    baseline = Column("number", "Baseline of the definition's first instrument, on its own scale.", empty=True)
    day = Column("small", "Latest day of a score that the judgement used.", empty=True)
