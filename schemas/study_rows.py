"""A published study as we hold it: its arms, baselines and results, and what each is known from.

Each field is a key of the study's TOML file (`evidence/README.md` explains them), except those that the
loader fills in. What may carry a verdict is decided here, once. DESIGN section 4, METHODS section 1.1. The words for
measures stand in `measures`.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from schemas.measures import PERCENTAGES, Measure

#: `named`: a popular text names the record and nobody has looked it up; never of a figure.
Confidence = Literal["checked", "recalled", "derived", "named"]
#: `report` is a further report of a trial that has a file of its own, which `report_of` names.
Kind = Literal[
    "trial", "cohort", "review", "report", "economic", "safety", "guideline", "mechanism", "methods", "context",
]  # fmt: skip
#: Kinds that describe patients who were treated: they need a condition, a treatment and a population.
OF_PATIENTS: tuple[str, ...] = ("trial", "cohort")
Role = Literal[
    "active", "sham", "placebo", "usual-care", "guideline-care", "waiting-list", "other-treatment", "observational",
    "mixed",
]  # fmt: skip
AnalysisSet = Literal["itt-nri", "itt", "completers", "unknown"]
Better = Literal["lower", "higher", "disputed", ""]


@dataclass(frozen=True)
class Arm:
    """A group of a study. `n` is how many were allocated to it, or entered it; None where nobody says.

    `pools` names the arms that the authors put together in this one.
    """

    id: str
    label: str
    role: Role
    treatment: str
    confidence: Confidence
    n: int | None = None
    n_confidence: Confidence | None = None
    sessions: str = ""
    weeks: str = ""
    pools: tuple[str, ...] = ()
    checked_in: str = ""
    source_id: str = ""
    note: str = ""


@dataclass(frozen=True)
class Baseline:
    """The mean score before treatment, in the instrument's points; of the whole study where `arm` is None.

    `better` is left empty where the instrument's own direction holds.
    """

    instrument: str
    mean: Decimal
    confidence: Confidence
    arm: str | None = None
    sd: Decimal | None = None
    better: Better = ""
    value_basis: str = "printed"
    checked_in: str = ""
    source_id: str = ""
    note: str = ""


@dataclass(frozen=True)
class Result:
    """One published figure.

    `printed` has the digits as printed, without the unit, and `qualifier` what stands before them; it is empty only
    where the source gives no number, and `words` then has the finding. `low` and `high` are the printed 95% interval.
    `day` counts from the start of the study's clock (`time_note` says which). `n` is the denominator of this figure,
    `responders` its count, with how it is known. `value_basis` is "printed" for a figure that the source prints, else
    how it was derived. A contrast has a `comparator`, the other arm, or says in words what it is `against`. `arm` is
    None for a figure of the whole study or of pooled trials, `trials` being their number. `outcome` says what was
    measured where no instrument of the vocabulary fits.
    """

    id: str
    measure: Measure
    confidence: Confidence
    arm: str | None = None
    printed: str = ""
    qualifier: Literal["", "about", "more than"] = ""
    words: str = ""
    comparator: str | None = None
    against: str = ""
    instrument: str | None = None
    outcome: str = ""
    subset: str = ""
    unit: str = "%"
    better: Better = ""
    sd: str = ""
    se: str = ""
    definition: str | None = None
    definition_note: str = ""
    definition_confidence: Confidence | None = None
    endpoint: str | None = None
    day: int | None = None
    time_note: str = ""
    analysis_set: AnalysisSet = "unknown"
    n: int | None = None
    n_confidence: Confidence | None = None
    n_note: str = ""
    trials: int | None = None
    responders: int | None = None
    responders_basis: Literal["printed", "recalled", "derived", ""] = ""
    low: str = ""
    high: str = ""
    interval_confidence: Confidence | None = None
    interval_source_id: str = ""
    p: str = ""
    p_confidence: Confidence | None = None
    p_note: str = ""
    value_basis: str = "printed"
    recall: Literal["", "low", "medium", "high"] = ""
    locator: str = ""
    checked_in: str = ""
    benchmark_ok: Literal["yes", "limited", "no", ""] = ""
    cited_in: tuple[str, ...] = ()
    source_id: str = ""
    note: str = ""

    @property
    def percent(self) -> Decimal | None:
        """The printed figure as a number between 0 and 100; None for anything that is not a percentage."""
        return Decimal(self.printed) if self.measure in PERCENTAGES else None

    @property
    def state(self) -> Literal["checked", "unverified"]:
        """Whether the figure itself was seen in a source; recalled and derived figures are unverified."""
        return "checked" if self.confidence == "checked" else "unverified"

    @property
    def may_carry_verdict(self) -> bool:
        """Whether a clinic may be judged against this figure: nothing stands in the way."""
        return not self.why_not

    @property
    def why_not(self) -> tuple[str, ...]:
        """What keeps this figure from carrying a verdict, as short phrases; empty where nothing does.

        Percentage, definition and arm size must all be checked, and the figure be cleared as a benchmark
        (DESIGN section 4); definition, day and place in the source must be on record (METHODS section 1.1).
        """
        obstacles = {
            "it is not a printed responder percentage": not self._is_printed_percentage,
            "the figure is not checked": self.confidence != "checked",
            "its definition is not known": self.definition is None,
            "its definition is not checked": self._unchecked(self.definition, self.definition_confidence),
            "its denominator is not known": self.n is None,
            "its denominator is not checked": self._unchecked(self.n, self.n_confidence),
            "its time is not known": self.endpoint is None or self.day is None,
            "its place in the source is not on record": not self.locator,
            "it is not cleared as a benchmark": self.benchmark_ok != "yes",
        }
        return tuple(phrase for phrase, stands in obstacles.items() if stands)

    @property
    def _is_printed_percentage(self) -> bool:
        return self.measure == "responder-percent" and self.value_basis == "printed"

    @staticmethod
    def _unchecked(known: object, confidence: Confidence | None) -> bool:
        return known is not None and confidence != "checked"


@dataclass(frozen=True)
class Study:
    """A published work with everything of it that we hold: a study with its figures, or a citation record.

    A record without any figure says what it is `cited_for`. `year` is None where none is given. `n_randomised` is
    None where nobody was randomised or nobody says. `low_risk_of_bias` is None until somebody has judged it.
    `second_check` is empty, or the name and date of a second person who compared the file with the source.
    """

    id: str
    label: str
    citation: str
    kind: Kind
    confidence: Confidence
    year: int | None = None
    design: str = ""
    condition: str = ""
    treatment: str = ""
    population: str = ""
    arms: tuple[Arm, ...] = ()
    baselines: tuple[Baseline, ...] = ()
    results: tuple[Result, ...] = ()
    doi: str = ""
    doi_confidence: Confidence = "checked"
    pmid: str = ""
    pmcid: str = ""
    registration: str = ""
    country: str = ""
    report_of: str = ""
    cited_for: str = ""
    cited_in: tuple[str, ...] = ()
    population_note: str = ""
    n_randomised: int | None = None
    n_analysed: str = ""
    n_other: str = ""
    follow_up: str = ""
    primary_outcome: str = ""
    responder_rule: str = ""
    low_risk_of_bias: bool | None = None
    missing_rule: str = ""
    event_rule: str = ""
    checked_in: str = ""
    erratum: str = ""
    erratum_looked_up: date | None = None
    second_check: str = ""
    source_id: str = ""
    note: str = ""

    def arm(self, arm: str | None) -> Arm:
        """The arm of that id; `KeyError` where there is none."""
        return {each.id: each for each in self.arms}[arm or ""]
