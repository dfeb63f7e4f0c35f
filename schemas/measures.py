"""What a published figure can be: every measure's word, and what a figure of that measure needs.

Lives here: the words and the groups that the loader and the tables ask for. What a figure is stands in `study_rows`.
"""

from typing import Literal, get_args

#: Shares of an arm's patients who responded: what a clinic's own rate can be set beside, or derived from one.
Percentage = Literal[
    "responder-percent", "lowest-of-arms", "highest-of-arms", "missing-as-non-response", "illustration",
    "derived-by-us",
]  # fmt: skip
#: Contrasts of responders between two arms.
ResponderContrast = Literal["responder-difference", "responder-ratio", "adjusted-relative-risk", "relative-risk"]
#: Other contrasts, between two arms or of pooled trials.
OtherContrast = Literal[
    "mean-difference", "adjusted-difference", "standardised-difference", "odds-ratio", "hazard-ratio", "rate-ratio",
    "qaly-difference", "cost-difference", "cost-per-qaly",
]  # fmt: skip
Contrast = Literal[ResponderContrast, OtherContrast]
#: Figures of one arm, or of a whole study, that are no share of responders.
Single = Literal[
    "mean", "adjusted-mean", "mean-change", "mean-improvement", "lowest-improvement-of-arms",
    "highest-improvement-of-arms", "median", "percent", "percent-decrease", "count", "rate", "mean-cost", "probability",
]  # fmt: skip
#: A finding that the source gives in words, or by its p value alone.
InWords = Literal["words"]
Measure = Literal[Percentage, Contrast, Single, InWords]

PERCENTAGES: tuple[str, ...] = get_args(Percentage)
CONTRASTS: tuple[str, ...] = get_args(Contrast)
RESPONDER_CONTRASTS: tuple[str, ...] = get_args(ResponderContrast)
#: Measures whose figure is in percent.
IN_PERCENT: tuple[str, ...] = (*PERCENTAGES, "percent", "percent-decrease", "probability")
#: Measures that lie between 0 and 100.
SHARES: tuple[str, ...] = (*PERCENTAGES, "percent", "probability")
#: Measures of which a figure below 0 cannot be.
NEVER_NEGATIVE: tuple[str, ...] = (
    *SHARES, "responder-ratio", "adjusted-relative-risk", "relative-risk", "odds-ratio", "hazard-ratio", "rate-ratio",
    "count", "rate",
)  # fmt: skip

#: What a measure is called on a page.
MEASURE_WORDS: dict[str, str] = {
    "responder-percent": "responders",
    "lowest-of-arms": "responders, lowest of several arms",
    "highest-of-arms": "responders, highest of several arms",
    "missing-as-non-response": "responders, missing counted as non-responders",
    "illustration": "illustration, not observed",
    "derived-by-us": "responders, derived by us",
    "responder-difference": "difference of responders",
    "responder-ratio": "ratio of responders",
    "adjusted-relative-risk": "relative risk of response, adjusted",
    "relative-risk": "relative risk",
    "mean-difference": "difference of means",
    "adjusted-difference": "difference of means, adjusted",
    "standardised-difference": "standardised difference of means",
    "odds-ratio": "odds ratio",
    "hazard-ratio": "hazard ratio",
    "rate-ratio": "ratio of rates",
    "qaly-difference": "difference of quality-adjusted life years",
    "cost-difference": "difference of costs",
    "cost-per-qaly": "cost per quality-adjusted life year",
    "mean": "mean",
    "adjusted-mean": "mean, adjusted",
    "mean-change": "mean change",
    "mean-improvement": "mean improvement",
    "lowest-improvement-of-arms": "mean improvement, lowest of several arms",
    "highest-improvement-of-arms": "mean improvement, highest of several arms",
    "median": "median",
    "percent": "share",
    "percent-decrease": "decrease in percent",
    "count": "count",
    "rate": "rate",
    "mean-cost": "mean cost",
    "probability": "probability",
    "words": "finding in words",
}
