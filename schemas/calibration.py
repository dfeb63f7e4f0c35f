"""Table of calibration: how often the pipeline was right about simulated networks whose truth is known."""

from typing import ClassVar

from schemas.contract import Column, Table, share

QUESTIONS = (
    "counts", "lines", "bounds", "interval", "weighted interval", "difference", "wrongly inside", "wrongly beyond",
    "rightly equivalent", "rightly beyond", "outside 95%", "outside 99.8%", "any outside 99.8%", "any stands out",
    "flagged", "flagged where all differ", "shrunk interval", "network interval", "network interval without clustering",
    "chart signals", "point outside XmR limits", "point outside p chart", "fall noticed",
)  # fmt: skip
BASES = ("exact", "released")
RELATIONS = ("exactly", "at most", "at least", "about", "reported")


class Calibration(Table):
    """One row per question and setting: cases found among those simulated, and whether that is as it should be."""

    NAME: ClassVar[str] = "calibration"
    KEY: ClassVar[tuple[str, ...]] = ("question", "setting", "basis")
    PUBLIC: ClassVar[bool] = True
    question = Column("text", "What was asked of the simulated networks.", among=QUESTIONS)
    setting = Column("text", "Of which clinics or networks it was asked.")
    basis = Column("text", "Whether exact counts were judged, or released ones as a reader gets them.", among=BASES)
    found = Column("whole", "Simulated cases in which it was so.", least=0)
    simulations = Column("whole", "Simulated cases looked at.", least=1)
    rate = Column("number", "Share of the cases in which it was so.", least=0, most=1)
    rate_low = Column("number", "Lower 95% limit of that share (Clopper-Pearson).", least=0, most=1)
    rate_high = Column("number", "Upper 95% limit of that share (Clopper-Pearson).", least=0, most=1)
    relation = Column("text", "How the share should stand to the nominal one; reported: not judged.", among=RELATIONS)
    nominal = share("The share that it should be; empty where none is prescribed.")
    allowance = share("What is allowed beyond chance, for counts being whole and rounded.")
    holds = Column("flag", "Whether it is so, as far as chance lets one see; empty: not judged.", empty=True)
    networks = Column("whole", "Simulated networks of the whole report.", least=1)
    seed = Column("whole", "Seed of the whole report.", least=0)
    same_code = Column("flag", "Whether the report was made by the same code as this release.")
