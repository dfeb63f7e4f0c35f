"""Tables of the evidence registry: studies and their arms. Figures are in `published_rates` and `published_figures`."""

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
    year = Column("whole", "Year of publication; empty where none is given.", empty=True, least=1900, most=2100)
    doi = Column("text", "Digital object identifier; empty where none is known.")
    pmid = Column("text", "PubMed identifier; empty where none is known.")
    kind = Column(
        "text", "Trial, cohort, review, report of a trial, economic, safety, guideline, mechanism, methods, context."
    )
    report_of = Column("text", "Id of the study whose trial it reports; empty otherwise.")
    cited_for = Column("text", "What it is cited for, in our words; empty where its figures say so.")
    cited_in = Column("text", "Popular texts that cite it.")
    design = Column("text", "Design in our words.")
    condition = Column("text", "Id of the condition.")
    treatment = Column("text", "Id of the treatment whose response it reports.")
    population = Column("text", "Id of the population it included.")
    population_note = Column("text", "Whom it included, in our words.")
    n_randomised = Column("whole", "Patients randomised, or included in a cohort.", empty=True)
    n_analysed = Column("text", "Patients analysed, in words.")
    n_other = Column("text", "Further or conflicting counts, and who gives them.")
    follow_up = Column("text", "Weeks at which outcomes were taken.")
    primary_outcome = Column("text", "The study's main outcome, in our words.")
    responder_rule = Column("text", "What is known of a responder rule, where no figure of ours rests on it.")
    confidence = Column("text", "How sure we are of the study's record.")
    checked_in = Column("text", "The kind of text that the record was read in.")
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
    pools = Column("text", "Arms that the authors put together in this one; empty for an arm of its own.")
    sessions = Column("text", "Number of sessions.")
    weeks = Column("text", "Weeks over which they were given.")
    note = Column("text", "Anything else a reader should know.")
