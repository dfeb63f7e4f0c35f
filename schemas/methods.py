"""Tables about the product itself: the rules that numbers follow, and the steps that make the tables.

Both are made from the code: a rule's numbers are the constants that are applied, a step's inputs are its parameters.
"""

from typing import ClassVar

from schemas.contract import Column, Table

TOPICS = (
    "Who counts", "Rates", "Beside a published figure", "Comparability", "Clinics beside each other", "Over time",
    "Missing patients", "Case mix", "What is shown",
)  # fmt: skip
SCOPES = ("delivery", "source", "network")


class MethodRules(Table):
    """One row per rule that a number on a page follows."""

    NAME: ClassVar[str] = "method_rules"
    KEY: ClassVar[tuple[str, ...]] = ("rule",)
    PUBLIC: ClassVar[bool] = True
    rule = Column("text", "Id of the rule.")
    topic = Column("text", "What it is about.", among=TOPICS)
    place = Column("whole", "Place in the list of rules.", least=1)
    sentence = Column("text", "The rule in words, with the numbers that are applied.")
    source = Column("text", "Where the rule comes from, which may be a decision of this project.")


class Steps(Table):
    """One row per step: the table that it makes, from which others, and over what."""

    NAME: ClassVar[str] = "steps"
    KEY: ClassVar[tuple[str, ...]] = ("step",)
    PUBLIC: ClassVar[bool] = True
    step = Column("text", "Name of the table that is made.")
    place = Column("whole", "Place in the order in which steps run.", least=1)
    scope = Column("text", "Whether it is made per delivery, per source, or once for the network.", among=SCOPES)
    public = Column("flag", "Whether a release holds the table.")
    made_from = Column("text", "Tables that it is made from, comma-separated; empty where from none.")
    inputs = Column("text", "Other inputs, comma-separated; empty where there are none.")
