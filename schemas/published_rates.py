"""Table of published rates: theirs, as printed, with what can and cannot be inferred from the print."""

from typing import ClassVar

from schemas.contract import Column, Table

GRIM = ("attainable", "not attainable", "not testable")


class PublishedRates(Table):
    """One row per printed responder figure of a study arm."""

    NAME: ClassVar[str] = "published_rates"
    KEY: ClassVar[tuple[str, ...]] = ("study", "result")
    PUBLIC: ClassVar[bool] = True
    study = Column("text", "Id of the study.")
    arm = Column("text", "Id of the arm within the study.")
    result = Column("text", "Id of the figure within the registry.")
    label = Column("text", "Study and arm in a few words.")
    role = Column("text", "Part that the arm plays in its study.")
    measure = Column("text", "What kind of figure was printed.")
    definition = Column(
        "text", "Id of the responder definition; empty where the study's rule is not known.", empty=True
    )
    definition_note = Column("text", "The study's rule in our words, where it is not one of ours.")
    endpoint = Column("text", "Endpoint whose window holds the study's time.", empty=True)
    population = Column("text", "Population that the study included.")
    day = Column("whole", "The study's own day of measurement, from the start.", empty=True)
    analysis_set = Column("text", "How the study counted patients without an outcome.")
    printed = Column("text", "The figure exactly as printed, in percent.")
    percent = Column("number", "The printed figure as a number, 0 to 100.", empty=True, least=0, most=100)
    n = Column("whole", "Patients that the percentage is of; empty where not known.", empty=True, least=1)
    responders = Column("whole", "Responders inferred from the printed figure and n.", empty=True, least=0)
    grim = Column("text", "Whether a whole number of the n patients gives the printed figure.", among=GRIM)
    rate = Column(
        "number",
        "Rate used in computations: responders / n, else the printed figure.",
        empty=True,
        least=0,
        most=1,
    )
    rate_low = Column("number", "Lower 95% Wilson limit; empty where n is not known.", empty=True, least=0, most=1)
    rate_high = Column("number", "Upper 95% Wilson limit; empty where n is not known.", empty=True, least=0, most=1)
    confidence = Column("text", "How sure we are of the printed figure.")
    definition_confidence = Column("text", "How sure we are of the study's rule.")
    n_confidence = Column("text", "How sure we are of the number of patients.")
    carries_verdict = Column("flag", "Whether a comparison with this figure may end in a verdict.")
    why_not = Column("text", "Why it may not, in words; empty where it may.")
    locator = Column("text", "Where the figure stands in the publication.")
    note = Column("text", "Anything else a reader should know.")
