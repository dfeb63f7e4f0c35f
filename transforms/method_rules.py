"""The rules that numbers follow, in words: every number in a sentence is the constant that is applied.

Nothing is decided here: a rule lives where it is applied, and its sentence changes with it.
"""

import polars as pl

from schemas.case_mix import STEPS_OF_A_SCALE
from schemas.comparisons import SENSITIVITY_MARGINS
from schemas.episodes import NEW_EPISODE_DAYS
from schemas.improvements import THRESHOLDS
from schemas.methods import TOPICS, MethodRules
from transforms import comparability as grades
from transforms.disclosure import CLASS_DISCLOSURE_FROM, FEWEST_FOR_A_MEAN
from transforms.masking import HIDDEN_FROM, HIDDEN_TO, ROUNDED_TO
from transforms.networks import FEWEST_PEERS, LARGEST_SHARE
from transforms.statistics.case_mix import FEWEST_EVENTS_PER_PARAMETER, LARGEST_SHARE_IN_MODEL
from transforms.statistics.charts import RUN, SCREENING, XMR_LIMIT
from transforms.statistics.funnel import ALARM, ALERT, FEWEST_FOR_FUNNEL, FEWEST_TO_WIDEN
from transforms.statistics.missing_models import LEAST_EFFECTIVE_SIZE
from transforms.statistics.multiplicity import FALSE_DISCOVERIES
from transforms.statistics.over_time import FEWEST_FOR_LIMITS, FEWEST_POINTS, LEAST_MEDIAN_SIZE
from transforms.statistics.pooling import FEWEST_TO_POOL, WIDEST_PREDICTION
from transforms.statistics.proportions import DECISION_LEVEL, DISPLAY_LEVEL, FEWEST_FOR_VERDICT, LEAST_FOLLOW_UP

OURS = "This project"
#: Topic, id, sentence, source.
Rule = tuple[str, str, str, str]


def method_rules(*, margin: float) -> pl.DataFrame:
    """The columns of `MethodRules`, in the order of the topics; `margin` is the release's, as a share."""
    listed = [
        *_who_counts(), *_rates(), *_beside_published(margin), *_comparability(), *_clinics(), *_over_time(),
        *_missing(), *_case_mix(), *_shown(),
    ]  # fmt: skip
    rows = [
        {"rule": rule, "topic": topic, "place": place, "sentence": sentence, "source": source}
        for place, (topic, rule, sentence, source) in enumerate(listed, start=1)
    ]
    return pl.DataFrame(rows, schema=MethodRules.schema())


def _who_counts() -> list[Rule]:
    return [
        (TOPICS[0], "first_course", ("A patient counts once, with the first course of treatment; where the contract "
         f"says that visits make courses, {NEW_EPISODE_DAYS} days without a visit begin a new one."), OURS),
        (TOPICS[0], "raw_scores", ("A response is computed from scores by the study's own rule. A flag that a clinic "
         "computed itself is not used."), OURS),
        (TOPICS[0], "due", ("A course is due at an endpoint once the endpoint's window has closed before the last day "
         "that the clinic's files speak for. What is not due is never counted as missing."), OURS),
        (TOPICS[0], "eligible", ("A course without a usable baseline, or whose baseline leaves no room for the "
         "improvement that the rule asks for, is not eligible and is counted apart."), OURS),
    ]  # fmt: skip


def _rates() -> list[Rule]:
    return [
        (TOPICS[1], "interval", (f"Every rate stands with its {DISPLAY_LEVEL:.0%} Wilson interval without continuity "
         "correction."), "Wilson 1927"),
        (TOPICS[1], "difference", "The interval of a difference is made from both sides' Wilson limits.",
         "Newcombe 1998, method 10"),
        (TOPICS[1], "continuum", ("Behind a rule stands the change itself: the share that improved by each "
         f"{THRESHOLDS[1]}% of its baseline, the mean improvement with its t interval, its quartiles, and who became "
         "worse."), "Farrar 2006; Altman and Royston 2006"),
        (TOPICS[1], "from_released_counts", ("Rates and intervals are computed from the counts that may be shown, "
         "never from finer ones."), OURS),
    ]  # fmt: skip


def _beside_published(margin: float) -> list[Rule]:
    points, *others = (f"{share:.0%}".rstrip("%") for share in (margin, *SENSITIVITY_MARGINS.values()))
    return [
        (TOPICS[2], "margin", (f"Two rates agree where the whole {DECISION_LEVEL:.0%} interval of their difference "
         f"lies within {points} percentage points, and differ where it lies beyond; that they are not shown to differ "
         "is no agreement."), "Two one-sided tests at 5%; the margin is this project's"),
        (TOPICS[2], "other_margins", (f"What margins of {' and '.join(others)} percentage points would say of the same "
         "interval stands beside each verdict against a margin, and decides nothing."), OURS),
        (TOPICS[2], "robust", ("A verdict is shown only if it holds for those with an outcome and also with the "
         "missing counted as non-responders."), OURS),
        (TOPICS[2], "gates", (f"No verdict on fewer than {FEWEST_FOR_VERDICT} outcomes, below "
         f"{LEAST_FOLLOW_UP:.0%} followed up, or with a grade of D or R."), OURS),
        (TOPICS[2], "other_methods", ("Under a verdict stand, folded away, the score interval, one-sided tests at the "
         "margin, the ratio, and chances from Jeffreys' priors. None of them decides anything."),
         "Miettinen and Nurminen 1985; Koopman 1984"),
        (TOPICS[2], "pool", (f"{FEWEST_TO_POOL} or more studies are pooled if they asked the same question and their "
         f"{DISPLAY_LEVEL:.0%} prediction interval is at most {100 * WIDEST_PREDICTION:.0f} points wide; else they "
         "stand side by side."), "Random effects, REML, Hartung and Knapp"),
        (TOPICS[2], "whole_patients", ("A printed percentage must come from a whole number of patients; one that does "
         "not is shown as printed, and flagged."), "Brown and Heathers 2017 (GRIM)"),
        (TOPICS[2], "no_effect", ("Patients of a clinic are not randomised: what is shown is never the effect of a "
         "treatment. A study's sham and usual-care arms stand beside its treatment arm."), OURS),
    ]  # fmt: skip


def _comparability() -> list[Rule]:
    minor, major = grades.MINORS_FOR_C, grades.MAJORS_FOR_D
    return [
        (TOPICS[3], "grade", (f"Twelve dimensions are each a match, a minor or a major difference, or refused. Any "
         f"refusal: R, not compared. {major} major: D, apart and without a verdict. One major, or {minor} minor: C, "
         "indicative. Any minor: B. None: A."), OURS),
        (TOPICS[3], "severity", (f"Baseline means up to {grades.SEVERITY_MATCH_UP_TO:g} standard deviations apart "
         f"match; up to {grades.SEVERITY_MINOR_UP_TO:g} is minor, more is major."), OURS),
        (TOPICS[3], "time", (f"The median day may be {grades.TIME_MATCH_UP_TO:.0%} off; up to "
         f"{grades.TIME_MINOR_UP_TO:.0%} is minor, up to {grades.TIME_MAJOR_UP_TO:.0%} major, more is refused."), OURS),
        (TOPICS[3], "followed_up", (f"From {grades.FOLLOWUP_MATCH_FROM:.0%} followed up match; from "
         f"{grades.FOLLOWUP_MINOR_FROM:.0%} is minor, from {grades.FOLLOWUP_MAJOR_FROM:.0%} major, less is refused."),
         OURS),
        (TOPICS[3], "measured_at_start", (f"From {grades.COVERAGE_MATCH_FROM:.0%} of courses measured at the start "
         f"match; from {grades.COVERAGE_MINOR_FROM:.0%} is minor; less, or unknown, is major."), OURS),
        (TOPICS[3], "long_enough", (f"From {grades.CHRONICITY_MATCH_FROM:.0%} with the complaint as long as the study "
         f"asked match; from {grades.CHRONICITY_MINOR_FROM:.0%}, or unknown, is minor; less is major."), OURS),
        (TOPICS[3], "size", (f"From {grades.COHORT_MATCH_FROM} outcomes match, from {grades.COHORT_MINOR_FROM} is "
         f"minor, fewer are refused; a published arm under {grades.BENCHMARK_SIZE_FROM} is minor."), OURS),
    ]  # fmt: skip


def _clinics() -> list[Rule]:
    return [
        (TOPICS[4], "funnel", (f"From {FEWEST_FOR_FUNNEL} clinics on, exact {ALERT:.0%} and {ALARM:.1%} limits around "
         "the network's rate. There is no ranking."), "Spiegelhalter 2005"),
        (TOPICS[4], "overdispersion", (f"With {FEWEST_TO_WIDEN} clinics or more, limits widen where clinics vary by "
         "more than chance allows."), "Spiegelhalter 2005"),
        (TOPICS[4], "many_looks", (f"Flags are adjusted for the number of clinics, so that at most "
         f"{FALSE_DISCOVERIES:.0%} of them are expected to be false."), "Benjamini and Hochberg 1995"),
        (TOPICS[4], "no_dominance", (f"A network figure in which one clinic is more than {LARGEST_SHARE:.0%} is not "
         "shown."), "ACRO"),
    ]  # fmt: skip


def _over_time() -> list[Rule]:
    return [
        (TOPICS[5], "quarters", (f"Rates go by quarter of start, once everybody who began in it is due, and where the "
         f"median quarter has {LEAST_MEDIAN_SIZE} outcomes or more."), OURS),
        (TOPICS[5], "limits", (f"Limits lie {XMR_LIMIT:g} mean moving ranges from the mean; a range beyond "
         f"{SCREENING:g} means is left out, once. Under {FEWEST_FOR_LIMITS} points there are none, under "
         f"{FEWEST_POINTS} they are on trial."), "NHS England, Making Data Count"),
        (TOPICS[5], "signals", (f"A point outside its limits, {RUN} on one side, {RUN} rising or falling, or two of "
         "three near a limit is a signal; anything else is chance."), "NHS England, Making Data Count"),
    ]  # fmt: skip


def _missing() -> list[Rule]:
    return [
        (TOPICS[6], "bounds", ("The rate if none and if all of the missing had responded stands on the same bar as the "
         "rate."), OURS),
        (TOPICS[6], "weighting", (f"A rate weighted to resemble everyone who was due is shown where it rests on "
         f"{LEAST_EFFECTIVE_SIZE:.0f} equally weighted patients or more."), "Inverse probability weighting"),
    ]  # fmt: skip


def _case_mix() -> list[Rule]:
    return [
        (TOPICS[7], "expected", ("An adjusted rate is the observed over the expected one, times the network's. The "
         f"model needs {FEWEST_EVENTS_PER_PARAMETER} responders and as many others for each of its parameters."),
         "Indirect standardisation"),
        (TOPICS[7], "own_judge", (f"A clinic with more than {LARGEST_SHARE_IN_MODEL:.0%} of the patients is left out "
         "of the model that judges it."), OURS),
        (TOPICS[7], "network_mean", f"A network's mean is shown from {FEWEST_PEERS} clinics on.", "ACRO"),
    ]  # fmt: skip


def _shown() -> list[Rule]:
    return [
        (TOPICS[8], "small_counts", (f"Counts of people or lines from {HIDDEN_FROM} to {HIDDEN_TO} are hidden, the "
         f"others rounded to the nearest {ROUNDED_TO}, each alone."), "NHS England, hospital episode statistics"),
        (TOPICS[8], "small_complement", (f"A rate is hidden where responders or the others are {HIDDEN_FROM} to "
         f"{HIDDEN_TO}; none or all is shown from {CLASS_DISCLOSURE_FROM} outcomes on."), "OpenSAFELY; ACRO"),
        (TOPICS[8], "thresholds", (f"A threshold of a curve is left out where {HIDDEN_FROM} to {HIDDEN_TO} patients "
         "lie between it and another that is shown, or at which a rule counts."), OURS),
        (TOPICS[8], "means", (f"A mean, median or deviation rests on {FEWEST_FOR_A_MEAN} patients or more and goes "
         f"to the nearest 1/{STEPS_OF_A_SCALE} of its scale."), "ACRO"),
    ]  # fmt: skip
