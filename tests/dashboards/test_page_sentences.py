"""Page sentences are true of the rows that they were made from, whatever the rows are."""

import re
from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards import sentences
from dashboards.benchmarks import Benchmark, Compared, Own
from dashboards.groups import GROUPS, ORDER, group, is_drawn, state_words, verdict_words
from dashboards.wording import observed
from schemas.comparisons import GRADES, OUTCOME_KINDS
from tests.dashboards.made_up_release import comparison, figure

Row = dict[str, Any]
CODES = ("materially_higher", "materially_lower", "equivalent", "at_least_as_good", "not_better")
POOLED_CODES = ("higher_than_expected", "lower_than_expected", "within_expected_range")
WORDS = {
    "materially_higher": "above",
    "higher_than_expected": "above",
    "equivalent": "within",
    "within_expected_range": "within",
    "materially_lower": "below",
    "lower_than_expected": "below",
    "at_least_as_good": "not below",
    "not_better": "not above",
}
shares = st.floats(0, 1, allow_nan=False)


@st.composite
def comparisons(draw: st.DrawFn, source: str = "riverside") -> Row:
    kind = draw(st.sampled_from(OUTCOME_KINDS))
    low, rate, high = sorted(draw(st.tuples(shares, shares, shares)))
    pooled = draw(st.booleans())
    row = comparison(source, "gerac-2007", "verum", "verum-6m", outcome_kind=kind, grade=draw(st.sampled_from(GRADES)))
    if kind in ("verdict", "cannot_tell", "unverified", "too_few"):
        row |= {"observed_rate": rate, "observed_low": low, "observed_high": high, "analysed": 100, "missing": 10}
    if kind == "verdict":
        code = draw(st.sampled_from(POOLED_CODES if pooled else CODES))
        mode = "pooled_with_prediction_interval" if pooled else "single_study"
        row |= {"verdict": code, "robust_verdict": code, "mode": mode, "grade": draw(st.sampled_from("ABC"))}
    if kind in ("verdict", "cannot_tell") and not pooled:
        below, middle, above = sorted(draw(st.tuples(*[st.floats(-1, 1, allow_nan=False)] * 3)))
        row |= {"difference": middle, "difference_low": below, "difference_high": above}
    return row


def compared(row: Row, name: str = "Riverside") -> Compared:
    own = None
    if row["observed_rate"] is not None:
        counts = (row["bound_low"], row["bound_high"], row["analysed"], row["missing"])
        own = Own(row["observed_rate"], row["observed_low"], row["observed_high"], *counts, completers=True)
    words = state_words(row, endpoint="6 months", due="", differs=[])
    return Compared(name.lower(), name, row, group(row), words, is_drawn(row), own, ())


def benchmark(rows: list[Row]) -> Benchmark:
    clinics = tuple(compared(row, f"Clinic {place}") for place, row in enumerate(rows))
    return Benchmark(
        "gerac-2007.verum-6m", "gerac-2007", "verum-6m", "GERAC 2007", "6 months", "a rule", "A rule.",
        figure("gerac-2007", "verum", "verum-6m", label="GERAC 2007, verum acupuncture"), (), clinics,
    )  # fmt: skip


def expected_word(row: Row) -> str:
    if row["outcome_kind"] == "verdict":
        return WORDS[row["robust_verdict"]]
    return "cannot tell" if row["outcome_kind"] == "cannot_tell" else "without a verdict"


def tallied(sentence: str) -> dict[str, int]:
    tail = sentence.rsplit(": ", 1)[1].rstrip(".")
    parts = [part.split(" ", 1) for part in re.split(r", | and ", tail)]
    return {word: int(count) for count, word in parts}


@given(st.lists(comparisons(), min_size=1, max_size=20))
def test_d_07_the_overview_counts_every_clinic_once_under_its_verdict(rows: list[Row]) -> None:
    sentence = sentences.overview([compared(row) for row in rows])
    assert tallied(sentence) == dict(Counter(expected_word(row) for row in rows))
    assert re.match(rf"{len(rows)} clinics? beside", sentence)


@given(st.lists(comparisons(), min_size=1, max_size=20))
def test_d_07_a_benchmark_title_counts_every_clinic_once_under_its_verdict(rows: list[Row]) -> None:
    assert tallied(sentences.benchmark(benchmark(rows))) == dict(Counter(expected_word(row) for row in rows))


@given(st.lists(st.lists(comparisons(), min_size=1, max_size=6), max_size=6))
def test_d_07_the_benchmark_page_counts_its_comparisons(groups: list[list[Row]]) -> None:
    found = [benchmark(rows) for rows in groups]
    every = [row for rows in groups for row in rows]
    verdicts = sum(row["outcome_kind"] == "verdict" for row in every)
    sentence = sentences.benchmark_page(found)
    assert (f"{verdicts} of {len(every)} comparison" in sentence) == bool(every)


@given(st.lists(comparisons(), min_size=1, max_size=8))
def test_a_clinic_is_headed_by_a_verdict_where_it_has_one(rows: list[Row]) -> None:
    pairs = [(benchmark([row]), compared(row)) for row in rows]
    chosen = sentences.headline(pairs)[1]
    if any(row["outcome_kind"] == "verdict" for row in rows):
        assert chosen.row["outcome_kind"] == "verdict"
        assert chosen.row["grade"] == min(row["grade"] for row in rows if row["outcome_kind"] == "verdict")
    else:
        assert ORDER[chosen.group.id] == min(ORDER[group(row).id] for row in rows)


@given(comparisons(), st.integers(1, 9))
def test_a_clinics_sentence_says_its_own_verdict(row: Row, figures: int) -> None:
    sentence = sentences.entry(benchmark([row]), compared(row), figures)
    if row["outcome_kind"] == "verdict":
        assert verdict_words(row).removesuffix("the published one") in sentence
        assert "(indicative only, grade C)" in sentence or row["grade"] != "C"
    else:
        assert not re.search(r"percentage points (above|below|of)", sentence)
        assert "The observed rate" not in sentence


def test_a_clinics_verdict_stands_with_its_patients_its_missing_and_the_published_figure() -> None:
    numbers = {"observed_rate": 0.71, "observed_low": 0.68, "observed_high": 0.74, "analysed": 730, "missing": 65}
    row = comparison("riverside", "gerac-2007", "verum", "verum-6m", **numbers, outcome_kind="verdict", grade="A",
                     verdict="materially_higher", robust_verdict="materially_higher")  # fmt: skip
    said, everyone = compared(row), replace(compared(row).own, completers=False)  # type: ignore[type-var]  # it has a rate
    assert sentences.entry(benchmark([row]), replace(said, own=everyone), 1) == (
        "The observed rate, 71% (68% to 74%) of about 795, about 65 of them missing, is more than 10 percentage points "
        f"above the published {benchmark([row]).printed} of {benchmark([row]).name}."
    )
    assert "71% (68% to 74%) of about 730 with an outcome, about 65 missing, is" in sentences.entry(
        benchmark([row]), said, 1
    )


@given(st.lists(comparisons(), min_size=1, max_size=12))
def test_the_summary_of_differences_adds_up(rows: list[Row]) -> None:
    found = benchmark(rows)
    told = [int(number) for number in re.findall(r"(?:for|zero for) (\d+)", sentences.differences_summary(found))]
    shown = [clinic.row for clinic in found.subtracted]
    above = sum(row["difference_low"] > 0 for row in shown)
    below = sum(row["difference_high"] < 0 for row in shown)
    assert told == [len(shown), above, below, len(shown) - above - below]


@given(st.lists(comparisons(), min_size=1, max_size=12))
def test_the_summary_of_rates_gives_the_ends_of_what_is_drawn(rows: list[Row]) -> None:
    found = benchmark(rows)
    sentence = sentences.rates_summary(found)
    drawn = sorted(clinic.row["observed_rate"] for clinic in found.drawn)
    assert ("The published figure is 50% of 100" in sentence) == bool(drawn)
    if len(drawn) > 1:
        assert f"run from {observed(drawn[0], 0, 1).words.split()[0]} (" in sentence


@pytest.mark.parametrize("kind", OUTCOME_KINDS)
def test_every_way_to_end_has_a_heading_and_only_a_verdict_has_no_words(kind: str) -> None:
    row = comparison("a", "s", "a", "r", outcome_kind=kind, verdict="equivalent", robust_verdict="equivalent")
    words = state_words(row, endpoint="6 months", due="", differs=[])
    assert group(row) in GROUPS
    assert bool(words) == (kind != "verdict")


def test_a_verdict_that_depends_on_the_missing_cannot_tell() -> None:
    row = comparison("a", "s", "a", "r", verdict="equivalent", robust_verdict="equivalent", depends_on_missing=True)
    assert group(row).id == "cannot-tell"
    assert "depends on the patients" in state_words(row, endpoint="", due="", differs=[])


def test_the_robust_verdict_is_the_one_that_is_shown() -> None:
    row = comparison("a", "s", "a", "r", verdict="equivalent", robust_verdict="at_least_as_good")
    assert group(row).id == "not-below"


@pytest.mark.parametrize(("grade", "drawn"), [("A", True), ("C", True), ("D", False), ("R", False)])
def test_only_grades_a_to_c_stand_beside_the_published_figure(grade: str, drawn: bool) -> None:
    row = comparison("a", "s", "a", "r", grade=grade, observed_rate=0.5, robust_verdict="equivalent")
    assert is_drawn(row) is drawn


def test_a_refusal_names_what_differs_and_counts_the_rest() -> None:
    row = comparison("a", "s", "a", "r", outcome_kind="not_comparable", grade="R")
    words = state_words(row, endpoint="", due="", differs=["treatment", "questionnaire", "condition"])
    assert words == "Not comparable: treatment, questionnaire and 1 more"


def test_results_not_due_name_the_month() -> None:
    row = comparison("a", "s", "a", "r", outcome_kind="not_due")
    assert (
        state_words(row, endpoint="6 months", due="Feb 2027", differs=[])
        == "Follow-up at 6 months not due until Feb 2027"
    )


def test_masked_lines_widen_the_total_to_a_range() -> None:
    assert sentences.line_range([{"accepted": 100}, {"accepted": None}, {"accepted": None}], "accepted") == "102 to 114"
    assert sentences.line_range([{"accepted": 1000}, {"accepted": 0}], "accepted") == "1,000"


def test_no_check_that_did_not_apply_counts_as_passed() -> None:
    states = ("passed", "failed", "error", "not applicable", "not run")
    files = [{"accepted": 10, "quarantined": 0}]
    assert "2 of 3 checks failed" in sentences.trust(files, [{"status": state} for state in states], "1 Nov 2026")


@given(st.lists(st.sampled_from(["accepted", "partly", "held", "rejected", "duplicate", "superseded"]), min_size=1))
def test_d_07_the_files_sentence_accounts_for_every_file(states: list[str]) -> None:
    numbers = [int(number) for number in re.findall(r"\d+", sentences.files([{"state": state} for state in states]))]
    assert numbers[0] == len(states) == sum(numbers[1:])


def test_an_empty_release_says_so() -> None:
    assert sentences.overview([]) == sentences.benchmark_page([])
    assert sentences.files([]) == "No file has been received yet."
    assert sentences.newest([{"data_to": None}]) == "unknown"
    assert sentences.newest([{"data_to": date(2026, 1, 2)}, {"data_to": None}]) == "2 Jan 2026"
