"""How each method that a reference case names is asked of our functions: inputs in, the expected keys out."""

from collections.abc import Callable
from typing import Any

from transforms.comparability import Facts, grade
from transforms.sentences import Observed, Published, statement
from transforms.statistics import missing, pooling, proportions
from transforms.statistics.proportions import Interval

Inputs = dict[str, Any]
Result = Any
METHODS: dict[str, Callable[[Inputs], Result]] = {}


def answers(*names: str) -> Callable[[Callable[[Inputs], Result]], Callable[[Inputs], Result]]:
    """Register a function as the one that answers these methods."""

    def register(function: Callable[[Inputs], Result]) -> Callable[[Inputs], Result]:
        METHODS.update(dict.fromkeys(names, function))
        return function

    return register


def limits(interval: Interval | None, **more: object) -> Result:
    """An interval under the names that the cases use."""
    assert interval is not None
    return {"lower": interval.low, "upper": interval.high, **more}


# --- one rate, two rates ---


def _one_rate(method: Callable[[float, float, float], Interval | None]) -> Callable[[Inputs], Result]:
    return lambda given: limits(
        method(given["x"], given["n"], given["conf_level"]), estimate=given["x"] / given["n"]
    )


METHODS["wilson"] = _one_rate(proportions.wilson)
METHODS["clopper_pearson"] = _one_rate(proportions.clopper_pearson)
METHODS["jeffreys"] = _one_rate(proportions.jeffreys)


@answers("newcombe_hybrid_score")
def _newcombe(given: Inputs) -> Result:
    x1, n1, x2, n2 = (given[name] for name in ("x1", "n1", "x2", "n2"))
    return limits(proportions.newcombe(x1, n1, x2, n2, given["conf_level"]), estimate=x1 / n1 - x2 / n2)


@answers("mover")
def _mover(given: Inputs) -> Result:
    first, second = Interval(given["l1"], given["u1"]), Interval(given["l2"], given["u2"])
    found = proportions.mover(given["p1"], first, given["p2"], second)
    return limits(found, difference=given["p1"] - given["p2"])


@answers("grim_percentage")
def _grim(given: Inputs) -> Result:
    found = proportions.grim(given["percent"], given["n"])
    return {
        "consistent_counts": found.consistent,
        "n_consistent": len(found.consistent),
        "attainable": found.attainable,
        "inferred_count": found.inferred,
    }


# --- verdicts ---


@answers("verdict_mover_wilson")
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


@answers("min_n_equivalence_attainable")
def _minimum_n(given: Inputs) -> Result:
    return {"min_n": proportions.minimum_n_for_equivalence(given["x_pub"], given["n_pub"], given["margin"])}


@answers("comparability_grade")
def _grade(given: Inputs) -> Result:
    names = {"n": "benchmark_n", "low_risk_of_bias": "low_risk_of_bias", "grim_ok": "grim_ok"}
    facts = {name: value for name, value in given.items() if name != "benchmark"}
    facts |= {names[name]: value for name, value in given["benchmark"].items()}
    if facts["instrument"] == "different_construct":
        facts["instrument"] = "different"
    found = grade(Facts(**facts))
    return {"dimensions": dict(found.levels), "grade": found.letter, "verdict_allowed": found.verdict_allowed}


@answers("statement")
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
    return statement(
        observed, published, given["verdict"], given["margin"], letter=given["grade"], reasons=()
    )


# --- missing outcomes ---


@answers("manski_bounds")
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


@answers("tipping_point_wilson")
def _tipping_point(given: Inputs) -> Result:
    x, n, m = given["responders"], given["observed"], given["missing"]
    fewest = missing.tipping_point(x, n, m, given["benchmark"], given["conf_level"])
    assert fewest is not None
    return {
        "min_missing_responders_for_lower_gt_benchmark": fewest,
        "required_rate_among_missing": fewest / m,
        "observed_rate": x / n,
    }


# --- pooled benchmark ---


@answers("benchmark_mode")
def _benchmark_mode(given: Inputs) -> Result:
    return {"mode": pooling.benchmark_mode(given["k"], given["prediction_interval_width"])}


@answers("logit_reml_hksj_adhoc")
def _pool(given: Inputs) -> Result:
    found = pooling.pool(list(zip(given["x"], given["n"], strict=True)), given["conf_level"])
    wider = pooling.predicted_on_fewer_degrees(found, given["conf_level"])
    return {
        "q_star": found.logit.q_star,
        "se": found.logit.se,
        "estimate": found.mean,
        "ci": [found.low, found.high],
        "tau2": found.tau2,
        "pi_df_k_minus_1": [found.prediction_low, found.prediction_high],
        "pi_df_k_minus_2": [wider.low, wider.high],
    }
