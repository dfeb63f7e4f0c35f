"""How far patients changed, exactly: which threshold each reached, who is missing, and what their changes add up to."""

from collections.abc import Sequence
from math import isclose
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.contract import faults
from schemas.improvements import THRESHOLDS, Improvements
from schemas.outcomes import STATES
from tests.transforms.hillside import DEFINITION, ENDPOINT, INSTRUMENT, VOCABULARY, contract, known
from tests.transforms.test_strata import EPISODES, RESPONSES, person
from transforms.improvements import improvements
from transforms.statistics.change import cumulative_curve, mean_change

OUTCOMES = {
    "source": pl.Int16, "episode": pl.Int32, "instrument": pl.Int16, "endpoint": pl.Int16, "baseline": pl.Int32,
    "score": pl.Int32, "state": pl.Int16,
}  # fmt: skip
Pair = tuple[int | None, int | None]


def found(
    *pairs: Pair,
    instrument: str = "vas-pain",
    people: Sequence[dict[str, Any]] = (),
    states: Sequence[str] = (),
    plan: Sequence[tuple[str, str, str]] = (),
) -> pl.DataFrame:
    """What is found of patients with these baselines and follow-ups, in points."""
    scale = VOCABULARY.instruments[instrument].scale
    sources, _ = known(contract())
    who = [person(**one) for one in people] or [person() for _ in pairs]
    at = [{"source": 0, "episode": place, "patient": place, "measured": True} | one for place, one in enumerate(who)]
    judged = [
        one | {"definition": DEFINITION["vas-pain-relative-30"], "endpoint": ENDPOINT["6-months"], "status": 4}
        for one in at
    ]
    said = states or ["measured" if score is not None else "missing" for _, score in pairs]
    scores = [
        {
            "source": 0, "episode": place, "instrument": INSTRUMENT[instrument], "endpoint": ENDPOINT["6-months"],
            "baseline": None if baseline is None else baseline * scale,
            "score": None if score is None else score * scale, "state": STATES.index(state),
        }
        for place, ((baseline, score), state) in enumerate(zip(pairs, said, strict=True))
    ]  # fmt: skip
    responses, episodes, outcomes = (
        pl.DataFrame([{name: one.get(name) for name in schema} for one in rows], schema=schema).lazy()
        for rows, schema in ((judged, RESPONSES), (at, EPISODES), (scores, OUTCOMES))
    )
    asked = pl.DataFrame(plan, schema=["definition", "endpoint", "population"], orient="row")
    made = improvements(responses, episodes, outcomes, sources=sources, plan=asked, vocabulary=VOCABULARY)
    assert faults(Improvements, made) == []
    return made


def only(*pairs: Pair, **more: Any) -> dict[str, Any]:
    return found(*pairs, **more).row(0, named=True)


# ---- thresholds --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("score", "reached"),
    [
        (80, [0]),
        (77, [0]),
        (76, [0, 5]),
        (57, [0, 5, 10, 15, 20, 25]),
        (56, [0, 5, 10, 15, 20, 25, 30]),
        (0, list(THRESHOLDS)),
    ],
)
def test_a_threshold_is_met_from_exactly_its_share_of_the_baseline_on(score: int, reached: list[int]) -> None:
    row = only((80, score))
    assert [percent for percent in THRESHOLDS if row[f"at_least_{percent}"]] == reached


def test_who_became_worse_by_the_least_unit_meets_no_threshold() -> None:
    row = only((80, 81))
    assert (row["worse"], sum(row[f"at_least_{percent}"] for percent in THRESHOLDS)) == (1, 0)


def test_where_higher_is_better_a_rise_is_the_improvement() -> None:
    row = only((50, 75), (50, 40), instrument="ffbh-r")
    assert row["improvement_sum"] == 15
    assert (row["at_least_50"], row["at_least_55"], row["improved"], row["worse"]) == (1, 0, 1, 1)


def test_a_baseline_of_zero_has_a_change_and_no_relative_one() -> None:
    row = only((0, 5), (0, None), (50, 20))
    assert (row["measured"], row["placed"], row["missing"], row["missing_placed"]) == (2, 1, 1, 0)
    assert row["improvement_sum"] == 25
    assert row["at_least_50"] == 1


# ---- who counts --------------------------------------------------------------------------------------------------


def test_who_is_not_due_or_has_no_baseline_is_nowhere() -> None:
    row = only((60, 30), (60, 30), (None, 30), states=["measured", "not due", "measured"])
    assert (row["measured"], row["missing"]) == (1, 0)


def test_a_second_course_of_a_patient_is_not_counted() -> None:
    row = only((60, 30), (60, 0), people=[{}, {"first": False}])
    assert (row["measured"], row["improvement_sum"]) == (1, 30)


def test_a_population_of_a_study_leaves_out_who_is_known_to_lie_outside_it() -> None:
    plan = [("vas-pain-relative-30", "6-months", "chronic-low-back-pain-6-months")]
    made = found((60, 30), (60, 0), people=[{"duration_weeks": 60}, {"duration_weeks": 8}], plan=plan)
    assert dict(made.select("population", "measured").iter_rows()) == {
        "chronic-low-back-pain-6-months": 1, "everyone": 2
    }  # fmt: skip


def test_a_change_by_exactly_the_important_one_counts_either_way() -> None:
    important = VOCABULARY.instruments["vas-pain"].mic_absolute or 0
    row = only(
        (50, 50 - int(important)), (50, 51 - int(important)), (50, 50 + int(important)), (50, 49 + int(important))
    )
    assert (row["improved"], row["deteriorated"], row["worse"]) == (1, 1, 2)


def test_an_instrument_without_an_important_change_counts_none() -> None:
    row = only((67, 33), instrument="cpgs-pain")
    assert (row["improved"], row["deteriorated"], row["worse"]) == (None, None, 0)


# ---- against a second implementation -------------------------------------------------------------------------------

pairs = st.lists(st.tuples(st.integers(0, 100), st.one_of(st.none(), st.integers(0, 100))), min_size=1, max_size=30)


@settings(deadline=None)
@given(pairs)
def test_counts_and_moments_are_those_of_the_textbook(people: list[Pair]) -> None:
    row = only(*people)
    scores = [(float(b or 0), None if f is None else float(f)) for b, f in people]
    curve, moments = cumulative_curve(scores), mean_change(scores)
    if curve is not None:
        assert (row["placed"], row["placed"] + row["missing_placed"]) == (curve.n_evaluable, curve.n_due)
        for percent, share, nonresponse in zip(THRESHOLDS, curve.completers, curve.nri, strict=True):
            assert row[f"at_least_{percent}"] == round(share * curve.n_evaluable) == round(nonresponse * curve.n_due)
    if moments is not None:
        assert row["measured"] == moments.n
        assert isclose(row["improvement_sum"] / moments.n, moments.mean, abs_tol=1e-9)
        assert isclose(row["median"], moments.median, abs_tol=1e-9)
        assert isclose(row["lower_quartile"], moments.quartiles.low, abs_tol=1e-9)
        assert isclose(row["upper_quartile"], moments.quartiles.high, abs_tol=1e-9)
