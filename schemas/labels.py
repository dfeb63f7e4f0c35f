"""Small public tables that give names to ids: cohorts, definitions, endpoints, instruments, populations, and notes."""

from typing import ClassVar

from schemas.contract import Column, Table


class Cohorts(Table):
    """One row per clinic, or arm of a trial whose patients were loaded."""

    NAME: ClassVar[str] = "cohorts"
    KEY: ClassVar[tuple[str, ...]] = ("source", "cohort")
    PUBLIC: ClassVar[bool] = True
    source = Column("text", "Public alias of the clinic or trial.")
    cohort = Column("text", "The source itself, or the trial arm.")
    label = Column("text", "Name shown on pages.")
    kind = Column("text", "Clinic or arm.", among=("clinic", "arm"))
    condition = Column("text", "Id of the condition treated.")
    treatment = Column("text", "Id of the treatment given.")
    instruments = Column("text", "Ids of the instruments collected, comma-separated.")
    data_to = Column("date", "Last day that the source's deliveries speak for.", empty=True)
    synthetic = Column("flag", "Whether the data are made up.")


class Definitions(Table):
    """One row per responder definition in use."""

    NAME: ClassVar[str] = "definitions"
    KEY: ClassVar[tuple[str, ...]] = ("definition",)
    PUBLIC: ClassVar[bool] = True
    definition = Column("text", "Id of the definition.")
    label = Column("text", "The rule in a few words, generated from it.")
    sentence = Column("text", "The rule in a sentence, generated from it.")
    instruments = Column("text", "Ids of its instruments, comma-separated.")
    relative_threshold = Column(
        "number",
        "Percent of the baseline, where that is all it asks for; else empty.",
        empty=True,
        least=0,
    )
    ambiguous = Column("flag", "Whether the publication's wording can be read in more than one way.")
    readings = Column(
        "text", "Every reading and the rule it gives, the counted one first; empty where there is one only."
    )
    source = Column("text", "Where the rule comes from.")


class Endpoints(Table):
    """One row per endpoint."""

    NAME: ClassVar[str] = "endpoints"
    KEY: ClassVar[tuple[str, ...]] = ("endpoint",)
    PUBLIC: ClassVar[bool] = True
    endpoint = Column("text", "Id of the endpoint.")
    label = Column("text", "Name shown on pages.")
    target = Column("whole", "Target day from the start of treatment.")
    low = Column("whole", "First day of the window.")
    high = Column("whole", "Last day of the window.")
    fixed_on = Column("date", "Day on which the window was decided; empty where nobody says.", empty=True)


class Instruments(Table):
    """One row per instrument with a known range and direction."""

    NAME: ClassVar[str] = "instruments"
    KEY: ClassVar[tuple[str, ...]] = ("instrument",)
    PUBLIC: ClassVar[bool] = True
    instrument = Column("text", "Id of the instrument.")
    name = Column("text", "Its name.")
    low = Column("number", "Lowest score.")
    high = Column("number", "Highest score.")
    better = Column("text", "Which direction is better.", among=("lower", "higher"))


class Populations(Table):
    """One row per population that a cohort can be restricted to."""

    NAME: ClassVar[str] = "populations"
    KEY: ClassVar[tuple[str, ...]] = ("population",)
    PUBLIC: ClassVar[bool] = True
    population = Column("text", "Id of the population.")
    label = Column("text", "Its limits in words, generated from them.")


class ReleaseNotes(Table):
    """One row per thing that holds for the whole release."""

    NAME: ClassVar[str] = "release_notes"
    KEY: ClassVar[tuple[str, ...]] = ("key",)
    PUBLIC: ClassVar[bool] = True
    key = Column("text", "What is noted.")
    value = Column("text", "The note.")
