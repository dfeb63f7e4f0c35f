"""A printed contrast, two printed rates or two printed means as one effect with its standard error, or what is missing.

Every effect is oriented: above 0, or a ratio above 1, is in favour of the first arm. METHODS sections 2.3 and 3.5.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, hypot, log, sqrt

from schemas.study_rows import Result
from schemas.vocabulary_rows import Instrument
from transforms.statistics.contrasts import Trial
from transforms.statistics.contrasts import contrasts as trial_contrasts
from transforms.statistics.distributions import z_value
from transforms.statistics.proportions import DISPLAY_LEVEL, grim, newcombe

Z = z_value(DISPLAY_LEVEL)
SCALES: Mapping[str, str] = {
    "responder-difference": "difference",
    "responder-ratio": "ratio",
    "adjusted-relative-risk": "ratio",
    "relative-risk": "ratio",
    "hazard-ratio": "ratio",
    "mean-difference": "score",
    "adjusted-difference": "score",
    "words": "score",
    "standardised-difference": "standardised",
}


@dataclass(frozen=True)
class Effect:
    """An effect with its 95% interval and standard error (of the logarithm for a ratio), and where they come from."""

    value: float
    low: float
    high: float
    se: float
    basis: str


class NoNumber(Exception):
    """What is missing for an effect, as a short phrase."""


def printed_effect(result: Result, instrument: Instrument | None) -> Effect:
    """The effect that a source prints as a contrast; raises `NoNumber` where interval, range or direction lacks."""
    if result.measure == "words":
        raise NoNumber(f"only P {_p(result.p)} is printed" if result.p else "the finding is in words alone")
    scale = SCALES[result.measure]
    if not (result.low or result.se):
        raise NoNumber("no interval or standard error printed")
    if scale == "ratio":
        return _ratio(result)
    sign = orientation(result, instrument) / _size(scale, instrument)
    value = sign * float(result.printed)
    if result.low:
        low, high = sorted(sign * float(limit) for limit in (result.low, result.high))
        return Effect(value, low, high, (high - low) / (2 * Z), "the printed 95% interval")
    se = abs(sign) * float(result.se)
    return Effect(value, value - Z * se, value + Z * se, se, "the printed standard error")


def counts_effect(one: Result, other: Result, scale: str) -> Effect:
    """The contrast of two printed rates, from the counts that they imply; raises `NoNumber` where an n is missing.

    A difference has Newcombe's interval, a ratio that of its logarithm. METHODS sections 1.3, 2.3 and 3.5.
    """
    if one.n is None or other.n is None:
        raise NoNumber("the number of patients is not known")
    trial = Trial(grim(one.printed, one.n).inferred, one.n, grim(other.printed, other.n).inferred, other.n)
    basis = "the counts that the printed percentages imply"
    if scale == "difference":
        effects, variances = trial_contrasts([trial], "risk_difference")
        limits = newcombe(trial.x1, trial.n1, trial.x2, trial.n2)
        if limits is None:  # both arms have patients, or Trial had refused them
            raise NoNumber("an arm has no patients")
        return Effect(float(effects[0]), limits.low, limits.high, sqrt(float(variances[0])), basis)
    effects, variances = trial_contrasts([trial], "log_risk_ratio")
    centre, se = float(effects[0]), sqrt(float(variances[0]))
    return Effect(exp(centre), exp(centre - Z * se), exp(centre + Z * se), se, basis)


def means_effect(one: Result, other: Result, instrument: Instrument | None) -> Effect:
    """The contrast of two printed means; raises `NoNumber` where a variance, an n or the score's range lacks."""
    sign = orientation(one, instrument) / _size("score", instrument)
    se = abs(sign) * hypot(_se_of_mean(one), _se_of_mean(other))
    value = sign * (float(one.printed) - float(other.printed))
    return Effect(value, value - Z * se, value + Z * se, se, "the means and their printed variances")


def orientation(result: Result, instrument: Instrument | None) -> int:
    """1 where a higher figure is better, else -1; raises `NoNumber` where nobody can say."""
    better = result.better or (instrument.better if instrument else "higher")
    if better not in ("higher", "lower"):
        raise NoNumber("which direction is better is disputed")
    return 1 if better == "higher" else -1


def _size(scale: str, instrument: Instrument | None) -> float:
    """How many printed units make the whole: the range of a score, 100 percentage points, one standard deviation."""
    if scale != "score":
        return 100.0 if scale == "difference" else 1.0
    if instrument is None or instrument.low is None or instrument.high is None:
        raise NoNumber("the score's range is not on record")
    return instrument.high - instrument.low


def _ratio(result: Result) -> Effect:
    value, low, high = (float(text) for text in (result.printed, result.low, result.high))
    if result.better == "lower":
        value, low, high = 1 / value, 1 / high, 1 / low
    return Effect(value, low, high, (log(high) - log(low)) / (2 * Z), "the printed 95% interval")


def _se_of_mean(result: Result) -> float:
    if result.se:
        return float(result.se)
    if not result.sd:
        raise NoNumber("no variance is printed")
    if result.n is None:
        raise NoNumber("the number of patients is not known")
    return float(result.sd) / sqrt(result.n)


def _p(printed: str) -> str:
    return printed if printed[:1] in "<>=" else f"= {printed}"
