"""How the cases about rates, their differences, verdicts and missing outcomes are asked of our functions."""

import math
from collections.abc import Callable

import numpy as np

from tests.published.registry import Inputs, Methods, Result, limits
from transforms.comparability import Facts, grade
from transforms.sentences import Observed, Published, apart_statement, refused_sentence, statement
from transforms.statistics import missing, missing_models, proportions, score_intervals
from transforms.statistics.proportions import Interval
from transforms.statistics.score_intervals import TwoRates

METHODS = Methods()


def _one_rate(method: Callable[[int, int, float], Interval | None]) -> Callable[[Inputs], Result]:
    def asked(given: Inputs) -> Result:
        x, n = given["x"], given["n"]
        return limits(method(x, n, given["conf_level"]), estimate=x / n if n else None)

    return asked


METHODS["mid_p"] = _one_rate(score_intervals.mid_p)
METHODS["wilson_cc"] = _one_rate(score_intervals.wilson_continuity)
METHODS["wilson"] = _one_rate(proportions.wilson)
METHODS["clopper_pearson"] = _one_rate(proportions.clopper_pearson)
METHODS["jeffreys"] = _one_rate(proportions.jeffreys)


@METHODS.answers("newcombe_hybrid_score")
def _newcombe(given: Inputs) -> Result:
    x1, n1, x2, n2 = (given[name] for name in ("x1", "n1", "x2", "n2"))
    return limits(proportions.newcombe(x1, n1, x2, n2, given["conf_level"]), estimate=x1 / n1 - x2 / n2)


TWO_RATES: dict[str, Callable[[TwoRates, float], Interval | None]] = {
    "newcombe_hybrid_score_cc": score_intervals.newcombe_continuity,
    "miettinen_nurminen": score_intervals.miettinen_nurminen,
    "mee": lambda rates, level: score_intervals.miettinen_nurminen(rates, level, corrected=False),
    "koopman_score": score_intervals.koopman,
    "miettinen_nurminen_ratio": lambda rates, level: score_intervals.koopman(rates, level, corrected=True),
    "katz_log": score_intervals.katz_log,
}


def _two_rates(method: str) -> Callable[[Inputs], Result]:
    def asked(given: Inputs) -> Result:
        rates = TwoRates(given["x1"], given["n1"], given["x2"], given["n2"])
        ratio = rates.p1 / rates.p2 if rates.p2 else (math.inf if rates.p1 else None)
        is_ratio = method in ("koopman_score", "miettinen_nurminen_ratio", "katz_log")
        estimate = ratio if is_ratio else rates.p1 - rates.p2
        return limits(TWO_RATES[method](rates, given["conf_level"]), estimate=estimate)

    return asked


METHODS.update({method: _two_rates(method) for method in TWO_RATES})


@METHODS.answers("mover")
def _mover(given: Inputs) -> Result:
    first, second = Interval(given["l1"], given["u1"]), Interval(given["l2"], given["u2"])
    found = proportions.mover(given["p1"], first, given["p2"], second)
    return limits(found, difference=given["p1"] - given["p2"])


@METHODS.answers("grim_percentage")
def _grim(given: Inputs) -> Result:
    found = proportions.grim(given["percent"], given["n"])
    return {
        "consistent_counts": found.consistent,
        "n_consistent": len(found.consistent),
        "attainable": found.attainable,
        "inferred_count": found.inferred,
    }


# --- verdicts ---


@METHODS.answers("verdict_mover_wilson")
def _verdict(given: Inputs) -> Result:
    x1, n1, x2, n2 = (given[name] for name in ("x_obs", "n_obs", "x_pub", "n_pub"))
    interval = proportions.newcombe(x1, n1, x2, n2, 1 - 2 * given["alpha"])
    assert interval is not None
    return {
        "difference": x1 / n1 - x2 / n2,
        "lower90": interval.low,
        "upper90": interval.high,
        "verdict": proportions.verdict(interval, given["margin"]),
    }


@METHODS.answers("min_n_equivalence_attainable")
def _minimum_n(given: Inputs) -> Result:
    # The cases were searched up to a cohort of 400.
    found = proportions.minimum_n_for_equivalence(given["x_pub"], given["n_pub"], given["margin"])
    return {"min_n": found if found is not None and found <= 400 else None}


@METHODS.answers("mn_tost")
def _score_equivalence(given: Inputs) -> Result:
    rates = TwoRates(given["x_obs"], given["n_obs"], given["x_pub"], given["n_pub"])
    found = score_intervals.score_equivalence(rates, given["margin"])
    return {
        "difference": rates.p1 - rates.p2,
        "lower90": found.interval.low,
        "upper90": found.interval.high,
        "p_noninferior": found.p_noninferior,
        "p_nonsuperior": found.p_nonsuperior,
        "verdict": found.verdict,
    }


@METHODS.answers("comparability_grade")
def _grade(given: Inputs) -> Result:
    names = {"n": "benchmark_n", "low_risk_of_bias": "low_risk_of_bias", "grim_ok": "grim_ok"}
    facts = {name: value for name, value in given.items() if name != "benchmark"}
    facts |= {names[name]: value for name, value in given["benchmark"].items()}
    if facts["instrument"] == "different_construct":
        facts["instrument"] = "different"
    found = grade(Facts(**facts))
    return {"dimensions": dict(found.levels), "grade": found.letter, "verdict_allowed": found.verdict_allowed}


@METHODS.answers("statement")
def _statement(given: Inputs) -> Result:
    observed = Observed(
        x=given["x"],
        n=given["n"],
        missing=given["missing"],
        interval=Interval(*given["interval"]),
        bounds=Interval(*given["bounds"]),
        window="6 months",
        definition="30% or more better",
        rounded=False,
    )
    printed = f"{given['benchmark_rate'] * 100:.1f}"
    published = Published(label=given["benchmark_label"], printed=printed, n=given["benchmark_n"])
    if given["grade"] == "R":
        return refused_sentence(published.label, ["a different condition"])
    if given["grade"] == "D":
        return apart_statement(observed, published, "D", ["two reasons"], "too much differs between the two")
    said = statement(
        observed,
        published,
        given["verdict"],
        given["margin"],
        letter=given["grade"],
        reasons=(),
        depends_on_missing=not given["robust"],
    )
    return said.replace("**", "")  # as a reader sees it


# --- missing outcomes ---


@METHODS.answers("manski_bounds")
def _bounds(given: Inputs) -> Result:
    found = missing.bounds(given["responders"], given["observed"], given["missing"])
    assert found is not None
    return {
        "completers": found.completers,
        "nonresponder_imputation": found.low,
        "lower": found.low,
        "upper": found.high,
        "width": found.width,
        "followup_rate": found.follow_up,
    }


@METHODS.answers("tipping_point_wilson")
def _tipping_point(given: Inputs) -> Result:
    x, n, m = given["responders"], given["observed"], given["missing"]
    fewest = missing.tipping_point(x, n, m, given["benchmark"], given["conf_level"])
    return {
        "min_missing_responders_for_lower_gt_benchmark": fewest,
        "required_rate_among_missing": None if fewest is None or m == 0 else fewest / m,
        "observed_rate": x / n if n else None,
    }


@METHODS.answers("imbens_manski_ci")
def _imbens_manski(given: Inputs) -> Result:
    interval, critical = missing_models.imbens_manski(
        given["responders"], given["observed"], given["missing"], given["conf_level"]
    )
    return limits(interval, critical=critical)


@METHODS.answers("rubin_rules_logit")
def _rubin(given: Inputs) -> Result:
    found = missing_models.rubin(given["p_hat"], given["var_logit"], given["n"])
    return {
        "qbar_logit": found.logit,
        "ubar": found.within,
        "b": found.between,
        "total_var": found.total,
        "df_barnard_rubin": found.df,
        "df_rubin_large": found.df_large,
        "estimate": found.rate,
        "ci": [found.interval.low, found.interval.high],
        "fmi": found.missing_information,
    }


@METHODS.answers("ipw_hajek")
def _ipw(given: Inputs) -> Result:
    severity = np.array(given["severity"], dtype=np.float64)
    found = missing_models.weighted_rate(given["y"], severity, truncate=False)
    return {
        "coef": found.coefficients.tolist(),
        "completer_rate": found.completers,
        "ipw_rate": found.rate,
        "ess": found.effective_size,
    }
