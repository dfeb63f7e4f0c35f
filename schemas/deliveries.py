"""Tables about files: what arrived, what became of every line, and why lines were set aside."""

from typing import ClassVar

from schemas.contract import Column, Table

STATES = ("accepted", "partly", "held", "rejected", "duplicate", "superseded")


class Deliveries(Table):
    """One row per delivered file, with lines to the nearest 5 where few lines could point at a patient."""

    NAME: ClassVar[str] = "deliveries"
    KEY: ClassVar[tuple[str, ...]] = ("source", "delivery")
    PUBLIC: ClassVar[bool] = True
    source = Column("text", "Public alias of the clinic or trial.")
    delivery = Column("text", "First 12 hex digits of the file's SHA-256.", shape="^[0-9a-f]{12}$")
    place = Column("whole", "Place in the order in which the source's files arrived.", least=1)
    state = Column("text", "What became of the file.", among=STATES)
    contract_version = Column("whole", "Version of the contract it was read by; 0 where there is none.", least=0)
    format = Column("text", "Format named by the contract.")
    covers = Column("text", "What a delivery of this source replaces.")
    lines = Column("whole", "Physical lines: the sum of the parts that are shown.", empty=True, least=0)
    header = Column("whole", "Header lines.", empty=True, least=0)
    accepted = Column("whole", "Lines accepted; empty where 1 to 7.", empty=True, least=0)
    quarantined = Column("whole", "Lines set aside; empty where 1 to 7.", empty=True, least=0)
    blank = Column("whole", "Blank lines; empty where 1 to 7.", empty=True, least=0)
    balanced = Column("flag", "Whether header, accepted, set aside and blank add up to the physical lines, exactly.")
    refusal = Column("text", "Rule by which the file was refused, or rules by which it is held; empty where none.")
    explanation = Column("text", "What was wrong or noticed, and what to do next; empty where nothing was.")
    data_to = Column("date", "Last day that the file speaks for.", empty=True)


class Rejections(Table):
    """One row per delivered file and reason, with the number of lines set aside for it."""

    NAME: ClassVar[str] = "rejections"
    KEY: ClassVar[tuple[str, ...]] = ("source", "delivery", "reason")
    PUBLIC: ClassVar[bool] = True
    source = Column("text", "Public alias of the clinic or trial.")
    delivery = Column("text", "First 12 hex digits of the file's SHA-256.", shape="^[0-9a-f]{12}$")
    reason = Column("text", "Id of the reason.")
    sentence = Column("text", "The reason in words, and what to do about it.")
    lines = Column("whole", "Lines set aside for it; empty where 1 to 7.", empty=True, least=0)
