"""Every figure of the source list is here digit by digit, none is made surer than listed, and no unsure one judges."""

import re
from collections import Counter
from decimal import Decimal

import polars as pl
import pytest

from schemas.evidence import Baseline, Result, Study
from tests.schemas.lists import BY_SOURCE, STUDIES, WORDS, documents, needs_the_lists, numbers, rows
from transforms.published_figures import published_figures

pytestmark = needs_the_lists

MEASURES = {
    "responder_percent": "responder-percent", "responder_percent_ci": "responder-percent",
    "responder_percent_min_of_arms": "lowest-of-arms", "responder_percent_max_of_arms": "highest-of-arms",
    "responder_percent_illustrative": "illustration",
    "responder_percent_if_missing_nonresponse": "missing-as-non-response",
    "responder_difference": "responder-difference", "responder_ratio": "responder-ratio",
    "adjusted_relative_risk": "adjusted-relative-risk", "relative_risk_of_response": "relative-risk",
    "risk_ratio": "relative-risk", "hazard_ratio": "hazard-ratio", "smd": "standardised-difference",
    "smd_approx": "standardised-difference", "pooled_md": "mean-difference", "mean_difference": "mean-difference",
    "difference": "mean-difference", "adjusted_difference": "adjusted-difference", "adjusted_mean": "adjusted-mean",
    "baseline_mean": "mean", "mean": "mean", "mean_before": "mean", "mean_after": "mean",
    "mean_improvement": "mean-improvement", "mean_improvement_min_of_arms": "lowest-improvement-of-arms",
    "mean_improvement_max_of_arms": "highest-improvement-of-arms", "median": "median", "percent": "percent",
    "percent_decrease": "percent-decrease", "percent_decrease_in_effect": "percent-decrease", "count": "count",
    "mean_cost_acupuncture": "mean-cost", "mean_cost_usual": "mean-cost", "cost_per_qaly": "cost-per-qaly",
    "qaly_difference": "qaly-difference", "prob_cost_effective_at_20000": "probability", "p_only": "words",
    "qualitative": "words",
}  # fmt: skip
#: What was measured, for the list's ids that are no instrument of ours.
OUTCOMES = {
    "smd_pain": "pain", "icer": "cost", "days_to_recovery": "days to recovery", "adverse_events": "a side effect",
    "adverse_events_treated": "a side effect that was treated", "analgesic_free": "no pain medicine",
    "eq5d_sf6d_qaly": "quality-adjusted life years", "cost": "cost of care", "hospital_visits": "visits to hospital",
    "medical_expenses": "medical expenses", "bothersomeness_vas": "bothersomeness on a VAS",
    "perceived_pain": "perceived pain", "poms_tmd": "mood", "symptom_improvement": "improvement of symptoms",
    "bleeding": "bleeding", "bleeding_moderate": "moderate bleeding", "blood_spot": "a spot of blood",
    "pneumothorax": "pneumothorax", "vas_10": "VAS pain", "vas_auc_8wk": "area under the daily VAS",
    "kinesiophobia": "fear of movement", "rmdq_mod": "modified Roland-Morris score", "groc": "global transition score",
    "gerac_composite": "", "illustration_50pct": "", "self_rated_change": "",
}  # fmt: skip
WORDS_FOR = {
    "superior": "better", "ns": "no significant difference", "reduced": "reduced", "no improvement": "no improvement",
}  # fmt: skip
UNITS = {"aRR": "ratio", "RR": "ratio", "HR": "ratio", "RR vs conventional": "ratio"}
QUALIFIERS = {"close to": "about", "approximately": "about", "more than": "more than"}

ROWS = rows("outcomes")
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row["outcome_id"])


def result_of(row: dict[str, str]) -> Result | None:
    key = "interval_source_id" if row["measure"].endswith("_ci") else "source_id"
    found = [each for each in BY_SOURCE[row["study_id"]].results if getattr(each, key) == row["outcome_id"]]
    return found[0] if found else None


def baseline_of(row: dict[str, str]) -> Baseline | None:
    found = [each for each in BY_SOURCE[row["study_id"]].baselines if each.source_id == row["outcome_id"]]
    return found[0] if found else None


def figure_of(row: dict[str, str]) -> Result | Baseline:
    found = result_of(row) or baseline_of(row)
    assert found is not None
    return found


def test_every_listed_figure_is_here_once() -> None:
    held = [
        source
        for study in STUDIES.values()
        for one in (*study.results, *study.baselines)
        for source in (one.source_id, getattr(one, "interval_source_id", ""))
        if source
    ]
    assert len(ROWS) == 183
    assert sorted(held) == sorted(row["outcome_id"] for row in ROWS)


def test_counts_by_confidence_are_those_of_the_list() -> None:
    table = published_figures(evidence=STUDIES, vocabulary=WORDS).filter(pl.col("source_id") != "")
    assert dict(Counter(table["confidence"])) == dict(Counter(row["confidence"] for row in ROWS))
    assert Counter(table["confidence"]) == {"checked": 156, "recalled": 27}
    assert Counter(table["state"]) == {"checked": 156, "unverified": 27}


@each_row
def test_a_figure_has_the_listed_digits(row: dict[str, str]) -> None:
    found = figure_of(row)
    if isinstance(found, Baseline):
        assert (str(found.mean), "" if found.sd is None else str(found.sd)) == (row["value"], row["sd"])
        scale = WORDS.instruments[found.instrument]
        assert row["unit"] in {f"{scale.low:g}-{scale.high:g}", "mm", "days/month"}
        return
    assert found.measure == MEASURES[row["measure"]]
    if found.measure == "words":
        assert (found.printed, found.words) == ("", WORDS_FOR[row["value"]])
        assert not re.search(r"\d", row["value"])
    else:
        assert found.printed == row["value"]
    assert (found.sd, found.se) == (row["sd"], row["se"])
    assert (found.qualifier, found.unit if found.printed else "") == (qualifier(row), unit(row))


def qualifier(row: dict[str, str]) -> str:
    said = re.search(r"\((.*)\)", row["unit"])
    return QUALIFIERS[said.group(1)] if said else ""


def unit(row: dict[str, str]) -> str:
    bare = re.sub(r" \(.*\)", "", row["unit"])
    return UNITS.get(bare, bare)


@each_row
def test_a_figure_has_the_listed_interval_and_p(row: dict[str, str]) -> None:
    found = figure_of(row)
    if isinstance(found, Baseline):
        assert not row["ci_low"] + row["p_value"]
        return
    if "truncated" in row["ci_low"]:
        assert (found.low, found.high) == ("", "")
        assert "breaks the interval off" in found.note
    elif row["ci_low"]:
        assert (found.low, found.high, found.interval_confidence) == (row["ci_low"], row["ci_high"], row["confidence"])
    else:
        assert not found.low or found.interval_source_id
    if row["p_value"]:
        assert row["p_value"].startswith(found.p)
        assert found.p
        assert found.p_confidence == ("recalled" if "recalled" in row["p_value"] else row["confidence"])
        assert bool(re.search(r"group|vs |printed", row["p_value"])) == bool(found.p_note)


@each_row
def test_a_figure_is_as_sure_as_listed_and_no_surer(row: dict[str, str]) -> None:
    found = figure_of(row)
    if isinstance(found, Result) and found.interval_source_id == row["outcome_id"]:
        assert (found.interval_confidence, found.recall) == (row["confidence"], row["recall_strength"])
        return
    assert (found.confidence, found.checked_in) == (row["confidence"], row["checked_in"])
    assert found.value_basis.startswith("derived") == row["value_basis"].startswith("derived") or (
        isinstance(found, Result) and found.measure == "illustration"
    )
    if isinstance(found, Result):
        assert found.benchmark_ok == row["benchmark_ok"]
        assert not row["recall_strength"] or found.recall == row["recall_strength"]
        assert found.cited_in == documents(row["also_in_seeds"])
        assert ("recalled" in row["definition"]) <= (found.definition_confidence == "recalled")


def test_every_clearance_as_a_benchmark_is_carried_over() -> None:
    listed = Counter(row["benchmark_ok"] for row in ROWS if not row["measure"].endswith("_ci"))
    held = Counter(one.benchmark_ok for study in BY_SOURCE.values() for one in study.results)
    assert [held[word] for word in ("yes", "limited", "no")] == [listed[word] for word in ("yes", "limited", "no")]
    assert held["yes"] == 6


@each_row
def test_a_figure_belongs_to_the_listed_arms_and_instrument(row: dict[str, str]) -> None:
    found, study = figure_of(row), BY_SOURCE[row["study_id"]]
    assert (found.arm or "") == row["arm_id"]
    if isinstance(found, Baseline):
        assert row["instrument_id"] in WORDS.instruments[found.instrument].also_known_as
        return
    if row["arm_id"] and row["comparator"]:
        assert found.comparator == row["comparator"]
    elif row["comparator"]:
        assert found.against
    assert instrument_matches(row, found)
    if row["better_direction"]:
        assert (found.better or "higher") == row["better_direction"]
    assert found.arm is None or study.arm(found.arm).source_id == f"{row['study_id']}/{row['arm_id']}"


def instrument_matches(row: dict[str, str], found: Result) -> bool:
    listed = row["instrument_id"]
    if found.definition:
        used = WORDS.definitions[found.definition].instruments
        return listed == "gerac_composite" or any(listed in WORDS.instruments[each].also_known_as for each in used)
    if found.instrument:
        return listed in WORDS.instruments[found.instrument].also_known_as
    return found.outcome == "" == OUTCOMES[listed] or OUTCOMES[listed].split(",")[0] in outcome_words(found)


def outcome_words(found: Result) -> str:
    return f"{found.outcome} {found.measure}"


@each_row
def test_a_figure_has_the_listed_time(row: dict[str, str]) -> None:
    found, weeks = figure_of(row), row["timepoint_weeks"]
    if isinstance(found, Baseline):
        assert weeks == "0"
    elif re.fullmatch(r"\d+", weeks):
        assert found.day is not None
        assert abs(found.day - 7 * int(weeks)) <= 2
    elif weeks:
        assert found.time_note
        assert numbers(weeks.replace("-", " ")) <= numbers(found.time_note)
    if isinstance(found, Result) and row["anchor"] != "randomisation":
        assert re.search(r"start|end|last session", found.time_note)


@each_row
def test_a_figure_has_the_listed_counts(row: dict[str, str]) -> None:
    found = figure_of(row)
    if isinstance(found, Baseline):
        assert not row["denominator"]
        return
    unsure = row["denominator_basis"] == "recalled" or (
        row["confidence"] == "recalled" and not found.interval_source_id
    )
    if row["denominator"]:
        assert (found.n, found.n_confidence) == (int(row["denominator"]), "recalled" if unsure else "checked")
    if row["numerator"]:
        assert found.responders == int(row["numerator"])
        basis = {"published": "printed"}.get(row["numerator_basis"], row["numerator_basis"])
        assert basis.startswith(found.responders_basis)
        assert found.responders_basis
    pooled = re.search(r"(\d+) (?:RCTs|studies)", f"{row['denominator_kind']} {row['notes']}")
    assert found.trials == (int(pooled.group(1)) if pooled else None)


@each_row
def test_a_remark_on_a_figure_is_not_lost(row: dict[str, str]) -> None:
    found = figure_of(row)
    said = [found.note, found.value_basis]
    if isinstance(found, Result):
        said += [found.n_note, found.definition_note, found.subset, found.outcome, str(found.trials or "")]
        said += [BY_SOURCE[row["study_id"]].note]
    assert not row["notes"] or any(text not in ("", "printed") for text in said)
    if isinstance(found, Result) and row["definition"] and not row["measure"].endswith("_ci"):
        assert found.definition or found.definition_note or found.subset or found.outcome or found.note


# ---- what may judge ------------------------------------------------------------------------------------------

EVERY = [(study, result) for study in STUDIES.values() for result in study.results]


@pytest.mark.parametrize(("study", "result"), EVERY, ids=[f"{study.id}/{result.id}" for study, result in EVERY])
def test_what_is_not_checked_in_every_part_never_judges(study: Study, result: Result) -> None:
    parts = {result.confidence, result.definition_confidence, result.n_confidence, study.confidence}
    if parts != {"checked"} or result.benchmark_ok != "yes":
        assert not result.may_carry_verdict
        assert result.why_not


def test_what_the_table_says_of_a_verdict_is_what_the_record_says() -> None:
    table = published_figures(evidence=STUDIES, vocabulary=WORDS)
    carrying = set(table.filter("carries_verdict").select("study", "result").iter_rows())
    assert carrying == {(study.id, result.id) for study, result in EVERY if result.may_carry_verdict}
    assert len(carrying) == 6
    assert table.filter("carries_verdict")["state"].unique().to_list() == ["checked"]
    assert table.filter(~table["carries_verdict"])["why_not"].str.len_chars().min() > 0


def test_a_printed_interval_holds_its_figure_or_is_found_out() -> None:
    outside = [
        (study.id, result.id)
        for study, result in EVERY
        if result.low and not Decimal(result.low) < Decimal(result.printed) < Decimal(result.high)
    ]
    assert outside == []
