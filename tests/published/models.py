"""How the cases about pooled, clustered and Bayesian rates are asked of our functions."""

from collections.abc import Callable

import numpy as np

from tests.published.registry import Inputs, Methods, Result, limits
from transforms.statistics import bayes, clusters, contrasts, pooling, pooling_sensitivity
from transforms.statistics.contrasts import Measure, Trial
from transforms.statistics.distributions import Vector
from transforms.statistics.logit_normal import logit_normal
from transforms.statistics.pooling import RandomEffects, expit
from transforms.statistics.proportions import Interval

METHODS = Methods()


def _arms(given: Inputs) -> list[tuple[int, int]]:
    return list(zip(given["x"], given["n"], strict=True))


def _ends(interval: Interval) -> list[float]:
    return [interval.low, interval.high]


@METHODS.answers("benchmark_mode")
def _benchmark_mode(given: Inputs) -> Result:
    return {"mode": pooling.benchmark_mode(given["k"], given["prediction_interval_width"])}


@METHODS.answers("logit_reml_hksj_adhoc")
def _pool(given: Inputs) -> Result:
    found = pooling.pool(_arms(given), given["conf_level"])
    fewer = pooling_sensitivity.predicted_on_fewer_degrees(found, given["conf_level"])
    return {
        "q_star": found.logit.q_star,
        "se": found.logit.se,
        "estimate": found.mean,
        "ci": [found.low, found.high],
        "tau2": found.tau2,
        "pi_df_k_minus_1": [found.prediction_low, found.prediction_high],
        "pi_df_k_minus_2": _ends(fewer),
    }


@METHODS.answers("logit_reml_wald")
def _wald(given: Inputs) -> Result:
    return _logit_summary(given, "none")


@METHODS.answers("logit_reml_hksj")
def _hartung_knapp(given: Inputs) -> Result:
    return _logit_summary(given, "untruncated")


def _logit_summary(given: Inputs, adjustment: pooling.Adjustment) -> Result:
    effects, variances = pooling.logit_effects(_arms(given))
    found = pooling.random_effects(effects, variances, given["conf_level"], adjustment)
    spread = pooling_sensitivity.heterogeneity(effects, variances, found.tau2)
    return {
        "logit": found.mean,
        "se": found.se,
        "logit_ci": [found.low, found.high],
        "tau2": found.tau2,
        "I2": spread.i2,
        "H2": spread.h2,
        "Q": spread.q,
        "Q_p": spread.q_p,
        "estimate": expit(found.mean),
        "ci": [expit(found.low), expit(found.high)],
        "pi_logit": [found.prediction_low, found.prediction_high],
        "pi": [expit(found.prediction_low), expit(found.prediction_high)],
    }


@METHODS.answers("logit_glmm_ml")
def _glmm(given: Inputs) -> Result:
    found = logit_normal(_arms(given), given["quadrature_points"])
    rate, interval = found.rate(given["conf_level"])
    return {
        "logit": found.mean,
        "se": found.se,
        "tau2": found.sd**2,
        "estimate": rate,
        "ci": _ends(interval),
    }


@METHODS.answers("logit_dl_pm_fixed")
def _moments(given: Inputs) -> Result:
    effects, variances = pooling.logit_effects(_arms(given))
    dl = pooling_sensitivity.dersimonian_laird_tau2(effects, variances)
    pm = pooling_sensitivity.paule_mandel_tau2(effects, variances)
    fixed, interval = pooling_sensitivity.at_tau2(effects, variances, 0.0, given["conf_level"])
    return {
        "tau2_dl": dl,
        "estimate_dl": pooling_sensitivity.at_tau2(effects, variances, dl)[0],
        "tau2_pm": pm,
        "estimate_pm": pooling_sensitivity.at_tau2(effects, variances, pm)[0],
        "estimate_fixed": fixed,
        "ci_fixed": _ends(interval),
    }


@METHODS.answers("tau2_q_profile_ci")
def _q_profile(given: Inputs) -> Result:
    effects, variances = pooling.logit_effects(_arms(given))
    return {"tau2_ci": _ends(pooling_sensitivity.tau2_interval(effects, variances, given["conf_level"]))}


@METHODS.answers("leave_one_out")
def _leave_one_out(given: Inputs) -> Result:
    found = pooling_sensitivity.leave_one_out(_arms(given))
    return {"estimates": [expit(rest.mean) for rest in found], "tau2": [rest.tau2 for rest in found]}


@METHODS.answers("freeman_tukey_for_warning_only")
def _freeman_tukey(given: Inputs) -> Result:
    """Kept out of the product on purpose: the back-transform depends on a made-up n."""
    x, n = np.array(given["x"], dtype=np.float64), np.array(given["n"], dtype=np.float64)
    angles = (np.arcsin(np.sqrt(x / (n + 1))) + np.arcsin(np.sqrt((x + 1) / (n + 1)))) / 2
    variances = 1 / (4 * n + 2)
    mean, _ = pooling.weighted_mean(angles, variances, pooling.reml_tau2(angles, variances))

    def back(size: float) -> float:
        doubled = np.sin(2 * mean)
        inner = np.sqrt(max(0.0, 1 - (doubled + (doubled - 1 / doubled) / size) ** 2))
        return float((1 - np.sign(np.cos(2 * mean)) * inner) / 2)

    harmonic = len(n) / float((1 / n).sum())
    return {
        "ft_mean": mean,
        "estimate_harmonic_n": back(harmonic),
        "estimate_if_n_10": back(10),
        "estimate_if_n_1000": back(1000),
    }


# --- what a new clinic would show ---


def _prediction(given: Inputs) -> RandomEffects:
    """A summary with the prediction scale and degrees of freedom that the case names."""
    mean, scale, k = given["mu_logit"], given["scale"], given["df"] + 1
    return RandomEffects(mean, scale, mean, mean, mean, mean, 0.0, 1.0, k)


@METHODS.answers("logit_t_binomial_predictive")
def _predictive(given: Inputs) -> Result:
    n, logit = given["n_clinic"], _prediction(given)
    chance = pooling.predictive_distribution(logit.mean, logit.prediction_scale, logit.df, n)
    pooled = pooling.Pooled(expit(logit.mean), 0.0, 1.0, 0.0, 1.0, 0.0, logit.k, logit)
    low, high = pooling.predictive_range(n, pooled)
    return {
        "sum": chance(n),
        "mean_count": sum(1 - chance(x) for x in range(n)),
        "lower_count": low,
        "upper_count": high,
        "p_le_lower": chance(low),
        "p_lt_lower": chance(low - 1),
        "p_le_half": chance(n // 2),
    }


@METHODS.answers("predictive_check")
def _predictive_check(given: Inputs) -> Result:
    logit = _prediction(given)
    low, high = pooling.predictive_tails(given["x"], given["n"], logit)
    pooled = pooling.Pooled(expit(logit.mean), 0.0, 1.0, 0.0, 1.0, 0.0, logit.k, logit)
    category = pooling.predictive_check(given["x"], given["n"], pooled)
    return {"p_low_midp": low, "p_high_midp": high, "category": category}


# --- contrasts between arms ---


def _trials(given: Inputs) -> list[Trial]:
    if "a" in given:
        rows = zip(*(given[name] for name in "abcd"), strict=True)
        return [Trial(a, a + b, c, c + d) for a, b, c, d in rows]
    columns = [given[name] for name in ("x1", "n1", "x2", "n2")]
    if isinstance(columns[0], list):
        return [Trial(*row) for row in zip(*columns, strict=True)]
    return [Trial(*columns)]


def _effects(measure: Measure) -> Callable[[Inputs], Result]:
    def asked(given: Inputs) -> Result:
        found: tuple[Vector, Vector] = contrasts.contrasts(_trials(given), measure)
        many = isinstance(given["x1"], list)
        return {
            name: column.tolist() if many else float(column[0])
            for name, column in zip(("yi", "vi"), found, strict=True)
        }

    return asked


METHODS["effect_rd"] = _effects("risk_difference")
METHODS["effect_rr"] = METHODS["effect_rr_zero_cell"] = _effects("log_risk_ratio")
METHODS["effect_or"] = _effects("log_odds_ratio")


def _pooled_effects(measure: Measure) -> Callable[[Inputs], Result]:
    def asked(given: Inputs) -> Result:
        effects, variances = contrasts.contrasts(_trials(given), measure)
        found = pooling.random_effects(effects, variances, adjustment="untruncated")
        return {
            "estimate": found.mean,
            "se": found.se,
            "ci": [found.low, found.high],
            "tau2": found.tau2,
            "pi": [found.prediction_low, found.prediction_high],
        }

    return asked


METHODS["effect_rd_reml_hksj"] = _pooled_effects("risk_difference")
METHODS["effect_rr_reml_hksj"] = _pooled_effects("log_risk_ratio")
METHODS["effect_or_reml_hksj"] = _pooled_effects("log_odds_ratio")


@METHODS.answers("log_rr_reml_wald")
def _log_rr(given: Inputs) -> Result:
    effects, variances = contrasts.contrasts(_trials(given), "log_risk_ratio")
    found = pooling.random_effects(effects, variances, adjustment="none")
    spread = pooling_sensitivity.heterogeneity(effects, variances, found.tau2)
    return {
        "log_rr": found.mean,
        "se": found.se,
        "ci": [found.low, found.high],
        "tau2": found.tau2,
        "I2": round(spread.i2, 2),  # printed to two decimals
    }


# --- clusters ---


def _clustered(given: Inputs, *, adjusted: bool) -> Result:
    found = clusters.clustered_wilson(given["x"], given["n"], given["conf_level"], adjusted=adjusted)
    assert found is not None
    return limits(
        found.interval,
        estimate=found.rate,
        icc=found.icc,
        icc_anova=found.icc,
        deff=found.deff,
        n_effective=found.n_effective,
        flag=found.flag,
    )


METHODS["wilson_clustered_default"] = lambda given: _clustered(given, adjusted=True)
METHODS["wilson_clustered_anova_icc"] = lambda given: _clustered(given, adjusted=False)
METHODS["icc_anova"] = lambda given: {"icc": clusters.icc_anova(given["x"], given["n"])}
METHODS["icc_fleiss_cuzick"] = lambda given: {"icc": clusters.icc_fleiss_cuzick(given["x"], given["n"])}
METHODS["design_effect_unequal"] = lambda given: {"deff": clusters.design_effect(given["n"], given["icc"])}
METHODS["n_effective_weights"] = lambda given: {"n_effective": clusters.effective_size(given["w"])}


@METHODS.answers("design_effect_equal")
def _design_effect(given: Inputs) -> Result:
    deff, patients = clusters.design_effect([given["m"]], given["icc"]), 400
    return {"deff": deff, "n": patients, "n_effective": patients / deff}


@METHODS.answers("cluster_robust_linearised_logit_t")
def _linearised(given: Inputs) -> Result:
    found = clusters.linearised(given["x"], given["n"], given["conf_level"])
    assert found is not None
    return {
        "se_linearised": found.se,
        "logit_ci": _ends(found.logit),
        "korn_graubard_beta_ci": _ends(found.beta),
        "deff_linearised": found.deff,
        "df": found.df,
    }


# --- probabilities ---


@METHODS.answers("beta_binomial_two_arm")
def _two_arms(given: Inputs) -> Result:
    prior = given["prior_a"]
    observed = bayes.posterior(given["x_obs"], given["n_obs"], prior)
    published = bayes.posterior(given["x_pub"], given["n_pub"], prior)
    found = bayes.against_published(observed, published, given["margin"])
    return {
        "post_mean_obs": found.mean,
        "cri95_obs": _ends(found.interval),
        "p_obs_gt_pub": found.p_higher,
        "p_at_least_as_good": found.p_at_least_as_good,
        "p_within_margin": found.p_within_margin,
        "p_materially_higher": found.p_materially_higher,
    }


@METHODS.answers("beta_binomial_fixed_benchmark")
def _fixed_benchmark(given: Inputs) -> Result:
    observed = bayes.posterior(given["x_obs"], given["n_obs"], given["prior_a"])
    return {"p_obs_gt_pub": 1 - observed.below(given["p_pub"])}
