"""How the cases about single patients, their scores and their change, and two readers, are asked."""

from dataclasses import asdict

from tests.published.registry import Inputs, Methods, Result
from transforms import scoring
from transforms.statistics import agreement, change, confounding, regression_to_mean
from transforms.statistics.proportions import Interval

METHODS = Methods()


# --- items ---


def _scored(found: scoring.Score | scoring.RawSum) -> Result:
    return asdict(found) | {"reason": found.reason or None}


METHODS["rmdq24"] = lambda given: _scored(scoring.rmdq(given["items"], given["mode"]))
METHODS["odi"] = lambda given: _scored(scoring.odi(given["items"]))
METHODS["ffbh_r"] = lambda given: _scored(scoring.ffbh_r(given["items"]))
METHODS["peg"] = lambda given: _scored(scoring.peg(given["items"]))
METHODS["promis_raw"] = lambda given: _scored(scoring.promis_raw(given["items"], given["n_items"]))


@METHODS.answers("rmdq23")
def _rmdq23(given: Inputs) -> Result:
    found = scoring.rmdq(given["items"], given["mode"], n_items=23)
    share = None if found.score is None else found.score / 23 * 100
    return {"score": found.score, "score_0_100": share, "n_answered": found.n_answered}


@METHODS.answers("cpgs")
def _cpgs(given: Inputs) -> Result:
    pain = [given[f"pain_{name}"] for name in ("now", "worst", "average")]
    interference = [given[f"interference_{name}"] for name in ("daily", "social", "work")]
    return asdict(scoring.chronic_pain_grade(pain, interference, given["disability_days"]))


@METHODS.answers("mymop2")
def _mymop2(given: Inputs) -> Result:
    found = scoring.mymop2(given["baseline"], given["followup"])
    return {
        "profile_baseline": found.baseline,
        "profile_followup": found.followup,
        "change": found.change,
    }


# --- change ---


@METHODS.answers("cumulative_responder_curve")
def _curve(given: Inputs) -> Result:
    pairs = list(zip(given["baseline"], given["followup"], strict=True))
    found = change.cumulative_curve(pairs, given["thresholds"])
    assert found is not None
    return {
        "n_evaluable": found.n_evaluable,
        "n_total_for_nri": found.n_due,
        "completers": found.completers,
        "nri": found.nri,
    }


@METHODS.answers("rci_jacobson_truax")
def _reliable_change(given: Inputs) -> Result:
    return asdict(change.reliable_change(given["pre"], given["post"], given["sd_pre"], given["reliability"]))


@METHODS.answers("rtm_truncated_selection")
def _expected_drop(given: Inputs) -> Result:
    population = regression_to_mean.Population(given["mu"], given["sd"], given["rho"])
    return {"expected_drop": regression_to_mean.expected_drop(population, given["cutoff"])}


@METHODS.answers("expected_responder_rate_no_true_change")
def _rate_without_change(given: Inputs) -> Result:
    population = regression_to_mean.Population(given["mu"], given["sd"], given["rho"])
    rate = regression_to_mean.rate_without_change(given["baseline"], population, given["rule"], given["threshold"])
    return {"rate": rate}


@METHODS.answers("e_value_rr")
def _e_value(given: Inputs) -> Result:
    found = confounding.e_value(given["rr"], Interval(given["lower"], given["upper"]))
    return {"e_point": found.point, "e_ci": found.limit}


# --- two readers ---


@METHODS.answers("cohen_kappa_2x2", "cohen_kappa")
def _kappa(given: Inputs) -> Result:
    found = agreement.cohen_kappa(given["table"])
    # The weights that Cohen (1968) gave with this table; cases of another size state no weighted figure.
    cohen = [[0, 1, 3], [1, 0, 6], [3, 6, 0]]
    weighted = agreement.weighted_kappa(given["table"], cohen) if len(given["table"]) == 3 else None
    return {
        "kappa": found.kappa,
        "po": found.observed,
        "pe": found.expected,
        "pabak": found.adjusted,
        "weighted_kappa": weighted,
    }
