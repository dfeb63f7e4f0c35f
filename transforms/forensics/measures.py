"""Which rules a measure answers to: groups of the words in `schemas.measures`, and what stands beside what."""

from collections.abc import Iterator, Mapping
from itertools import product

from schemas.measures import PERCENTAGES
from schemas.study_rows import Result, Study
from schemas.vocabulary_rows import Instrument

#: Averages of scores, which lie within the instrument's range.
SCORES = ("mean", "adjusted-mean", "median")
#: Improvements: a positive number is towards better, whichever way the instrument goes.
IMPROVEMENTS = ("mean-improvement", "lowest-improvement-of-arms", "highest-improvement-of-arms")
#: Measures whose interval is symmetric about the figure, and those where it is about the logarithm.
SYMMETRIC = (
    "mean", "adjusted-mean", "mean-change", "mean-improvement", "mean-difference", "adjusted-difference",
    "standardised-difference", "qaly-difference", "cost-difference",
)  # fmt: skip
SYMMETRIC_IN_LOGARITHM = ("adjusted-relative-risk", "relative-risk", "odds-ratio", "hazard-ratio", "rate-ratio")
#: Contrasts that follow from figures of the two arms, and which. An adjusted contrast does not: a model is between.
DIFFERENCE_OF = {
    "responder-difference": ("responder-percent", "percent"),
    "mean-difference": ("mean", "mean-change", "mean-improvement"),
}
RATIO_OF = {"responder-ratio": ("responder-percent", "percent"), "relative-risk": ("responder-percent", "percent")}


def is_exact(result: Result) -> bool:
    """Whether the source prints a number, without `about` or `more than` before it."""
    return bool(result.printed) and not result.qualifier


def is_percentage(result: Result) -> bool:
    """Whether the figure is a share of something that is counted, so that counts can be held against it."""
    return is_exact(result) and result.measure in {*PERCENTAGES, "percent"} and result.measure != "illustration"


def is_percentage_of_responders(result: Result) -> bool:
    """Whether the figure is a share of patients who responded."""
    return is_percentage(result) and result.measure in PERCENTAGES


def direction(result: Result, instruments: Mapping[str, Instrument]) -> str:
    """Which way a figure is better, `lower` or `higher`, as the record says or its instrument does; else empty."""
    if result.better:
        return result.better
    if result.measure in IMPROVEMENTS:
        return "higher"
    return own_direction(result.instrument, instruments)


def own_direction(instrument: str | None, instruments: Mapping[str, Instrument]) -> str:
    """Which way the instrument itself is better; empty where that depends, or no instrument is named."""
    found = instruments[instrument].better if instrument else "depends"
    return found if found in {"lower", "higher"} else ""


def pairs(study: Study, contrast: Result, measures: tuple[str, ...]) -> Iterator[tuple[Result, Result]]:
    """The figures of the two arms that a contrast is of: same outcome, rule and time, both of one of these measures."""
    for measure in measures:
        sides = (
            [each for each in study.results if each.arm == arm and each.measure == measure and _beside(each, contrast)]
            for arm in (contrast.arm, contrast.comparator)
        )
        yield from product(*sides)


def _beside(figure: Result, contrast: Result) -> bool:
    """Whether an arm's figure is of what the contrast is of, as far as both say; notes in words may differ."""
    sets = {figure.analysis_set, contrast.analysis_set} - {"unknown"}
    return is_exact(figure) and len(sets) <= 1 and _of_what(figure) == _of_what(contrast)


def _of_what(result: Result) -> tuple[object, ...]:
    return (result.instrument, result.outcome, result.definition, result.endpoint, result.day, result.subset)
