"""The sample's own idea of a responder: small tables, and both sides of every threshold."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.sampling import rules
from orchestration.sampling.lines import Line, Score, Statement
from orchestration.sampling.settings import Clinic, read_network
from orchestration.sampling.truth import FirstCourse, first_courses
from schemas.vocabulary import Definition, Population, Rule, Vocabulary, load
from tests.architecture.sources import ROOT

D = Decimal
WORDS = load()


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return WORDS


def status(
    vocabulary: Vocabulary,
    definition: str | Definition,
    before: dict[str, str],
    after: dict[str, str],
    *,
    due: bool = True,
    event: bool = False,
) -> str:
    wanted = vocabulary.definitions[definition] if isinstance(definition, str) else definition
    exact = [{name: D(score) for name, score in scores.items()} for scores in (before, after)]
    return rules.status(wanted, vocabulary.instruments, exact[0], exact[1], due=due, event=event)


@pytest.mark.parametrize(
    ("definition", "before", "after", "expected"),
    [
        ("nrs-pain-relative-30", "7", "4.9", "responders"),
        ("nrs-pain-relative-30", "7", "5", "non_responders"),
        ("nrs-pain-relative-30", "0", "0", "ineligible_cannot_improve"),
        ("rmdq-24-minimal-important-change", "5", "0", "responders"),
        ("rmdq-24-minimal-important-change", "4", "0", "ineligible_cannot_improve"),
        ("rmdq-24-minimal-important-change", "12", "8", "non_responders"),
        ("ffbh-r-absolute-12", "50", "62", "responders"),
        ("ffbh-r-absolute-12", "50", "61.99", "non_responders"),
        ("ffbh-r-absolute-12", "50", "20", "non_responders"),
        ("ffbh-r-absolute-12", "88", "100", "responders"),
        ("ffbh-r-absolute-12", "88.01", "100", "ineligible_cannot_improve"),
        ("nrs-pain-pass-1", "6", "1", "responders"),
        ("nrs-pain-pass-1", "6", "1.1", "non_responders"),
        ("nrs-pain-pass-1", "1", "1", "responders"),
        ("nrs-pain-pass-1", "1", "2", "non_responders"),
    ],
)
def test_one_rule(definition: str, before: str, after: str, expected: str, vocabulary: Vocabulary) -> None:
    (instrument,) = vocabulary.definitions[definition].instruments
    assert status(vocabulary, definition, {instrument: before}, {instrument: after}) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"cpgs-pain": "60", "ffbh-r": "50"}, {"cpgs-pain": "40.2", "ffbh-r": "50"}, "responders"),
        ({"cpgs-pain": "60", "ffbh-r": "50"}, {"cpgs-pain": "40.21", "ffbh-r": "61.99"}, "non_responders"),
        ({"cpgs-pain": "60", "ffbh-r": "50"}, {"cpgs-pain": "60", "ffbh-r": "62"}, "responders"),
        ({"cpgs-pain": "60", "ffbh-r": "50"}, {"cpgs-pain": "10"}, "responders"),
        ({"cpgs-pain": "60", "ffbh-r": "50"}, {"cpgs-pain": "60"}, "missing"),
        ({"cpgs-pain": "60", "ffbh-r": "50"}, {}, "missing"),
        ({"cpgs-pain": "60"}, {"cpgs-pain": "60", "ffbh-r": "50"}, "missing"),
        ({"cpgs-pain": "60"}, {"cpgs-pain": "20"}, "responders"),
        ({"cpgs-pain": "60", "ffbh-r": "90"}, {"cpgs-pain": "60"}, "non_responders"),
        ({"cpgs-pain": "0", "ffbh-r": "90"}, {"cpgs-pain": "0", "ffbh-r": "90"}, "ineligible_cannot_improve"),
        ({"ffbh-r": "90"}, {}, "missing"),
        ({}, {"cpgs-pain": "10", "ffbh-r": "90"}, "ineligible_baseline_missing"),
    ],
)
def test_either_of_two_rules(
    before: dict[str, str], after: dict[str, str], expected: str, vocabulary: Vocabulary
) -> None:
    assert status(vocabulary, "gerac-response", before, after) == expected


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ({"nrs-pain": "2", "odi": "20"}, "responders"),
        ({"nrs-pain": "6", "odi": "20"}, "non_responders"),
        ({"nrs-pain": "6"}, "non_responders"),
        ({"nrs-pain": "2"}, "missing"),
        ({}, "missing"),
    ],
)
def test_both_of_two_rules(after: dict[str, str], expected: str, vocabulary: Vocabulary) -> None:
    both = Definition(
        id="both",
        family="both",
        combine="and",
        rules=(Rule("relative", "nrs-pain", D(50)), Rule("absolute", "odi", D(10))),
    )
    assert status(vocabulary, both, {"nrs-pain": "6", "odi": "40"}, after) == expected


def test_an_event_makes_a_non_responder_only_of_a_patient_who_is_due_and_eligible(
    vocabulary: Vocabulary,
) -> None:
    before, better = {"cpgs-pain": "60", "ffbh-r": "50"}, {"cpgs-pain": "10", "ffbh-r": "90"}
    assert status(vocabulary, "gerac-response", before, better, event=True) == "non_responders"
    assert status(vocabulary, "gerac-response", before, {}, event=True) == "non_responders"
    assert status(vocabulary, "gerac-response", before, better, event=True, due=False) == "not_due"
    assert status(vocabulary, "gerac-response", {}, better, event=True) == "ineligible_baseline_missing"
    assert status(vocabulary, "ffbh-r-absolute-12", before, better, event=True) == "responders"


def test_nobody_is_judged_before_the_window_has_closed(vocabulary: Vocabulary) -> None:
    assert status(vocabulary, "nrs-pain-relative-30", {"nrs-pain": "8"}, {"nrs-pain": "1"}, due=False) == "not_due"
    assert status(vocabulary, "nrs-pain-relative-30", {}, {}, due=False) == "ineligible_baseline_missing"


@pytest.mark.parametrize(
    ("days", "chosen"),
    [
        ([136], None),
        ([137], 137),
        ([228], 228),
        ([229], None),
        ([180, 190], 180),
        ([176, 190], 190),
        ([90, 200], 200),
    ],
)
def test_the_nearest_day_in_the_window_is_chosen_and_the_later_on_a_tie(
    days: list[int], chosen: int | None, vocabulary: Vocabulary
) -> None:
    found = rules.selected(vocabulary.endpoints["6-months"], [(day, D(day)) for day in days])
    assert found == (None if chosen is None else D(chosen))


def test_the_last_day_is_chosen_where_the_endpoint_says_so(vocabulary: Vocabulary) -> None:
    last = replace(vocabulary.endpoints["6-months"], select="last")
    assert rules.selected(last, [(183, D(1)), (220, D(2)), (229, D(3))]) == 2


@pytest.mark.parametrize(
    ("age", "weeks", "function", "expected"),
    [
        (40, 26, "69.99", True),
        (40, 25, "69.99", False),
        (40, 26, "70", False),
        (18, 26, "50", True),
        (17, 26, "50", False),
        (40, None, "50", True),
        (40, 26, None, True),
    ],
)
def test_only_what_is_known_to_lie_outside_a_population_is_left_out(
    age: int, weeks: int | None, function: str | None, expected: bool, vocabulary: Vocabulary
) -> None:
    found = rules.inside(
        vocabulary.populations["chronic-low-back-pain-6-months-limited"],
        condition="chronic-low-back-pain",
        age=age,
        weeks=None if weeks is None else Fraction(weeks),
        baseline={} if function is None else {"ffbh-r": D(function)},
    )
    assert found is expected


@pytest.mark.parametrize(
    ("limits", "age", "expected"),
    [
        ((65, None), 69, False),
        ((65, None), 70, True),
        ((None, 69), 69, True),
        ((None, 65), 60, False),
        ((None, 95), 93, False),
    ],
)
def test_an_age_limit_keeps_only_whole_bands(limits: tuple[int | None, int | None], age: int, expected: bool) -> None:
    population = Population(id="p", age_from=limits[0], age_to=limits[1])
    assert rules.inside(population, condition="any", age=age, weeks=None, baseline={}) is expected


# ---- courses -----------------------------------------------------------------------------------------------


def line(
    day: date, score: str | None, *, start: date | None, patient: str = "A", reasons: tuple[str, ...] = ()
) -> Line:
    value = None if score is None else D(score)
    stated = Statement(patient, start, (Score("nrs-pain", day, value),), age=50, weeks=None, event=False)
    return Line(("x",), stated, reasons)


def test_the_baseline_is_the_last_score_of_its_fortnight() -> None:
    start = date(2025, 3, 17)
    days = {date(2025, 3, 2): "9", date(2025, 3, 3): "8", date(2025, 3, 16): "7", date(2025, 3, 18): "6"}
    (course,) = first_courses([line(day, score, start=start) for day, score in days.items()])
    assert course.baseline == {"nrs-pain": D(7)}
    (course,) = first_courses([line(date(2025, 3, 2), "9", start=start), line(date(2025, 3, 18), "6", start=start)])
    assert course.baseline == {}


def test_only_the_first_of_two_courses_counts() -> None:
    first, second = date(2024, 5, 6), date(2025, 5, 5)
    (course,) = first_courses([line(second, "8", start=second), line(first, "5", start=first)])
    assert (course.start, course.baseline) == (first, {"nrs-pain": D(5)})


def test_without_a_start_the_first_usable_row_is_day_zero_even_if_it_has_no_score() -> None:
    lines = [
        line(date(2025, 1, 1), "9", start=None, reasons=("duplicate",)),
        line(date(2025, 1, 8), None, start=None),
        line(date(2025, 1, 9), "6", start=None),
    ]
    (course,) = first_courses(lines)
    assert (course.start, course.baseline) == (date(2025, 1, 8), {})


def test_a_patient_all_of_whose_lines_are_spoiled_does_not_exist() -> None:
    spoiled = line(date(2025, 1, 1), "9", start=date(2025, 1, 1), reasons=("score_out_of_range",))
    assert first_courses([spoiled]) == []


@pytest.mark.parametrize(
    ("keep_dates", "data_cut", "due"),
    [
        ("month", date(2025, 9, 15), False),
        ("month", date(2025, 9, 16), True),
        ("day", date(2025, 9, 4), False),
        ("day", date(2025, 9, 5), True),
    ],
)
def test_an_endpoint_is_due_for_the_whole_month_of_the_start(
    keep_dates: str, data_cut: date, due: bool, vocabulary: Vocabulary, clinic: Clinic
) -> None:
    course = FirstCourse(date(2025, 1, 20), {}, {}, age=50, weeks=None, event=False)
    endpoint = vocabulary.endpoints["6-months"]
    assert course.due(endpoint, replace(clinic, keep_dates=keep_dates), data_cut) is due


@pytest.fixture(scope="module")
def clinic() -> Clinic:
    return read_network(ROOT / "samples/network.toml").clinics[0]


# ---- what must always hold ---------------------------------------------------------------------------------

scores = st.none() | st.integers(0, 100).map(D)


@given(before=st.tuples(scores, scores), after=st.tuples(scores, scores), due=st.booleans(), event=st.booleans())
def test_every_patient_has_one_status_and_losing_a_score_never_makes_a_responder(
    before: tuple[Decimal | None, Decimal | None],
    after: tuple[Decimal | None, Decimal | None],
    due: bool,
    event: bool,
) -> None:
    definition, instruments = WORDS.definitions["gerac-response"], WORDS.instruments

    def judged(first: Decimal | None, second: Decimal | None) -> str:
        found = {name: s for name, s in zip(("cpgs-pain", "ffbh-r"), (first, second), strict=True) if s is not None}
        start = {name: s for name, s in zip(("cpgs-pain", "ffbh-r"), before, strict=True) if s is not None}
        return rules.status(definition, instruments, start, found, due=due, event=event)

    whole = judged(*after)
    assert whole in rules.STATUSES
    if whole != rules.RESPONDER:
        assert rules.RESPONDER not in (judged(after[0], None), judged(None, after[1]), judged(None, None))
