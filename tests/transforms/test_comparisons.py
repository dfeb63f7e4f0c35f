"""What may be said of a clinic beside a published figure: never more than was released, matched and checked."""

from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.comparisons import Comparability, Comparisons
from schemas.contract import faults
from schemas.study_rows import Study
from tests.transforms.hillside import VOCABULARY, day
from tests.transforms.meadow import arm, cohort, compared, result, study
from tests.transforms.released import exact
from transforms.comparability import DIMENSIONS, Grade
from transforms.comparison import Comparison
from transforms.comparisons import benchmark_groups
from transforms.published_rates import published_rates
from transforms.statistics.proportions import FEWEST_FOR_VERDICT, newcombe, wilson

#: A cohort of 200 with the study's own baseline, time and coverage: as comparable as can be.
MATCHED = {"coverage": 0.9}

NUMBERS = (
    "observed_rate", "observed_low", "observed_high", "bound_low", "bound_high", "analysed", "missing",
    "published_rate", "published_low", "published_high",
)  # fmt: skip
DIFFERENCES = ("difference", "difference_low", "difference_high", "difference_low90", "difference_high90")


def beside(*counted: dict[str, Any], studies: tuple[Study, ...] = (), **more: Any) -> dict[str, Any]:
    """The only comparison of what is counted with a study."""
    made, _ = compared(list(counted), *(studies or (study(),)), **more)
    assert made.height == 1
    return made.row(0, named=True)


# ---- a verdict, or none ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("responders", "others", "kind", "verdict"),
    [
        (160, 40, "verdict", "materially_higher"),
        (110, 90, "verdict", "at_least_as_good"),
        (100, 100, "verdict", "equivalent"),
        (90, 110, "verdict", "not_better"),
        (40, 160, "verdict", "materially_lower"),
        (20, 20, "cannot_tell", "inconclusive"),
    ],
)
def test_a_matched_clinic_gets_one_of_the_verdicts_or_is_told_that_none_is_possible(
    responders: int, others: int, kind: str, verdict: str
) -> None:
    found = beside(exact(responders, others, **MATCHED))
    assert (found["outcome_kind"], found["robust_verdict"]) == (kind, verdict)
    assert found["grade"] == ("A" if responders + others >= 100 else "B")


@pytest.mark.parametrize(("n", "attainable"), [(200, True), (50, False)])
def test_a_comparison_says_whether_so_many_patients_could_have_shown_agreement(n: int, attainable: bool) -> None:
    found = beside(exact(n // 2, n // 2, **MATCHED))
    assert (found["equivalence_attainable"], found["equivalence_needs"] <= n) == (attainable, attainable)


def test_a_difference_is_computed_from_what_was_released() -> None:
    found = beside(exact(131, 67, **MATCHED))  # 130 of 200, as a reader knows them
    expected, narrow = newcombe(130, 200, 120, 240, 0.95), newcombe(130, 200, 120, 240, 0.90)
    assert expected is not None
    assert narrow is not None
    assert found["difference"] == pytest.approx(0.65 - 0.5)
    assert (found["difference_low"], found["difference_high"]) == pytest.approx((expected.low, expected.high))
    assert (found["difference_low90"], found["difference_high90"]) == pytest.approx((narrow.low, narrow.high))


@pytest.mark.parametrize(
    ("fixed", "cut", "before"),
    [
        ("2026-09-30", "2026-10-31", True),
        ("2026-10-31", "2026-10-31", True),
        ("2026-11-01", "2026-10-31", False),
        (None, "2026-10-31", False),
        ("2026-09-30", "2026-09-29", False),
        ("2026-09-30", None, None),
    ],
)
def test_a_margin_fixed_after_the_data_cut_or_on_no_known_day_is_flagged(
    fixed: str | None, cut: str | None, before: bool | None
) -> None:
    known = [cohort(data_to=day(cut) if cut else None)]
    made, _ = compared(
        [exact(60, 40, 20, **MATCHED)], study(), cohorts=known, margin_fixed_on=day(fixed) if fixed else None
    )
    row = made.row(0, named=True)
    assert (row["margin_fixed_on"], row["fixed_before_data"]) == (day(fixed) if fixed else None, before)


def test_a_window_without_a_day_is_flagged_and_a_packaged_one_is_not() -> None:
    assert {one.fixed_on for one in VOCABULARY.endpoints.values()} == {day("2026-09-30")}
    made, _ = compared([exact(60, 40, 20, **MATCHED)], study(), cohorts=[cohort(data_to=day("2026-10-31"))])
    assert made["window_fixed_on"].to_list() == [day("2026-09-30")]


def test_the_tipping_point_is_the_fewest_of_the_missing_who_lift_the_interval_above_the_published_rate() -> None:
    made, _ = compared([exact(60, 40, 60, **MATCHED)], study())
    row = made.row(0, named=True)
    found = row["tipping_point"]
    above, below = (wilson(60 + more, 160) for more in (found, found - 1))
    assert above is not None
    assert below is not None
    assert above.low > row["published_rate"] >= below.low


def test_the_margin_is_the_one_that_was_fixed_before() -> None:
    strict, generous = (beside(exact(20, 20, **MATCHED), margin=margin) for margin in (0.10, 0.20))
    assert (strict["margin"], strict["robust_verdict"]) == (0.10, "inconclusive")
    assert (generous["margin"], generous["robust_verdict"]) == (0.20, "equivalent")


def test_a_verdict_that_depends_on_the_missing_is_none() -> None:
    found = beside(exact(160, 40, 200, **MATCHED))  # 80% of completers, 40% of all
    assert (found["verdict"], found["robust_verdict"]) == ("materially_higher", "inconclusive")
    assert (found["outcome_kind"], found["depends_on_missing"]) == ("cannot_tell", True)


def test_the_limits_of_the_difference_cover_both_ways_of_counting_the_missing() -> None:
    found = beside(exact(160, 40, 40, **MATCHED))
    completers, everybody = newcombe(160, 200, 120, 240, 0.90), newcombe(160, 240, 120, 240, 0.90)
    assert completers is not None
    assert everybody is not None
    assert found["difference_low90"] == pytest.approx(everybody.low)
    assert found["difference_high90"] == pytest.approx(completers.high)


# ---- which rate comes first --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("analysis_set", "missing", "first_set", "rate"),
    [
        ("itt-nri", 40, "missing as non-response", 160 / 240),
        ("completers", 40, "completers", 160 / 200),
        ("unknown", 40, "completers", 160 / 200),
        ("itt-nri", 5, "completers", 160 / 200),  # the number missing is withheld
    ],
)
def test_the_rate_printed_first_follows_the_study(analysis_set: str, missing: int, first_set: str, rate: float) -> None:
    asked = study(result(analysis_set=analysis_set))
    found = beside(exact(160, 40, missing, **MATCHED), studies=(asked,))
    assert (found["first_set"], found["observed_rate"]) == (first_set, pytest.approx(rate))


# ---- why there is no verdict -------------------------------------------------------------------------------

WAITING = exact(0, 0, 0, not_due=30, first_due=day("2026-12-14"))
ENDINGS: dict[str, tuple[dict[str, Any], Study]] = {
    "verdict": (exact(160, 40, **MATCHED), study()),
    "cannot_tell": (exact(20, 20, **MATCHED), study()),
    "too_few": (exact(10, 10, **MATCHED), study()),
    "suppressed": (exact(3, 40, **MATCHED), study()),
    "not_due": (WAITING, study()),
    "no_data": (exact(0, 0, 40), study()),
    "not_comparable": (exact(160, 40, **MATCHED), study(condition="chronic-headache")),
    "unverified": (exact(160, 40, **MATCHED), study(result(confidence="recalled"))),
}


@pytest.mark.parametrize("kind", ENDINGS)
def test_a_comparison_ends_in_one_of_eight_ways_and_says_so_in_a_sentence(kind: str) -> None:
    counted, asked = ENDINGS[kind]
    found = beside(counted, studies=(asked,))
    assert found["outcome_kind"] == kind
    assert found["sentence"].endswith(".")


@pytest.mark.parametrize("kind", sorted(set(ENDINGS) - {"verdict", "cannot_tell"}))
def test_without_a_verdict_there_is_no_difference_to_read_one_from(kind: str) -> None:
    counted, asked = ENDINGS[kind]
    found = beside(counted, studies=(asked,))
    assert [found[name] for name in DIFFERENCES] == [None] * 5
    assert (found["verdict"], found["robust_verdict"], found["depends_on_missing"]) == ("", "", False)
    assert found["equivalence_attainable"] is None


@pytest.mark.parametrize("kind", ["suppressed", "not_due", "no_data", "not_comparable"])
def test_what_may_not_be_shown_is_not_among_the_numbers_either(kind: str) -> None:
    counted, asked = ENDINGS[kind]
    found = beside(counted, studies=(asked,))
    assert [found[name] for name in NUMBERS] == [None] * len(NUMBERS)


@pytest.mark.parametrize(("responders", "kind"), [(18, "too_few"), (22, "too_few"), (23, "verdict")])
def test_thirty_outcomes_are_the_fewest_for_a_verdict(responders: int, kind: str) -> None:
    assert FEWEST_FOR_VERDICT == 30
    found = beside(exact(responders, 10, **MATCHED))  # 28 to 32 are shown as 30, and 33 as 35
    assert found["outcome_kind"] == kind


@pytest.mark.parametrize(
    ("changed", "asked"),
    [
        ({"condition": "chronic-headache"}, {}),
        ({"treatment": "pain-reprocessing-therapy"}, {}),
        ({}, {"condition": "chronic-headache"}),
    ],
)
def test_another_question_is_refused_whatever_the_numbers_are(changed: dict[str, str], asked: dict[str, str]) -> None:
    found = beside(exact(160, 40, **MATCHED), studies=(study(**asked),), cohorts=[cohort(**changed)])
    assert (found["grade"], found["outcome_kind"]) == ("R", "not_comparable")


def test_another_question_is_refused_before_anything_is_said_of_few_patients() -> None:
    found = beside(exact(3, 3), studies=(study(condition="chronic-headache"),))
    assert found["outcome_kind"] == "not_comparable"
    assert "a different condition" in found["sentence"]


def test_a_clinic_with_another_questionnaire_is_a_row_like_any_other() -> None:
    counted = exact(160, 40, definition="rmdq-24-relative-30", **MATCHED)
    found = beside(counted)
    assert (found["grade"], found["outcome_kind"], found["observed_definition"]) == ("R", "not_comparable", "")
    assert "measures something else" in found["sentence"]


def test_a_rescaled_questionnaire_costs_a_grade_and_no_verdict() -> None:
    counted = exact(160, 40, definition="vas-pain-relative-30", **MATCHED)
    found = beside(counted)
    assert (found["observed_definition"], found["robust_verdict"]) == (
        "vas-pain-relative-30",
        "materially_higher",
    )
    assert found["grade"] == "B"


def test_what_is_not_known_of_a_cohort_is_said_in_plain_words() -> None:
    named = {"population": "chronic-low-back-pain-3-months"}
    _, table = compared([exact(160, 40, duration_met=0, **named)], study(result(n=None, n_confidence=None), **named))
    said = {row["dimension"]: (row["ours"], row["theirs"]) for row in table.iter_rows(named=True)}
    assert said["chronicity"] == ("not known how many meet it", "12 weeks or more")
    assert said["coverage"] == ("not known what share of courses", "not needed")
    assert said["benchmark_quality"] == ("not needed", "not known how many patients, 50.0% as printed")
    assert not any("unknown" in word for words in said.values() for word in words)


def test_what_is_known_of_a_cohort_is_said_by_its_band() -> None:
    _, table = compared([exact(160, 40, coverage=0.7)], study())
    said = dict(table.select("dimension", "ours").iter_rows())
    assert (said["chronicity"], said["coverage"]) == (">=90% known to meet it", "60-80% of courses")


def test_two_major_differences_leave_two_figures_apart() -> None:
    found = beside(exact(60, 40, 90))  # half followed up, and coverage not known
    assert (found["grade"], found["outcome_kind"]) == ("D", "not_comparable")
    assert "too much differs between the two" in found["sentence"]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"confidence": "recalled"}, "the figure is not checked"),
        ({"definition_confidence": "recalled"}, "its definition is not checked"),
        ({"n": None, "n_confidence": None}, "its denominator is not known"),
        ({"benchmark_ok": "limited"}, "it is not cleared as a benchmark"),
    ],
)
def test_a_figure_that_is_not_checked_carries_no_verdict_and_says_why(more: dict[str, Any], why: str) -> None:
    found = beside(exact(160, 40, **MATCHED), studies=(study(result(**more)),))
    assert found["outcome_kind"] == "unverified"
    assert why in found["sentence"]


def test_a_cohort_says_how_many_it_left_out_of_the_study_s_population() -> None:
    named = {"population": "chronic-low-back-pain-3-months"}
    found = beside(exact(160, 40, left_out=31, **MATCHED, **named), studies=(study(**named),))
    assert (found["population"], found["left_out"]) == ("chronic-low-back-pain-3-months", 30)


# ---- context, and several studies --------------------------------------------------------------------------


def test_the_other_arms_stand_in_the_sentence() -> None:
    sham = arm("sham", role="sham", label="Superficial needling")
    asked = study(result(), result("sham-6-months", arm="sham", printed="44.2"), arms=(arm(), sham))
    sentence = beside(exact(160, 40, **MATCHED), studies=(asked,))["sentence"]
    assert "superficial needling" in sentence
    assert "44.2" in sentence


def several(*printed: str, n: int = 240) -> tuple[Study, ...]:
    return tuple(study(result(printed=one, n=n), name=f"trial-{at}") for at, one in enumerate(printed))


@pytest.mark.parametrize(
    ("printed", "mode"),
    [
        (("50.0",), "single_study"),
        (("50.0", "55.0"), "side_by_side"),
        (("50.0", "52.5", "47.5"), "pooled_with_prediction_interval"),
        (("20.0", "50.0", "80.0"), "side_by_side"),  # their pool would say anything between 0 and 100
    ],
)
def test_three_studies_that_agree_are_pooled_and_fewer_stand_side_by_side(printed: tuple[str, ...], mode: str) -> None:
    made, _ = compared([exact(100, 100, **MATCHED)], *several(*printed))
    assert made.height == len(printed)
    assert set(made["mode"]) == {mode}


def test_a_pool_gives_its_prediction_interval_and_no_difference() -> None:
    made, _ = compared([exact(100, 100, **MATCHED)], *several("50.0", "52.5", "47.5"))
    found = made.row(0, named=True)
    assert found["published_low"] < found["published_rate"] < found["published_high"]
    assert [found[name] for name in DIFFERENCES] == [None] * 5


def test_a_study_counts_once_in_a_pool() -> None:
    twice = study(result("first"), result("second", printed="55.0"))
    printed = published_rates(evidence={twice.id: twice})
    assert set(benchmark_groups(printed, {twice.id: twice}).values()) == {("single_study", None)}


@pytest.mark.parametrize("unlike", [{"condition": "chronic-headache"}, {"treatment": "electro-acupuncture"}])
def test_studies_of_another_condition_or_treatment_stand_in_no_common_group(unlike: dict[str, str]) -> None:
    other = replace(study(name="other", **{k: v for k, v in unlike.items() if k == "condition"}))
    if "treatment" in unlike:
        other = replace(other, arms=tuple(replace(one, **unlike) for one in other.arms))
    known = {one.id: one for one in (study(), other)}
    groups = benchmark_groups(published_rates(evidence=known), known)
    assert [mode for mode, _ in groups.values()] == ["single_study"] * 2


def test_a_figure_that_carries_no_verdict_is_in_no_pool() -> None:
    recalled = study(result(confidence="recalled"), name="recalled")
    known = {one.id: one for one in (*several("50.0", "55.0"), recalled)}
    groups = benchmark_groups(published_rates(evidence=known), known)
    assert ("recalled", "verum-6-months") not in groups
    assert {mode for mode, _ in groups.values()} == {"side_by_side"}


# ---- the grade ---------------------------------------------------------------------------------------------


def test_every_comparison_has_its_twelve_dimensions() -> None:
    made, graded = compared([exact(160, 40)], study(), study(name="other", condition="chronic-headache"))
    for key in made.select("source", "cohort", "study", "result").iter_rows(named=True):
        assert graded.filter(**key)["dimension"].to_list() == list(DIMENSIONS)


def test_a_reason_stands_exactly_where_two_sides_differ() -> None:
    _, graded = compared([exact(60, 40, 90)], study())
    assert graded.filter((pl.col("level") == "match") != (pl.col("reason") == "")).is_empty()
    assert graded.filter(level="major")["dimension"].to_list() == ["followup", "coverage"]


def test_a_comparison_without_a_grade_cannot_be_made() -> None:
    with pytest.raises(TypeError, match="no grade"):
        Comparison(None, "A", {}, 0.1, None, "single_study", None, [])  # type: ignore[arg-type]  # that is what is tested


def test_a_grade_of_fewer_than_twelve_dimensions_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="coverage"):
        Grade({name: "match" for name in DIMENSIONS if name != "coverage"}, {})


def test_a_trial_whose_patients_were_loaded_is_not_put_beside_the_others() -> None:
    arms = [cohort(), cohort("meadow", cohort="verum", kind="arm")]
    made, graded = compared([exact(160, 40)], study(), cohorts=arms)
    assert set(made["source"]) == set(graded["source"]) == {"hillside"}


# ---- what always holds -------------------------------------------------------------------------------------


@given(*[st.integers(0, 300)] * 3, st.sampled_from([0.05, 0.10, 0.20]))
@settings(deadline=None, max_examples=40)
def test_comparisons_keep_the_promise_of_their_tables(
    responders: int, others: int, missing: int, margin: float
) -> None:
    made, graded = compared([exact(responders, others, missing, **MATCHED)], study(), margin=margin)
    assert faults(Comparisons, made) == []
    assert faults(Comparability, graded) == []


@given(st.integers(60, 300), st.integers(60, 300), st.integers(0, 80))
@settings(deadline=None, max_examples=40)
def test_no_number_of_a_comparison_tells_exact_counts_apart(responders: int, others: int, missing: int) -> None:
    def nearest(count: int) -> int:
        return (count + 2) // 5 * 5

    one = beside(exact(responders, others, missing, **MATCHED))
    shown = nearest(responders), nearest(responders + others), missing
    other = beside(exact(shown[0], shown[1] - shown[0], missing, **MATCHED))
    assert one == other
