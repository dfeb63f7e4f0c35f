"""Table of published figures: every one that the registry holds, as printed, with what it was read from."""

from typing import ClassVar

from schemas.contract import Column, Table

ENTRIES = ("result", "interval", "baseline")


class PublishedFigures(Table):
    """One row per published figure, of whatever measure; response rates stand in `published_rates` as well."""

    NAME: ClassVar[str] = "published_figures"
    KEY: ClassVar[tuple[str, ...]] = ("study", "result")
    PUBLIC: ClassVar[bool] = True
    study = Column("text", "Id of the study, whose citation is in `studies`.")
    result = Column("text", "Id of the figure within the study.")
    entry = Column(
        "text", "A result, an interval known from elsewhere than its result, or a baseline score.", among=ENTRIES
    )
    source_id = Column("text", "Id in the list that the figure came from; empty where it came from none.")
    arm = Column("text", "Id of the arm; empty for the whole study or pooled trials.")
    against = Column("text", "What it is compared with: an arm's id, or words; empty for a figure of one arm.")
    measure = Column("text", "What kind of figure it is.")
    outcome = Column("text", "What was measured, in words.")
    instrument = Column("text", "Id of the instrument; empty where none of ours fits.")
    definition = Column("text", "Id of the responder definition; empty where there is none or it is not known.")
    definition_note = Column("text", "The study's responder rule in our words, where it is not one of ours.")
    definition_confidence = Column("text", "How sure we are of the rule; empty for a figure without one.")
    subset = Column("text", "Which of the patients or trials; empty for all.")
    qualifier = Column("text", "What stands before the printed figure: about, more than.")
    printed = Column("text", "The digits as printed; empty where the source gives no number.")
    words = Column("text", "The finding, where the source gives it in words.")
    unit = Column("text", "Unit of the figure.")
    better = Column("text", "Which way is better: lower, higher, disputed; empty where it does not apply.")
    sd = Column("text", "Standard deviation as printed.")
    se = Column("text", "Standard error as printed.")
    low = Column("text", "Lower 95% limit as printed.")
    high = Column("text", "Upper 95% limit as printed.")
    p = Column("text", "P value as printed.")
    n = Column("whole", "Patients, or treatments, that the figure is of.", empty=True, least=0)
    n_confidence = Column("text", "How sure we are of that number; empty where there is none.")
    trials = Column("whole", "Number of trials behind a pooled figure.", empty=True, least=1)
    endpoint = Column("text", "Endpoint whose window holds the study's time; empty outside every window.")
    day = Column("whole", "The study's own day of measurement.", empty=True)
    time = Column("text", "When it was measured, in words.")
    analysis_set = Column("text", "How patients without an outcome were counted.")
    value_basis = Column("text", "printed, or how the figure was derived.")
    confidence = Column("text", "How sure we are of the figure: checked, recalled or derived.")
    recall = Column("text", "How firmly a recalled part is remembered; empty where nothing is recalled.")
    state = Column("text", "Checked, or unverified.", among=("checked", "unverified"))
    checked_in = Column("text", "The kind of text that it was read in.")
    locator = Column("text", "Where the figure stands in that text; empty where not on record.")
    benchmark_ok = Column("text", "Whether it was cleared as a benchmark: yes, limited, no, or not asked.")
    carries_verdict = Column("flag", "Whether a comparison with this figure may end in a verdict.")
    why_not = Column("text", "Why it may not, in words; empty where it may.")
    cited_in = Column("text", "Popular texts that quote it.")
    note = Column("text", "Anything else a reader should know.")
