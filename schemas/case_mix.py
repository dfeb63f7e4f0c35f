"""Table of case mix: who the patients of a clinic are, beside those of its network and of published studies."""

from typing import ClassVar

from schemas.contract import Column, Table, share

#: Means and spreads leave to this part of their scale (METHODS, section 8.2).
STEPS_OF_A_SCALE = 50
MEASURES = ("baseline", "age", "sex", "duration", "baseline score")
SHOWN = ("ok", "suppressed", "too few for a mean")
BANDS = ("match", "minor", "major", "unknown")


class CaseMix(Table):
    """One row per cohort, cell, characteristic and group, and per published baseline of the same instrument.

    Of first courses that are due and eligible. A group is given by its number; the baseline score by mean and SD.
    """

    NAME: ClassVar[str] = "case_mix"
    KEY: ClassVar[tuple[str, ...]] = (
        "source", "cohort", "definition", "endpoint", "population", "measure", "level", "study", "arm",
    )  # fmt: skip
    PUBLIC: ClassVar[bool] = True
    source = Column("text", "Public alias of the clinic or trial.")
    cohort = Column("text", "The source itself, or the trial arm.")
    definition = Column("text", "Id of the responder definition whose patients they are.")
    endpoint = Column("text", "Id of the endpoint at which they are due.")
    population = Column("text", "Id of the population that the cohort was restricted to.")
    measure = Column("text", "Which characteristic.", among=MEASURES)
    level = Column("text", "Which group of it; `mean` for the baseline score.")
    study = Column("text", "Study whose baseline stands beside the score; empty where none does.")
    arm = Column("text", "Arm of that study; empty for the study as a whole.")
    status = Column("text", "What may be shown, and if nothing, why.", among=SHOWN)
    courses = Column("whole", "Courses due and eligible, to the nearest 5; empty: not shown.", empty=True, least=0)
    portion = share("Share of all courses due and eligible.")
    followed_up = Column("whole", "Of these, with an outcome, to the nearest 5; empty: not shown.", empty=True, least=0)
    missing = Column("whole", "Of these, without one, to the nearest 5; empty: not shown.", empty=True, least=0)
    mean = Column("number", "Mean score before treatment, to a fiftieth of the scale.", empty=True)
    sd = Column("number", "Standard deviation, to a fiftieth of the scale.", empty=True, least=0)
    mean_low = Column("number", "Lower 95% limit of the mean (t).", empty=True)
    mean_high = Column("number", "Upper 95% limit of the mean (t).", empty=True)
    mean_followed_up = Column("number", "Mean of those with an outcome, to a fiftieth of the scale.", empty=True)
    mean_missing = Column("number", "Mean of those without one, to a fiftieth of the scale.", empty=True)
    peers = Column("whole", "Clinics of the network that show the mean, or every group of the characteristic.", least=0)
    network_share = share(
        "Share among the clinics that show every group, together, to the nearest tenth of a percentage point."
    )
    network_mean = Column("number", "Mean among all clinics of the network together, to 3 decimals.", empty=True)
    network_sd = Column(
        "number", "Standard deviation among all clinics of the network together, to 3 decimals.", empty=True, least=0
    )
    published_mean = Column("number", "Mean that the study reports.", empty=True)
    published_sd = Column("number", "Standard deviation that it reports.", empty=True, least=0)
    published_confidence = Column("text", "How the study's figure is known; empty where there is none.")
    smd = Column("number", "Clinic's mean minus the study's, in standard deviations of the study.", empty=True)
    smd_band = Column("text", "What that difference costs in the grade.", among=BANDS)
