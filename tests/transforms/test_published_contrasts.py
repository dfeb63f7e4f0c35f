"""Published contrasts: what each amounts to, which side it favours, why one has no number or may not be pooled."""

from decimal import Decimal
from math import exp, log, sqrt
from typing import Any

import polars as pl
import pytest

from schemas import evidence, vocabulary
from schemas.context import Contrasts
from schemas.contract import faults
from schemas.study_rows import Arm, Result, Study
from transforms.contrasts import contrasts

WORDS = vocabulary.load()
STUDIES = evidence.load(evidence.packaged(), WORDS)
REGISTRY = contrasts(evidence=STUDIES, vocabulary=WORDS)
Z = 1.959964
CHECKED: dict[str, Any] = {"confidence": "checked", "endpoint": "6-months", "day": 183}
ARMS = (
    Arm("acu", "Acupuncture", "active", "acupuncture", "checked", 50, "checked"),
    Arm("sham", "Sham", "sham", "sham-acupuncture", "checked", 50, "checked"),
    Arm("care", "Usual care", "usual-care", "usual-care", "checked", 50, "checked"),
    Arm("wait", "Waiting list", "waiting-list", "waiting-list", "checked", 50, "checked"),
)


def study(*results: Result, **other: Any) -> Study:
    known: dict[str, Any] = {
        "id": "meadow-2010", "label": "Meadow 2010", "citation": "Meadow A. 2010", "year": 2010, "kind": "trial",
        "condition": "chronic-low-back-pain", "treatment": "acupuncture", "population": "everyone",
        "confidence": "checked", "arms": ARMS,
    }  # fmt: skip
    return Study(**(known | other), results=results)


def difference(**other: Any) -> Result:
    known = {"id": "a", "measure": "mean-difference", "arm": "acu", "comparator": "care", "instrument": "vas-pain"}
    known |= {"printed": "-10", "unit": "points", "low": "-16", "high": "-4", "interval_confidence": "checked"}
    return Result(**(known | CHECKED | other))


def rate(arm: str, printed: str, n: int | None, **other: Any) -> Result:
    known = {"id": f"{arm}-rate", "measure": "responder-percent", "definition": "vas-pain-relative-30"}
    counted = {"n": n, "n_confidence": "checked" if n else None}
    return Result(**(known | CHECKED | counted | {"arm": arm, "printed": printed} | other))


def mean(arm: str, printed: str, **other: Any) -> Result:
    known = {"id": f"{arm}-mean", "measure": "mean-improvement", "instrument": "vas-pain", "unit": "points"}
    counted = {"n": 50, "n_confidence": "checked", "sd": "20", "better": "higher"}
    return Result(**(known | CHECKED | counted | {"arm": arm, "printed": printed} | other))


def listed(*results: Result, **other: Any) -> pl.DataFrame:
    made = study(*results, **other)
    return contrasts(evidence={made.id: made}, vocabulary=WORDS)


def told(*results: Result, against: str = "usual-care", scale: str, **other: Any) -> dict[str, Any]:
    return listed(*results, **other).filter(against=against, scale=scale).row(0, named=True)


def numbers(row: dict[str, Any]) -> list[float]:
    return [row[part] for part in ("effect", "effect_low", "effect_high", "se")]


def test_a_lower_score_is_in_favour_of_acupuncture_where_lower_is_better() -> None:
    row = told(difference(), scale="score")
    assert numbers(row) == pytest.approx([0.10, 0.04, 0.16, 0.12 / (2 * Z)], rel=1e-5)
    assert (row["standing"], row["basis"]) == ("usable", "the printed 95% interval")


def test_an_improvement_is_in_favour_of_acupuncture_where_it_is_higher() -> None:
    row = told(difference(printed="10", low="4", high="16", better="higher"), scale="score")
    assert row["effect"] == pytest.approx(0.10)


def test_a_score_is_stretched_to_the_range_of_its_scale() -> None:
    row = told(difference(instrument="rmdq-24", printed="-2.4", low="-4.8", high="0"), scale="score")
    assert numbers(row)[:3] == pytest.approx([0.1, 0.0, 0.2])


def test_a_printed_standard_error_gives_the_interval() -> None:
    row = told(difference(low="", high="", interval_confidence=None, se="3"), scale="score")
    assert numbers(row) == pytest.approx([0.10, 0.10 - Z * 0.03, 0.10 + Z * 0.03, 0.03], rel=1e-5)


def test_a_ratio_has_its_standard_error_on_the_log_scale() -> None:
    ratio = Result("r", "adjusted-relative-risk", "checked", arm="acu", comparator="care", printed="1.5", unit="ratio",
                   low="1.2", high="1.9", interval_confidence="checked", endpoint="6-months", day=183)  # fmt: skip
    row = told(ratio, scale="ratio")
    assert numbers(row) == pytest.approx([1.5, 1.2, 1.9, log(1.9 / 1.2) / (2 * Z)], rel=1e-5)


def test_two_rates_give_the_difference_of_their_counts() -> None:
    row = told(rate("acu", "60", 50), rate("care", "40", 50), scale="difference")
    assert row["effect"] == pytest.approx(0.2)
    assert row["se"] == pytest.approx(sqrt(0.6 * 0.4 / 50 + 0.4 * 0.6 / 50))
    assert (row["n"], row["printed"], row["standing"]) == (100, "60% against 40%", "usable")


def test_a_printed_difference_stands_before_the_one_of_the_counts() -> None:
    stated = difference(measure="responder-difference", instrument=None, printed="19", low="0", high="38",
                        unit="percentage points", definition="vas-pain-relative-30")  # fmt: skip
    found = listed(rate("acu", "60", 50), rate("care", "40", 50), stated).filter(scale="difference")
    assert found["effect"].to_list() == pytest.approx([0.19])


def test_a_ratio_without_an_interval_takes_it_from_the_counts() -> None:
    ratio = Result("r", "responder-ratio", "checked", arm="acu", comparator="care", printed="1.5", unit="ratio",
                   definition="vas-pain-relative-30", endpoint="6-months", day=183)  # fmt: skip
    row = told(rate("acu", "60", 50), rate("care", "40", 50), ratio, scale="ratio")
    se = sqrt(1 / 30 - 1 / 50 + 1 / 20 - 1 / 50)
    assert numbers(row) == pytest.approx([1.5, 1.5 * exp(-Z * se), 1.5 * exp(Z * se), se], rel=1e-5)


def test_two_means_give_their_difference_where_their_variances_are_printed() -> None:
    row = told(mean("acu", "25"), mean("care", "15"), scale="score")
    assert numbers(row)[::3] == pytest.approx([0.1, sqrt(2 * 400 / 50) / 100])


@pytest.mark.parametrize(
    ("results", "scale", "why"),
    [
        ((rate("acu", "60", None), rate("care", "40", 50)), "difference", "number of patients"),
        ((mean("acu", "25", sd=""), mean("care", "15")), "score", "no variance is printed"),
        ((mean("acu", "25", n=None), mean("care", "15")), "score", "number of patients"),
        ((difference(low="", high="", interval_confidence=None),), "score", "no interval or standard error"),
        ((difference(instrument=None, outcome="a form"),), "score", "score's range is not on record"),
        ((difference(better="disputed"),), "score", "direction is better is disputed"),
        (
            (difference(measure="words", printed="", low="", high="", words="no better", p=".4"),),
            "score",
            "only P = .4",
        ),
        ((difference(measure="words", printed="", low="", high="", words="no better"),), "score", "in words alone"),
    ],
)
def test_a_contrast_without_a_number_says_what_is_missing(results: tuple[Result, ...], scale: str, why: str) -> None:
    row = told(*results, scale=scale)
    assert row["standing"] == "no number"
    assert numbers(row) == [None] * 4
    assert why in row["why_not"]


@pytest.mark.parametrize(
    ("results", "scale", "why"),
    [
        ((difference(confidence="recalled"),), "score", "recalled"),
        ((difference(interval_confidence="recalled"),), "score", "its interval is recalled, not checked"),
        (
            (rate("acu", "60", 50, n_confidence="recalled"), rate("care", "40", 50)),
            "difference",
            "number of patients is",
        ),
        (
            tuple(rate(arm, "50", 50, measure="derived-by-us", confidence="derived") for arm in ("acu", "care")),
            "difference",
            "derived by us",
        ),
    ],
)
def test_what_is_not_checked_is_unverified(results: tuple[Result, ...], scale: str, why: str) -> None:
    row = told(*results, scale=scale)
    assert row["standing"] == "unverified"
    assert why in row["why_not"]
    assert row["effect"] is not None


def test_a_waiting_list_is_not_usual_care() -> None:
    row = told(difference(comparator="wait"), scale="score")
    assert (row["standing"], row["why_not"]) == ("different", "another comparator: waiting list")


def test_a_pooling_of_trials_is_not_pooled_again() -> None:
    row = told(difference(comparator=None, arm=None, against="usual care"), scale="score", kind="review", arms=())
    assert (row["kind"], row["standing"]) == ("review", "pooling")


def test_of_two_days_in_one_window_the_nearer_is_taken() -> None:
    found = listed(difference(day=140, printed="-12"), difference(id="b", day=180)).filter(scale="score")
    assert found["day"].to_list() == [180]


def test_a_pair_of_arms_without_any_figure_is_listed() -> None:
    found = listed(difference())
    silent = found.filter(scale="none")
    assert set(silent["arms"]) == {"Acupuncture against sham", "Acupuncture against waiting list"}
    assert set(silent["standing"]) == {"no number"}


def test_a_treatment_that_is_no_acupuncture_is_no_contrast() -> None:
    other = (Arm("acu", "Pain reprocessing", "active", "pain-reprocessing-therapy", "checked"), *ARMS[1:])
    assert listed(difference(), arms=other).is_empty()


# ---- the registry ------------------------------------------------------------------------------------------


def test_the_registrys_contrasts_keep_their_promise() -> None:
    assert faults(Contrasts, REGISTRY) == []


def test_every_trial_of_acupuncture_against_something_else_is_listed() -> None:
    acupuncture = {one.id for one in WORDS.treatments.values() if "acupuncture" in (one.id, one.variant_of)}
    for one in STUDIES.values():
        given = {arm.id for arm in one.arms if arm.role == "active" and arm.treatment in acupuncture}
        beside = {arm.id for arm in one.arms if arm.role not in ("active", "observational", "mixed")}
        if one.kind == "trial" and given and beside:
            assert one.id in set(REGISTRY["study"])


def test_gerac_is_as_it_was_printed() -> None:
    own = REGISTRY.filter(pl.col("study") == "haake-2007", pl.col("scale") == "difference").sort("against")
    assert own["printed"].to_list() == ["3.4 percentage points (-3.7 to 10.3)", "20.2 percentage points (13.4 to 26.7)"]
    assert own["effect"].to_list() == pytest.approx([0.034, 0.202])
    assert set(own["standing"]) == {"usable"}


def test_cherkins_sixty_percent_is_no_contrast_of_acupuncture() -> None:
    row = REGISTRY.filter(study="cherkin-2009", scale="difference").row(0, named=True)
    assert (row["printed"], row["standing"]) == ("60% against 39%", "different")
    assert "real and simulated acupuncture are taken together" in row["why_not"]


def test_nothing_recalled_may_be_pooled() -> None:
    usable = REGISTRY.filter(standing="usable")
    assert set(usable["confidence"]) == {"checked"}
    assert "molsberger-2002" not in set(usable["study"])


@pytest.mark.parametrize("row", REGISTRY.to_dicts(), ids=lambda row: f"{row['study']}/{row['contrast']}")
def test_a_contrast_is_usable_or_says_why_not_and_leads_to_its_figure(row: dict[str, Any]) -> None:
    assert (row["standing"] == "usable") == (row["why_not"] == "")
    assert (row["standing"] == "no number") == (row["effect"] is None)
    if row["effect"] is not None:
        assert row["effect_low"] <= row["effect"] <= row["effect_high"]
    results = {each.id: each for each in STUDIES[row["study"]].results}
    assert row["result"] in results or row["scale"] == "none"
    if row["result"] and row["printed"]:
        assert str(Decimal(results[row["result"]].printed)) in row["printed"]
