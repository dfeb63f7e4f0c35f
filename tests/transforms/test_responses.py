"""Who is a responder: relative, absolute and pass rules, composites, and everybody who is none of these."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from schemas.contract import faults
from schemas.outcomes import STATES
from schemas.responder_rules import Definition, Rule
from schemas.responses import STATUSES, Responses
from schemas.vocabulary import Vocabulary
from tests.transforms.hillside import ENDPOINT, INSTRUMENT, VOCABULARY
from transforms.responses import compiled, first_responses, responses

RELATIVE, HALF, PASS = "nrs-pain-relative-30", "nrs-pain-relative-50", "nrs-pain-pass-1"
CHANGE = "rmdq-24-minimal-important-change"
FUNCTION = "ffbh-r-absolute-12"
GERAC = "gerac-response"

#: (instrument, baseline, score) with scores on the instrument's own scale; None is no score.
Scores = tuple[str, float | None, float | None]


def outcome_rows(*scores: Scores, state: str = "", episode: int = 0) -> list[dict[str, Any]]:
    return [
        {
            "source": 0,
            "episode": episode,
            "instrument": INSTRUMENT[name],
            "endpoint": ENDPOINT["6-months"],
            "baseline": _units(name, before),
            "score": _units(name, after),
            "day": None if after is None else 183,
            "state": STATES.index(state or ("missing" if after is None else "measured")),
        }
        for name, before, after in scores
    ]


def _units(name: str, score: float | None) -> int | None:
    return None if score is None else round(Decimal(str(score)) * VOCABULARY.instruments[name].scale)


OUTCOMES = {
    "source": pl.Int16, "episode": pl.Int32, "instrument": pl.Int16, "endpoint": pl.Int16,
    "baseline": pl.Int32, "score": pl.Int32, "day": pl.Int16, "state": pl.Int16,
}  # fmt: skip


def judged(
    *rows: dict[str, Any], events: dict[int, bool | None] | None = None, vocabulary: Vocabulary = VOCABULARY
) -> pl.DataFrame:
    """Responses with the definition and the status in words."""
    events = events or {}
    seen = pl.DataFrame(rows, schema=OUTCOMES)
    begun = seen.select("source", "episode").unique().with_columns(
        disqualified=pl.col("episode").map_elements(events.get, pl.Boolean, skip_nulls=False)
    )  # fmt: skip
    names = sorted(vocabulary.definitions)
    found = responses(seen.lazy(), begun.lazy(), vocabulary=vocabulary).collect()
    return found.with_columns(
        rule=pl.col("definition").map_elements(lambda place: names[place], pl.String),
        word=pl.col("status").map_elements(lambda place: STATUSES[place], pl.String),
    ).sort("episode", "rule")


def status(definition: str, *scores: Scores, event: bool | None = None, **more: Any) -> str:
    """The verdict of one definition on one course."""
    vocabulary = more.pop("vocabulary", VOCABULARY)
    found = judged(*outcome_rows(*scores, **more), events={0: event}, vocabulary=vocabulary)
    return str(found.filter(rule=definition)["word"].item())


def with_definition(definition: Definition) -> Vocabulary:
    return replace(VOCABULARY, definitions=dict(VOCABULARY.definitions) | {definition.id: definition})


# ---- one rule ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("definition", "instrument", "before", "after", "word"),
    [
        (RELATIVE, "nrs-pain", 7, 4.9, "responder"),  # exactly 30%, which binary fractions miss
        (RELATIVE, "nrs-pain", 7, 5.0, "non_responder"),
        (RELATIVE, "nrs-pain", 10, 7, "responder"),
        (RELATIVE, "nrs-pain", 10, 7.1, "non_responder"),
        (RELATIVE, "nrs-pain", 3, 5, "non_responder"),
        (HALF, "nrs-pain", 8, 4, "responder"),
        (HALF, "nrs-pain", 8, 4.1, "non_responder"),
        ("rmdq-24-relative-30", "rmdq-24", 10, 7, "responder"),
        ("rmdq-24-relative-30", "rmdq-24", 10, 7.01, "non_responder"),
        ("headache-severity-relative-35", "headache-severity", 60, 39, "responder"),
        ("headache-severity-relative-35", "headache-severity", 60, 39.00001, "non_responder"),
        (CHANGE, "rmdq-24", 12, 7, "responder"),
        (CHANGE, "rmdq-24", 12, 7.01, "non_responder"),
        ("rmdq-23-absolute-3", "rmdq-23", 12, 9, "responder"),
        ("rmdq-23-absolute-3", "rmdq-23", 12, 9.01, "non_responder"),
        (FUNCTION, "ffbh-r", 58, 70, "responder"),
        (FUNCTION, "ffbh-r", 58, 69.9999, "non_responder"),
        (FUNCTION, "ffbh-r", 58, 46, "non_responder"),  # higher is better: this is worse
        (PASS, "nrs-pain", 5, 1, "responder"),
        (PASS, "nrs-pain", 5, 1.1, "non_responder"),
    ],
)
def test_d_18_a_score_exactly_at_the_threshold_responds_and_one_unit_short_of_it_does_not(
    definition: str, instrument: str, before: float, after: float, word: str
) -> None:
    assert status(definition, (instrument, before, after)) == word


@pytest.mark.parametrize(
    ("definition", "instrument", "before", "word"),
    [
        (RELATIVE, "nrs-pain", 0, "cannot_improve"),
        (RELATIVE, "nrs-pain", 0.1, "responder"),
        (CHANGE, "rmdq-24", 4, "cannot_improve"),
        (CHANGE, "rmdq-24", 4.99, "cannot_improve"),
        (CHANGE, "rmdq-24", 5, "responder"),  # room for exactly five points
    ],
)
def test_d_17_who_has_no_room_to_respond_is_apart(definition: str, instrument: str, before: float, word: str) -> None:
    assert status(definition, (instrument, before, 0)) == word


@pytest.mark.parametrize(("before", "word"), [(88, "responder"), (88.0001, "cannot_improve"), (100, "cannot_improve")])
def test_room_is_counted_towards_the_good_end(before: float, word: str) -> None:
    assert status(FUNCTION, ("ffbh-r", before, 100)) == word


@pytest.mark.parametrize(
    ("before", "after", "word"), [(0, 0, "responder"), (1, 1, "responder"), (1, 2, "non_responder")]
)
def test_a_trial_that_counted_those_who_began_there_counts_them_here(before: int, after: int, word: str) -> None:
    assert VOCABULARY.definitions[PASS].non_evaluable == "counted"
    assert status(PASS, ("nrs-pain", before, after)) == word


@pytest.mark.parametrize(("before", "word"), [(1, "cannot_improve"), (1.1, "responder")])
def test_others_set_them_apart(before: float, word: str) -> None:
    excluded = replace(VOCABULARY.definitions[PASS], id="strict", non_evaluable="excluded")
    assert status("strict", ("nrs-pain", before, 1), vocabulary=with_definition(excluded)) == word


def test_a_pass_rule_on_a_scale_on_which_higher_is_better_looks_upward() -> None:
    rule = Rule("pass", "ffbh-r", Decimal(70), name="FFbH-R", better="higher")
    vocabulary = with_definition(Definition("good-function", "good-function", "one", (rule,)))
    words = [status("good-function", ("ffbh-r", 50, after), vocabulary=vocabulary) for after in (70, 69.9999)]
    assert words == ["responder", "non_responder"]
    assert status("good-function", ("ffbh-r", 70, 90), vocabulary=vocabulary) == "cannot_improve"


# ---- what comes before the verdict -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "state", "word"),
    [
        (None, 3, "measured", "no_baseline"),
        (None, 3, "not due", "no_baseline"),
        (0, None, "not due", "cannot_improve"),
        (7, 3, "not due", "not_due"),
        (7, None, "not due", "not_due"),
        (7, None, "missing", "missing"),
        (7, 3, "measured", "responder"),
        (7, 7, "measured", "non_responder"),
    ],
)
def test_questions_are_asked_in_their_order(before: Any, after: Any, state: str, word: str) -> None:
    assert status(RELATIVE, ("nrs-pain", before, after), state=state) == word


def test_a_day_is_given_only_for_what_is_due() -> None:
    due = judged(*outcome_rows(("nrs-pain", 7, 3))).filter(rule=RELATIVE)
    later = judged(*outcome_rows(("nrs-pain", 7, 3), state="not due")).filter(rule=RELATIVE)
    assert (due["day"].item(), later["day"].item()) == (183, None)


def test_the_baseline_comes_back_on_the_instruments_own_scale() -> None:
    assert judged(*outcome_rows(("ffbh-r", 58.3333, 60))).filter(rule=FUNCTION)["baseline"].item() == 58.3333


@given(st.integers(0, 100), st.integers(0, 100), st.sampled_from([30, 50]))
@settings(deadline=None)
def test_a_relative_rule_is_what_fractions_say(before: int, after: int, percent: int) -> None:
    found = status(f"nrs-pain-relative-{percent}", ("nrs-pain", before / 10, after / 10))
    if before == 0:
        assert found == "cannot_improve"
    else:
        enough = Fraction(before - after, before) >= Fraction(percent, 100)
        assert found == ("responder" if enough else "non_responder")


@given(st.integers(1, 10_000), st.data())
@settings(deadline=None)
def test_a_better_score_never_makes_a_responder_a_non_responder(before: int, data: st.DataObject) -> None:
    scores = sorted(data.draw(st.lists(st.integers(0, 10_000), min_size=2, max_size=2)))
    words = [status("cpgs-pain-relative-30", ("cpgs-pain", before / 100, after / 100)) for after in scores]
    assert words != ["non_responder", "responder"]


# ---- composite definitions ---------------------------------------------------------------------------------

PAIN, WORSE = ("cpgs-pain", 60, 40), ("cpgs-pain", 60, 50)  # improved by a third, and by a sixth
ABLE, UNABLE = ("ffbh-r", 50, 62), ("ffbh-r", 50, 61)


@pytest.mark.parametrize(
    ("pain", "function", "word"),
    [
        (PAIN, ABLE, "responder"),
        (PAIN, UNABLE, "responder"),
        (WORSE, ABLE, "responder"),
        (WORSE, UNABLE, "non_responder"),
        (("cpgs-pain", 100, 67), UNABLE, "responder"),  # 33% exactly
        (("cpgs-pain", 100, 67.0001), UNABLE, "non_responder"),
        (("cpgs-pain", 60, None), ABLE, "responder"),
        (("cpgs-pain", 60, None), UNABLE, "missing"),
        (PAIN, ("ffbh-r", 50, None), "responder"),
        (WORSE, ("ffbh-r", 50, None), "missing"),
        (("cpgs-pain", 60, None), ("ffbh-r", 50, None), "missing"),
        (("cpgs-pain", None, 40), UNABLE, "missing"),  # without a baseline, nobody knows
        (("cpgs-pain", None, 40), ABLE, "responder"),
        (("cpgs-pain", None, 40), ("ffbh-r", None, 62), "no_baseline"),
        (("cpgs-pain", 0, 0), ABLE, "responder"),
        (("cpgs-pain", 0, 0), UNABLE, "non_responder"),
        (("cpgs-pain", 0, 0), ("ffbh-r", 95, 100), "cannot_improve"),
        (("cpgs-pain", 0, 0), ("ffbh-r", None, 100), "missing"),
        (WORSE, ("ffbh-r", 95, 100), "non_responder"),
    ],
)
def test_either_of_two_rules_is_enough(pain: Scores, function: Scores, word: str) -> None:
    assert status(GERAC, pain, function) == word


@pytest.mark.parametrize(
    ("pain", "function", "word"),
    [
        (PAIN, ABLE, "responder"),
        (PAIN, UNABLE, "non_responder"),
        (WORSE, ("ffbh-r", 50, None), "non_responder"),  # one that failed settles it
        (PAIN, ("ffbh-r", 50, None), "missing"),
        (("cpgs-pain", None, 40), ABLE, "missing"),
        (("cpgs-pain", None, 40), ("ffbh-r", None, 62), "no_baseline"),
        (("cpgs-pain", 0, 0), ABLE, "non_responder"),
        (("cpgs-pain", 0, 0), ("ffbh-r", 95, 100), "cannot_improve"),
    ],
)
def test_both_of_two_rules_may_be_needed(pain: Scores, function: Scores, word: str) -> None:
    both = replace(VOCABULARY.definitions[GERAC], id="both", combine="and", disqualifying_event=False)
    assert status("both", pain, function, vocabulary=with_definition(both)) == word


def test_an_instrument_that_a_patient_never_filled_in_is_unknown() -> None:
    rows = [*outcome_rows(PAIN, ABLE), *outcome_rows(WORSE, episode=1), *outcome_rows(PAIN, episode=2)]
    assert judged(*rows).filter(rule=GERAC)["word"].to_list() == ["responder", "missing", "responder"]


def test_a_rule_that_needs_an_instrument_the_clinic_never_collects_is_not_judged() -> None:
    # Otherwise only responders could be counted.
    rules = set(judged(*outcome_rows(PAIN), *outcome_rows(WORSE, episode=1))["rule"])
    assert rules == {"cpgs-pain-relative-30", "cpgs-pain-relative-50"}


def test_a_composite_is_not_due_before_its_time() -> None:
    assert status(GERAC, PAIN, ABLE, state="not due") == "not_due"


# ---- disqualifying events ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "pain", "word"),
    [
        (True, PAIN, "non_responder"),
        (True, ("cpgs-pain", 60, None), "non_responder"),
        (False, PAIN, "responder"),
        (None, PAIN, "responder"),  # never recorded: computed without it, and graded down
        (True, ("cpgs-pain", None, 40), "no_baseline"),
    ],
)
def test_a_disqualifying_event_makes_a_non_responder(event: bool | None, pain: Scores, word: str) -> None:
    function = ("ffbh-r", None, 62) if pain[1] is None else ("ffbh-r", 50, None) if pain[2] is None else UNABLE
    assert status(GERAC, pain, function, event=event) == word


@pytest.mark.parametrize(("event", "word"), [(True, "non_responder"), (False, "responder"), (None, "responder")])
def test_a_single_rule_may_name_a_disqualifying_event_too(event: bool | None, word: str) -> None:
    strict = replace(VOCABULARY.definitions[RELATIVE], id="strict", disqualifying_event=True)
    vocabulary = with_definition(strict)
    assert status("strict", ("nrs-pain", 7, 3), event=event, vocabulary=vocabulary) == word
    if event:
        assert status("strict", ("nrs-pain", 7, None), event=event, vocabulary=vocabulary) == "non_responder"


def test_an_event_changes_no_definition_that_does_not_name_it() -> None:
    assert status("cpgs-pain-relative-30", PAIN, event=True) == "responder"


def test_an_event_makes_nothing_due() -> None:
    assert status(GERAC, PAIN, ABLE, event=True, state="not due") == "not_due"


# ---- first courses alone ------------------------------------------------------------------------------------


def of_first_courses(*rows: dict[str, Any], later: int) -> pl.DataFrame:
    """Responses of all courses but `later`, which is none of a patient's first."""
    seen = pl.DataFrame(rows, schema=OUTCOMES)
    begun = seen.select("source", "episode").unique().with_columns(
        first=pl.col("episode") != later, disqualified=pl.lit(None, pl.Boolean)
    )  # fmt: skip
    return first_responses(seen.lazy(), begun.lazy(), vocabulary=VOCABULARY).collect()


def test_later_courses_can_be_left_out_and_change_nothing_of_the_others() -> None:
    rows = [*outcome_rows(PAIN, ABLE), *outcome_rows(WORSE, UNABLE, episode=1)]
    kept = of_first_courses(*rows, later=1)
    whole = judged(*rows).filter(episode=0).select(kept.columns)
    assert_frame_equal(kept, whole, check_row_order=False)


def test_a_source_collects_an_instrument_even_if_only_later_courses_have_it() -> None:
    kept = of_first_courses(*outcome_rows(PAIN), *outcome_rows(WORSE, UNABLE, episode=1), later=1)
    gerac = sorted(VOCABULARY.definitions).index(GERAC)
    assert kept.filter(definition=gerac)["episode"].to_list() == [0]


# ---- the whole ---------------------------------------------------------------------------------------------


def test_every_course_has_one_status_for_each_definition_that_fits() -> None:
    rows = [row for at in range(3) for row in outcome_rows(("nrs-pain", 7, 3), ("rmdq-24", 12, 7), episode=at)]
    found = judged(*rows)
    assert not found.select("episode", "definition", "endpoint").is_duplicated().any()
    fitting = VOCABULARY.definitions_for({"nrs-pain", "rmdq-24"})
    assert found.group_by("episode").len()["len"].to_list() == [len(fitting)] * 3


def test_responses_keep_the_promise_of_their_table() -> None:
    found = judged(*outcome_rows(PAIN, ABLE)).select(list(Responses.columns()))
    assert faults(Responses, found) == []


def test_every_definition_of_the_vocabulary_is_compiled_to_whole_numbers() -> None:
    rules = compiled(VOCABULARY)
    assert rules["definition"].n_unique() == len(VOCABULARY.definitions)
    assert rules.null_count().sum_horizontal().item() == 0


def test_a_threshold_finer_than_its_instrument_is_refused() -> None:
    rule = Rule("absolute", "nrs-pain", Decimal("1.55"), better="lower")
    with pytest.raises(ValueError, match="nrs-pain: the threshold is finer"):
        compiled(with_definition(Definition("fine", "fine", "one", (rule,))))


def test_no_outcome_gives_no_response() -> None:
    assert judged().is_empty()
