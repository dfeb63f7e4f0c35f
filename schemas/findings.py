"""Table of findings: what the checks on published figures found, one finding a row. The rules are in `transforms`."""

from typing import ClassVar

from schemas.contract import Column, Table

SEVERITIES = ("contradiction", "question", "gap")


class Findings(Table):
    """One row per finding about a published study."""

    NAME: ClassVar[str] = "findings"
    KEY: ClassVar[tuple[str, ...]] = ("study", "finding")
    PUBLIC: ClassVar[bool] = True
    study = Column("text", "Id of the study.")
    finding = Column("text", "Id of the finding: study, place within it, and rule; the same from release to release.")
    rule = Column("text", "Id of the rule that does not hold.")
    severity = Column(
        "text",
        "Contradiction: the print cannot all be right. Question: it needs an explanation. Gap: nobody has looked yet.",
        among=SEVERITIES,
    )
    arm = Column("text", "Id of the arm; empty where it is about the study.")
    result = Column("text", "Id of the figure; empty where it is about the study or an arm.")
    found = Column("text", "What was found, with the figures.")
    expected = Column("text", "What would have been expected.")
    requires = Column("text", "What the rule asks for, in one sentence.")
    source = Column("text", "Where the rule is from.")
