"""Sentences say what the numbers say, in the fixed words, and never more."""

import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.comparability import Letter
from transforms.sentences import (
    Observed,
    Published,
    apart_statement,
    closing_sentence,
    depends_on_missing_sentence,
    expectation_statement,
    no_data_sentence,
    nobody_measured_sentence,
    not_due_sentence,
    observed_sentence,
    percent,
    points,
    published_sentence,
    refused_sentence,
    statement,
    suppressed_sentence,
    tipping_sentence,
    too_few_sentence,
    too_small_sentence,
    verdict_sentence,
)
from transforms.statistics.missing import bounds
from transforms.statistics.pooling import Expectation, pool
from transforms.statistics.proportions import VERDICTS, Interval, Verdict, grim, wilson

FORBIDDEN = re.compile(
    r"significan|\bprov(e|es|en|ing)\b|because of|\bbeats?\b|outperform|caused by|better than|effective|worse",
    re.IGNORECASE,
)

GERAC = Published(
    label="GERAC 2007, verum acupuncture",
    printed="47.6",
    n=387,
    grim=grim("47.6", 387),
    context=[("sham acupuncture", "44.2"), ("guideline care", "27.4")],
)


def figure(x: int = 31, n: int = 46, missing: int | None = 14, *, rounded: bool = False, nri: bool = False) -> Observed:
    denominator = n + (missing or 0) if nri else n
    interval = wilson(x, denominator)
    assert interval is not None
    left_open = bounds(x, n, missing or 0)
    return Observed(
        x=x,
        n=n,
        missing=missing,
        interval=interval,
        bounds=None if left_open is None or missing is None else Interval(left_open.low, left_open.high),
        window="6 months",
        definition="30% or more better on RMDQ-24",
        rounded=rounded,
        first_set="missing as non-response" if nri else "completers",
    )


def test_the_observed_sentence_has_the_rate_its_interval_and_what_the_missing_leave_open() -> None:
    assert observed_sentence(figure()) == (
        "Of 46 patients with an outcome at 6 months, 31 (67%, 95% interval 53% to 79%) "
        "met “30% or more better on RMDQ-24”. "
        "14 more were due and are missing: if none or all of them had responded, the figure would be 52% to 75%."
    )


def test_rounded_counts_are_said_to_be_about_right() -> None:
    said = observed_sentence(figure(30, 45, 15, rounded=True))
    assert said.startswith("Of about 45 patients with an outcome at 6 months, about 30 (67%,")
    assert "About 15 more were due and are missing" in said


def test_exact_counts_are_not_said_to_be_about_right() -> None:
    assert "about" not in observed_sentence(figure()).lower()


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        (0, "No patient who was due is missing."),
        (1, "1 more was due and is missing"),
        (2, "2 more were due and are missing"),
        (None, "How many more were due and are missing is not shown"),
    ],
)
def test_the_missing_are_always_spoken_of(missing: int | None, words: str) -> None:
    assert words in observed_sentence(figure(missing=missing))


def test_missing_as_non_response_is_out_of_all_who_were_due() -> None:
    assert observed_sentence(figure(nri=True)) == (
        "Of 60 patients due at 6 months, 31 (52%, 95% interval 39% to 64%) met “30% or more better on RMDQ-24”. "
        "Of these, 14 without an outcome are counted as not responding: "
        "if all of them had responded, the figure would be 75%."
    )


def test_missing_as_non_response_needs_to_know_how_many_are_missing() -> None:
    with pytest.raises(ValueError, match="withheld"):
        figure(missing=None, nri=True)


def test_a_figure_of_nobody_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="expected a rate"):
        Observed(
            x=0,
            n=0,
            missing=3,
            interval=Interval(0, 1),
            bounds=Interval(0, 1),
            window="6 months",
            definition="d",
            rounded=False,
        )


def test_the_published_sentence_has_the_figure_as_printed_and_the_other_arms() -> None:
    assert published_sentence(GERAC) == (
        "GERAC 2007, verum acupuncture reported 47.6% of 387 "
        "(no whole number of patients gives this percentage; the nearest is 184). "
        "In the same study: sham acupuncture 44.2%, guideline care 27.4%."
    )


def test_an_attainable_percentage_has_no_note() -> None:
    shown = Published(label="GERAC 2007, sham", printed="44.2", n=387, grim=grim("44.2", 387))
    assert published_sentence(shown) == "GERAC 2007, sham reported 44.2% of 387."


def test_an_arm_of_unknown_size_is_said_to_be_so() -> None:
    assert "size is not known" in published_sentence(Published(label="A trial", printed="60", n=None))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("equivalent", "**within 10 percentage points** of the published one"),
        ("at_least_as_good", "**not more than 10 percentage points below** the published one"),
        ("not_better", "**not more than 10 percentage points above** the published one"),
        ("materially_higher", "**more than 10 percentage points above** the published one"),
        ("materially_lower", "**more than 10 percentage points below** the published one"),
        ("inconclusive", "**cannot tell** whether"),
    ],
)
def test_each_verdict_has_its_words(code: Verdict, words: str) -> None:
    assert words in verdict_sentence(code, 0.10)


def test_a_verdict_under_grade_c_is_an_indication() -> None:
    said = statement(figure(), GERAC, "equivalent", 0.10, letter="C", reasons=["follow-up 68%"])
    assert "As an indication only, the observed rate" in said
    assert "indication" not in statement(figure(), GERAC, "equivalent", 0.10, letter="B", reasons=["x"])


@pytest.mark.parametrize("letter", ["D", "R"])
def test_no_statement_with_a_verdict_can_be_made_under_a_grade_that_allows_none(letter: Letter) -> None:
    with pytest.raises(ValueError, match="expected A, B or C"):
        statement(figure(), GERAC, "equivalent", 0.10, letter=letter, reasons=["x"])


def test_a_statement_says_observed_published_verdict_and_grade_in_this_order() -> None:
    said = statement(figure(), GERAC, "at_least_as_good", 0.10, letter="B", reasons=["follow-up 68%"])
    places = [said.index(words) for words in ("31 (67%", "47.6%", "**not more than", "**Grade B** (follow-up 68%).")]
    assert places == sorted(places)


def test_an_answer_that_depends_on_the_missing_says_on_how_many_and_where_it_turns() -> None:
    said = statement(
        figure(),
        GERAC,
        "inconclusive",
        0.10,
        letter="A",
        reasons=[],
        depends_on_missing=True,
        tipping_point=5,
    )
    assert "The answer **depends on the 14 patients** without an outcome." in said
    assert "At least 5 of them must have responded" in said


def test_a_rounded_answer_that_depends_on_the_missing_is_about_them() -> None:
    assert depends_on_missing_sentence(15, rounded=True).startswith("The answer **depends on about 15 patients**")
    assert tipping_sentence(5, rounded=True).startswith("About 5 of them or more")
    assert tipping_sentence(0, rounded=False).startswith("None of them need have responded")


def test_a_cohort_too_small_for_agreement_says_how_many_it_would_take() -> None:
    said = statement(
        figure(),
        GERAC,
        "inconclusive",
        0.10,
        letter="A",
        reasons=[],
        equivalence_attainable=False,
        equivalence_needs=80,
    )
    assert "With 46 outcomes this cohort is too small to show agreement within 10 percentage points" in said
    assert "about 80 would be the minimum" in said
    assert "published arm is too small" in too_small_sentence(46, None, 0.05, rounded=False)


def test_a_refused_comparison_says_why_and_not_the_published_rate() -> None:
    said = refused_sentence(GERAC.label, ["a different condition", "follow-up 31%"])
    assert said == ("**Not comparable** with GERAC 2007, verum acupuncture: a different condition; follow-up 31%.")
    assert "47.6" not in said


def test_figures_shown_apart_have_no_verdict() -> None:
    said = apart_statement(figure(), GERAC, "D", ["a", "b"], "too much differs between the two")
    assert "No verdict is drawn: too much differs between the two." in said
    assert "percentage points" not in said
    assert "**Grade D** (a; b)." in said


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("lower_than_expected", "**lower than expected** for a new setting"),
        ("within_expected_range", "**within the range expected** for a new setting"),
        ("higher_than_expected", "**higher than expected** for a new setting"),
    ],
)
def test_a_predictive_check_never_claims_agreement(code: Expectation, words: str) -> None:
    pooled = pool([(50, 100), (60, 110), (45, 100)])
    said = expectation_statement(figure(), pooled, code, "B", ["x"])
    assert words in said
    assert "The typical rate of 3 published studies is 50%" in said
    assert "percentage points" not in said


@pytest.mark.parametrize(
    ("left_out", "said"),
    [
        (0, ""),
        (120, " 120 others are not of the kind that the study had, and are left out."),
        (None, " A few others are not of the kind that the study had, and are left out."),
    ],
)
def test_who_is_left_out_is_said_beside_who_is_missing(left_out: int | None, said: str) -> None:
    assert observed_sentence(replace(figure(), left_out=left_out)) == observed_sentence(figure()) + said


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (not_due_sentence(date(2027, 3, 1)), "No outcome is due yet: first results expected March 2027."),
        (not_due_sentence(None), "No outcome is due yet."),
        (too_few_sentence(22, False), "Too few outcomes for a verdict: 22, and 30 are needed."),
        (
            too_few_sentence(30, True),
            "Too few outcomes for a verdict: about 30, which may be 28, and 30 are needed.",
        ),
        (
            nobody_measured_sentence(12, "6 months", False),
            "None of 12 patients due at 6 months has an outcome: the figure could be anything from 0% to 100%.",
        ),
        (no_data_sentence(), "There are no outcomes yet."),
        (points(0.10), "10 percentage points"),
        (points(0.05), "5 percentage points"),
        (points(0.01), "1 percentage point"),
        (points(0.125), "12.5 percentage points"),
    ],
)
def test_states_without_a_figure_have_their_words(said: str, expected: str) -> None:
    assert said == expected


def test_a_suppressed_figure_shows_no_number() -> None:
    assert not re.search(r"\d", suppressed_sentence())


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.285, "29%"),  # 28.5 in binary is just below a half: the decimal that was meant decides
        (57 / 200, "29%"),
        (0.125, "13%"),  # half up, not to the even digit
        (0.135, "14%"),
        (0.005, "1%"),
        (0.0049, "0%"),
        (1.0, "100%"),
    ],
)
def test_percentages_are_rounded_half_up(share: float, words: str) -> None:
    assert percent(share) == words


counts = st.tuples(st.integers(0, 400), st.integers(1, 400), st.integers(0, 400)).map(
    lambda drawn: (min(drawn[0], drawn[1]), drawn[1], drawn[2])
)


@settings(deadline=None)
@given(
    counts,
    st.sampled_from(VERDICTS),
    st.sampled_from(("A", "B", "C")),
    st.booleans(),
    st.booleans(),
    st.one_of(st.none(), st.integers(0, 50)),
)
def test_no_statement_ever_uses_a_forbidden_word(
    drawn: tuple[int, int, int],
    code: Verdict,
    letter: Letter,
    rounded: bool,
    nri: bool,
    tipping: int | None,
) -> None:
    x, n, missing = drawn
    said = statement(
        figure(x, n, missing, rounded=rounded, nri=nri),
        GERAC,
        code,
        0.10,
        letter=letter,
        reasons=["follow-up 68%"],
        depends_on_missing=True,
        tipping_point=tipping,
        equivalence_attainable=False,
        equivalence_needs=80,
    )
    assert not FORBIDDEN.search(said)
    assert "  " not in said
    assert said.count("**") % 2 == 0
    assert closing_sentence(letter, ["follow-up 68%"]) in said


@settings(deadline=None)
@given(counts)
def test_the_percentages_of_a_sentence_are_those_of_its_counts(drawn: tuple[int, int, int]) -> None:
    x, n, missing = drawn
    said = observed_sentence(figure(x, n, missing))
    assert f"{x:,} ({percent(x / n)}, 95% interval" in said
    if missing:
        due = n + missing
        assert f"would be {percent(x / due)} to {percent((x + missing) / due)}." in said
