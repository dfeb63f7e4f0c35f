"""How the cases about clinics beside each other, over time, and adjusted for case mix are asked."""

from collections.abc import Callable

import numpy as np

from tests.published.registry import Inputs, Methods, Result
from transforms.statistics import (
    case_mix,
    charts,
    cusum,
    funnel,
    logit_normal,
    maic,
    multiplicity,
    over_time,
    shrinkage,
)
from transforms.statistics.distributions import Vector, binomial_cumulative
from transforms.statistics.logistic import NotEstimableError

METHODS = Methods()


def _clinics(given: Inputs) -> list[tuple[int, int]]:
    return list(zip(given["x"], given["n"], strict=True))


# --- funnel ---


@METHODS.answers("binomial_exact_interpolated")
def _exact_limits(given: Inputs) -> Result:
    n, theta = given["n"], given["theta0"]
    found, cumulative = funnel.exact_limits(n, theta), binomial_cumulative(n, theta)
    raw = {
        f"raw_qbinom_{name}": int(np.searchsorted(cumulative, chance)) / n
        for name, chance in zip(
            ("lower95", "upper95", "lower998", "upper998"), (0.025, 0.975, 0.001, 0.999), strict=True
        )
    }
    return {
        "lower95": found.alert.low,
        "upper95": found.alert.high,
        "lower998": found.alarm.low,
        "upper998": found.alarm.high,
        **raw,
    }


@METHODS.answers("binomial_tail_flag")
def _tails(given: Inputs) -> Result:
    found = funnel.tails(given["x"], given["n"], given["theta0"])
    return {
        "p_low": found.low,
        "p_high": found.high,
        "midp_low": found.midp_low,
        "midp_high": found.midp_high,
    }


@METHODS.answers("overdispersion_additive_arcsine")
def _additive(given: Inputs) -> Result:
    found = funnel.overdispersion_arcsine(_clinics(given))
    target = sum(given["x"]) / sum(given["n"])
    limits = [funnel.widened_limits(n, target, found.tau2) for n in given["n"]]
    return {
        "target": target,
        "z_unadjusted": found.z,
        "phi": found.phi,
        "tau2": found.tau2,
        "od_lower95": [each.alert.low for each in limits],
        "od_upper95": [each.alert.high for each in limits],
        "od_lower998": [each.alarm.low for each in limits],
        "od_upper998": [each.alarm.high for each in limits],
    }


@METHODS.answers("overdispersion_multiplicative")
def _multiplicative(given: Inputs) -> Result:
    found = funnel.overdispersion_naive(_clinics(given))
    divisor = found.phi**0.5 if found.apply else 1.0
    return {
        "target": sum(given["x"]) / sum(given["n"]),
        "z": found.z,
        "phi": found.phi,
        "phi_threshold": found.threshold,
        "apply": found.apply,
        "z_adjusted": [z / divisor for z in found.z],
    }


# --- shrinkage ---


@METHODS.answers("empirical_bayes_beta_binomial")
def _beta_binomial(given: Inputs) -> Result:
    found = shrinkage.shrunk_rates(_clinics(given))
    return {
        "mu": found.mean,
        "rho": found.rho,
        "alpha": found.alpha,
        "beta": found.beta,
        "shrunk": found.rates,
        "lower95": [each.low for each in found.intervals],
        "upper95": [each.high for each in found.intervals],
        "expected_rank_best_is_1": found.expected_ranks,
    }


@METHODS.answers("empirical_bayes_boundary")
def _boundary(given: Inputs) -> Result:
    found = shrinkage.shrunk_rates(_clinics(given))
    result = "complete_pooling" if found.complete_pooling else "partial_pooling"
    return {"result": result, "shrunk": found.rates, "rho": found.rho}


@METHODS.answers("logit_normal_random_intercept")
def _random_intercept(given: Inputs) -> Result:
    found = logit_normal.logit_normal(_clinics(given), given["quadrature"])
    return {"intercept": found.mean, "sd": found.sd, "blup_prob": found.shrunk}


# --- many clinics at once ---


def _adjusted(method: multiplicity.Method) -> Callable[[Inputs], Result]:
    return lambda given: {"adjusted": multiplicity.adjusted(given["p"], method)}


METHODS["p_adjust_bh"] = _adjusted("benjamini_hochberg")
METHODS["p_adjust_by"] = _adjusted("benjamini_yekutieli")
METHODS["p_adjust_holm"] = _adjusted("holm")
METHODS["p_adjust_bonferroni"] = _adjusted("bonferroni")
METHODS["bh_rejections"] = lambda given: {"n_rejected": sum(multiplicity.discoveries(given["p"], given["q"]))}


# --- over time ---


def _chart(
    method: Callable[[list[int], list[int]], over_time.RateChart],
) -> Callable[[Inputs], Result]:
    def asked(given: Inputs) -> Result:
        found = method(given["events"], given["n"])
        return {
            "centre": found.centre,
            "lcl": found.lower,
            "ucl": found.upper,
            "longest_run": found.runs.longest,
            "longest_run_max": found.runs.longest_allowed,
            "crossings": found.runs.crossings,
            "crossings_min": found.runs.crossings_needed,
            "runs_signal": found.runs.signal,
            "sigma_signal": found.outside,
            "sigma_z": found.sigma_z,
        }

    return asked


METHODS["p_chart"] = _chart(over_time.p_chart)
METHODS["laney_p_prime"] = _chart(over_time.laney_chart)

XMR_LABELS: dict[charts.Signal, str] = {
    "none": "Common Cause",
    "above_limit": "Above UCL",
    "below_limit": "Below LCL",
    "rising": "7 Point Trend (Increasing)",
    "falling": "7 Point Trend (Decreasing)",
    "two_in_three_above": "2 in 3 Above CL",
    "two_in_three_below": "2 in 3 Below CL",
    "run_above": "7 Points Above CL",
    "run_below": "7 Points Below CL",
}


@METHODS.answers("xmr_making_data_count")
def _xmr(given: Inputs) -> Result:
    found = over_time.xmr_chart(given["y"])
    return {
        "mean": found.mean,
        "amr": found.moving_range,
        "lpl": found.lower,
        "upl": found.upper,
        "special_cause": [XMR_LABELS[signal] for signal in found.signals],
    }


@METHODS.answers("ra_cusum_steiner", "ra_cusum_steiner_improvement")
def _cusum(given: Inputs) -> Result:
    each = (given["failure"], given["risk"], given["odds_ratio"], given["limit"])
    on, again = cusum.cusum(*each, reset=False), cusum.cusum(*each, reset=True)
    return {
        "path_no_reset": on.path,
        "signal_no_reset": [int(signal) for signal in on.signals],
        "path_reset": again.path,
        "signal_reset": [int(signal) for signal in again.signals],
    }


@METHODS.answers("bernoulli_cusum")
def _bernoulli_cusum(given: Inputs) -> Result:
    risks = [given["p0"]] * len(given["failure"])
    found = cusum.cusum(given["failure"], risks, given["odds_ratio"], given["limit"], reset=False)
    return {"path": found.path}


@METHODS.answers("vlad")
def _vlad(given: Inputs) -> Result:
    return {"path": cusum.vlad(given["failure"], given["risk"])}


@METHODS.answers("cusum_limit_exact")
def _cusum_limit(given: Inputs) -> Result:
    patients, risk = given["n_patients"], given["p0"]
    return {"limit": cusum.exact_limit(patients, risk, given["odds_ratio"], given["alpha"])}


# --- case mix ---


@METHODS.answers("direct_standardised_proportion", "direct_standardised_proportion_refuse")
def _direct(given: Inputs) -> Result:
    try:
        found = case_mix.directly_standardised(given["x"], given["n"], given["standard"])
    except NotEstimableError as reason:
        return {"result": "not_estimable", "reason": str(reason)}
    return {
        "crude": found.crude,
        "standardised": found.rate,
        "variance_binomial": found.variance,
        "se": found.se,
    }


@METHODS.answers("direct_standardised_rate_fay_feuer")
def _fay_feuer(given: Inputs) -> Result:
    found = case_mix.fay_feuer(given["count"], given["pop"], given["standard"], given["conf_level"])
    ends = {"lower": found.interval.low, "upper": found.interval.high}
    return {"crude": found.crude, "adjusted": found.rate, **ends}


@METHODS.answers("indirect_standardised_oe")
def _indirect(given: Inputs) -> Result:
    severity = np.array(given["severity"])
    design: Vector = np.column_stack(
        [given["baseline"], *(severity == level for level in sorted(set(given["severity"]))[1:])]
    ).astype(np.float64)
    outcome, clinic = np.array(given["y"], dtype=np.float64), np.array(given["clinic"], dtype=np.float64)
    found = case_mix.indirectly_standardised(outcome, design, clinic, leave_out_above=1.0)
    each = list(found.clinics.values())
    return {
        "coef": found.coefficients.tolist(),
        "observed": [one.observed for one in each],
        "expected": [one.expected for one in each],
        "oe": [one.ratio for one in each],
        "risk_adjusted_rate": [one.adjusted_rate for one in each],
        "z": [one.z for one in each],
    }


@METHODS.answers("maic_method_of_moments")
def _maic(given: Inputs) -> Result:
    design, target = _matching(given)
    outcome = np.array(given["y"], dtype=np.float64)
    found = maic.matched(outcome, design, target)
    return {
        "alpha": found.alpha.tolist(),
        "weights_rescaled": found.weights.tolist(),
        "ess": found.effective_size,
        "unweighted_rate": float(outcome.mean()),
        "weighted_rate": found.rate,
        "weighted_se_sandwich": found.se,
    }


@METHODS.answers("maic_infeasible")
def _maic_infeasible(given: Inputs) -> Result:
    try:
        maic.matching_alpha(*_matching(given))
    except NotEstimableError as reason:
        return {"result": "infeasible", "reason": str(reason)}
    return {"result": "feasible"}


def _matching(given: Inputs) -> tuple[Vector, Vector]:
    names = list(given["target"])
    design = np.column_stack([given[name] for name in names]).astype(np.float64)
    return design, np.array([given["target"][name] for name in names], dtype=np.float64)
