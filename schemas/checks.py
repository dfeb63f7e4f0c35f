"""Table of checks: who judged what, and the outcome; one ledger for every judge."""

from typing import ClassVar

from schemas.contract import Column, Table

STATUSES = ("passed", "failed", "error", "not applicable", "not run")
SEVERITIES = ("blocks", "warns", "informs")


class Checks(Table):
    """One row per check and the delivery or table it judged."""

    NAME: ClassVar[str] = "checks"
    KEY: ClassVar[tuple[str, ...]] = ("check_id", "object")
    PUBLIC: ClassVar[bool] = True
    check_id = Column("text", "Id of the check.")
    judge = Column("text", "Who judges: reader, schema, ledger, evidence, release.")
    object = Column("text", "Delivery or table that was judged.")
    severity = Column("text", "What a failure does.", among=SEVERITIES)
    status = Column("text", "How it ended; a check that could not apply has not passed.", among=STATUSES)
    rows = Column("whole", "Rows or lines that break the rule; empty where 1 to 7.", empty=True, least=0)
    threshold = Column("text", "What would have been a failure.")
    sentence = Column("text", "The check in words.")
