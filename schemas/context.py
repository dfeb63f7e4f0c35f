"""Tables of the evidence about effect: published contrasts of acupuncture, and what they give when pooled.

Contrasts stand beside clinics' rates and are never mixed with them. METHODS section 3.5.
"""

from typing import ClassVar

from schemas.contract import Column, Table

KINDS = ("trial", "report", "review")
AGAINST = ("sham", "usual-care")
#: `difference` and `ratio` are of responders; `score` is of means, `standardised` of means in standard deviations.
SCALES = ("difference", "ratio", "score", "standardised", "none")
#: What may be done with a contrast: pooled; shown but not pooled, with `why_not`; or listed without a number.
STANDINGS = ("usable", "unverified", "different", "pooling", "no number")
MODES = ("none", "single_study", "side_by_side", "pooled_with_prediction_interval")


class Contrasts(Table):
    """One row per published contrast of acupuncture with sham or with what patients have otherwise."""

    NAME: ClassVar[str] = "contrasts"
    KEY: ClassVar[tuple[str, ...]] = ("study", "contrast")
    PUBLIC: ClassVar[bool] = True
    study = Column("text", "Id of the study.")
    contrast = Column("text", "Id of the contrast within the study.")
    kind = Column("text", "Trial, further report of one, or review, which is a pooling of trials itself.", among=KINDS)
    against = Column("text", "What acupuncture is compared with.", among=AGAINST)
    scale = Column("text", "What the effect is a contrast of.", among=SCALES)
    pool = Column("text", "Contrasts that are alike: what against, scale, condition, outcome and time.")
    arms = Column("text", "The two sides in words.")
    condition = Column("text", "Id of the condition.")
    outcome = Column("text", "What was measured, in words.")
    construct = Column("text", "What the outcome is about.")
    endpoint = Column("text", "Endpoint whose window holds the day; empty where none does.", empty=True)
    day = Column("whole", "Day of measurement from the start; empty where not known.", empty=True)
    standing = Column("text", "What may be done with the contrast.", among=STANDINGS)
    why_not = Column("text", "Why it is not pooled, in words; empty where it may be.")
    result = Column("text", "Id of the printed figure, or of the treatment arm's; empty where there is none.")
    printed = Column("text", "What the source prints, with its unit; empty where it prints no number.")
    effect = Column(
        "number",
        "Above 0 (ratio: above 1) is in favour of acupuncture. A share of patients, a ratio, a share of the score's "
        "range, or standard deviations, by scale; empty where there is none.",
        empty=True,
    )
    effect_low = Column("number", "Lower 95% limit of the effect.", empty=True)
    effect_high = Column("number", "Upper 95% limit of the effect.", empty=True)
    se = Column("number", "Standard error of the effect; of its logarithm for a ratio.", empty=True, least=0)
    basis = Column("text", "What the interval was taken from.")
    n = Column("whole", "Patients in the contrast; empty where not known.", empty=True, least=1)
    confidence = Column("text", "How sure we are of the figure.")
    locator = Column("text", "Where the figure stands in the publication.")


class PooledContext(Table):
    """One row per group of like contrasts: how many studies it has, and the pooled effect where there are enough."""

    NAME: ClassVar[str] = "pooled_context"
    KEY: ClassVar[tuple[str, ...]] = ("pool",)
    PUBLIC: ClassVar[bool] = True
    pool = Column("text", "The contrasts that are alike.")
    against = Column("text", "What acupuncture is compared with.", among=AGAINST)
    scale = Column("text", "What the effects are contrasts of.", among=SCALES)
    condition = Column("text", "Id of the condition.")
    construct = Column("text", "What the outcomes are about.")
    endpoint = Column("text", "Endpoint of all of them; empty where it is none of ours.", empty=True)
    studies = Column("whole", "Studies with a usable contrast; each counts once.", least=0)
    listed = Column("whole", "Contrasts listed in the group, usable or not.", least=1)
    mode = Column("text", "How they may be shown (METHODS 3.4).", among=MODES)
    effect = Column("number", "Pooled effect, on the scale of the contrasts; empty unless pooled.", empty=True)
    effect_low = Column("number", "Lower 95% limit, Hartung-Knapp truncated at 1.", empty=True)
    effect_high = Column("number", "Upper 95% limit, Hartung-Knapp truncated at 1.", empty=True)
    prediction_low = Column("number", "Lower limit of the 95% prediction interval.", empty=True)
    prediction_high = Column("number", "Upper limit of the 95% prediction interval.", empty=True)
    tau2 = Column("number", "Variance between studies, by REML; of logarithms for a ratio.", empty=True, least=0)
    reason = Column("text", "Why nothing is pooled; empty where it is.")
