"""Tables of the evidence registry: studies and their arms. Figures are in `published_rates`."""

from typing import ClassVar

from schemas.contract import Column, Table


class Studies(Table):
    """One row per published study."""

    NAME: ClassVar[str] = "studies"
    KEY: ClassVar[tuple[str, ...]] = ("study",)
    PUBLIC: ClassVar[bool] = True
    study = Column("text", "Id of the study: first author and year.")
    label = Column("text", "Name by which the study is called on pages.")
    citation = Column("text", "Full citation.")
    year = Column("whole", "Year of publication.", least=1900, most=2100)
    doi = Column("text", "Digital object identifier; empty where none is known.")
    pmid = Column("text", "PubMed identifier; empty where none is known.")
    kind = Column("text", "Trial, cohort or review.")
    design = Column("text", "Design in our words.")
    condition = Column("text", "Id of the condition.")
    treatment = Column("text", "Id of the treatment whose response it reports.")
    population = Column("text", "Id of the population it included.")
    population_note = Column("text", "Whom it included, in our words.")
    n_randomised = Column("whole", "Patients randomised, or included in a cohort.", empty=True)
    confidence = Column("text", "How sure we are of the study's record.")
    missing_rule = Column("text", "How patients without an outcome were counted.")
    event_rule = Column("text", "How events during treatment were counted.")
    erratum = Column("text", "Erratum, correction or retraction; empty where none is known.")
    second_check = Column("text", "Who checked the record a second time, and when; empty until a person has.")
    note = Column("text", "Anything else a reader should know.")


class Arms(Table):
    """One row per arm of a study, whether or not a figure of it is known."""

    NAME: ClassVar[str] = "arms"
    KEY: ClassVar[tuple[str, ...]] = ("study", "arm")
    PUBLIC: ClassVar[bool] = True
    study = Column("text", "Id of the study.")
    arm = Column("text", "Id of the arm.")
    label = Column("text", "What the arm received.")
    role = Column("text", "Part that the arm plays in its study.")
    treatment = Column("text", "Id of the treatment.")
    n = Column("whole", "Patients in the arm; empty where not known.", empty=True)
    n_confidence = Column("text", "How sure we are of that number.")
    sessions = Column("text", "Number of sessions.")
    weeks = Column("text", "Weeks over which they were given.")
    note = Column("text", "Anything else a reader should know.")
