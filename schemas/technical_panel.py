"""Table of the technical panel: each comparison that ends in a verdict or in "cannot tell", by other methods."""

from typing import ClassVar

from schemas.contract import Column, Table, gap, share


class TechnicalPanel(Table):
    """One row per comparison with a difference: score interval, tests at the margin, ratio, chances.

    Nothing here decides anything: the verdict is read off the 90% limits in `comparisons`.
    """

    NAME: ClassVar[str] = "technical_panel"
    KEY: ClassVar[tuple[str, ...]] = ("source", "cohort", "study", "result")
    PUBLIC: ClassVar[bool] = True
    source = Column("text", "Public alias of the clinic or trial.")
    cohort = Column("text", "The source itself, or the trial arm.")
    study = Column("text", "Id of the study.")
    result = Column("text", "Id of the published figure.")
    difference_score_low = gap("Lower 95% limit of the difference by Miettinen and Nurminen's score method.")
    difference_score_high = gap("Upper 95% limit of the difference by that method.")
    p_below_margin = share("One-sided chance of such data, were the rate below the published one by the margin.")
    p_above_margin = share("One-sided chance of such data, were the rate above the published one by the margin.")
    ratio = Column("number", "Observed rate over the published one; empty: the latter is 0.", empty=True, least=0)
    ratio_low = Column("number", "Lower 95% limit of the ratio by Koopman's score method.", empty=True, least=0)
    ratio_high = Column("number", "Upper 95% limit of the ratio; empty: there is none.", empty=True, least=0)
    chance_higher = share("Chance that the rate is above the published one, given both counts and nothing else.")
    chance_not_below = share("Chance that it is not below the published one by the margin or more.")
    chance_within = share("Chance that it lies within the margin of the published one.")
