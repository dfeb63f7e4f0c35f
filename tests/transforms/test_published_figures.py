"""Every published figure as a row: as printed, with what it was read from, and nothing made surer than it is."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.contract import faults
from schemas.evidence import load, packaged
from schemas.published_figures import PublishedFigures
from schemas.study_rows import Baseline, Result, Study
from tests.transforms.hillside import VOCABULARY
from tests.transforms.meadow import arm, result, study
from transforms.published_figures import published_figures
from transforms.published_rates import published_rates, studies


def figures(*results: Result, **more: Any) -> list[dict[str, Any]]:
    made = study(*results, **more)
    return published_figures(evidence={made.id: made}, vocabulary=VOCABULARY).to_dicts()


def only(**more: Any) -> dict[str, Any]:
    (found,) = figures(result(**more), baselines=())
    return found


MEAN: dict[str, Any] = {
    "measure": "mean", "printed": "40.20", "unit": "0-100", "instrument": "cpgs-pain", "sd": "22.5", "definition": None,
    "definition_confidence": None, "better": "lower",
}  # fmt: skip


def test_a_mean_is_a_row_with_its_instrument_unit_and_spread() -> None:
    found = only(**MEAN)
    said = [found[name] for name in ("printed", "unit", "outcome", "instrument", "sd", "better", "against")]
    assert said == ["40.20", "0-100", "CPGS pain", "cpgs-pain", "22.5", "lower", ""]


def test_a_contrast_names_the_other_arm_or_says_what_it_is_against() -> None:
    other = {"measure": "mean-difference", "unit": "points", "printed": "-3.4"}
    arms = (arm(), arm("sham", role="sham"))
    (beside,) = figures(result(**MEAN | other, comparator="sham"), arms=arms, baselines=())
    (pooled,) = figures(result(**MEAN | other, arm=None, against="usual care", trials=5), baselines=())
    assert (beside["arm"], beside["against"], beside["trials"]) == ("verum", "sham", None)
    assert (pooled["arm"], pooled["against"], pooled["trials"]) == ("", "usual care", 5)


def test_a_finding_in_words_has_no_digits() -> None:
    found = only(**MEAN | {"measure": "words", "printed": "", "words": "no significant difference", "p": ".96"})
    assert (found["printed"], found["words"], found["p"]) == ("", "no significant difference", ".96")


def test_an_interval_with_a_source_of_its_own_is_a_record_of_its_own() -> None:
    apart = {
        "low": "62",
        "high": "88",
        "interval_confidence": "recalled",
        "interval_source_id": "o2",
        "source_id": "o1",
    }
    rate, interval = figures(result(**apart), baselines=())
    assert (rate["entry"], rate["confidence"], rate["low"], rate["source_id"]) == ("result", "checked", "", "o1")
    assert (interval["entry"], interval["confidence"], interval["state"]) == ("interval", "recalled", "unverified")
    assert (interval["low"], interval["high"], interval["source_id"]) == ("62", "88", "o2")
    assert (interval["carries_verdict"], interval["result"]) == (False, "verum-6-months.interval")


def test_an_interval_printed_with_its_figure_stands_beside_it() -> None:
    found = only(low="42", high="58", interval_confidence="checked")
    assert (found["low"], found["high"]) == ("42", "58")


def test_a_baseline_is_a_row_before_treatment_that_judges_nothing() -> None:
    before = Baseline("nrs-pain", Decimal("5.0"), "checked", arm="verum", sd=Decimal("2.50"))
    _, found = sorted(figures(result(), baselines=(before,)), key=lambda row: row["entry"], reverse=True)
    assert (found["result"], found["entry"]) == ("baseline.verum.nrs-pain", "baseline")
    assert (found["printed"], found["sd"], found["unit"], found["day"]) == ("5.0", "2.50", "0-10", 0)
    assert not found["carries_verdict"]


@given(
    confidence=st.sampled_from(["checked", "recalled", "derived"]),
    definition_confidence=st.sampled_from(["checked", "recalled"]),
    n_confidence=st.sampled_from(["checked", "recalled", "derived"]),
    benchmark_ok=st.sampled_from(["yes", "limited", "no", ""]),
    measure=st.sampled_from(["responder-percent", "illustration", "lowest-of-arms", "derived-by-us"]),
)
def test_an_unverified_figure_never_carries_a_verdict(**made: str) -> None:
    found = only(**made)
    parts = {made["confidence"], made["definition_confidence"], made["n_confidence"]}
    judges = parts == {"checked"} and made["benchmark_ok"] == "yes" and made["measure"] == "responder-percent"
    assert found["carries_verdict"] is judges
    assert (found["why_not"] == "") is judges
    assert found["state"] == ("checked" if made["confidence"] == "checked" else "unverified")


# ---- the figures that we hold ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def evidence() -> dict[str, Study]:
    return load(packaged(), VOCABULARY)


def test_the_table_keeps_its_promises(evidence: dict[str, Study]) -> None:
    assert faults(PublishedFigures, published_figures(evidence=evidence, vocabulary=VOCABULARY)) == []


def test_every_figure_leads_to_a_citation(evidence: dict[str, Study]) -> None:
    held = published_figures(evidence=evidence, vocabulary=VOCABULARY)
    cited = studies(evidence=evidence).filter(citation="")
    assert cited.height == 0
    assert set(held["study"]) <= set(evidence)


def test_every_response_rate_is_among_the_figures_with_the_same_say(evidence: dict[str, Study]) -> None:
    held = published_figures(evidence=evidence, vocabulary=VOCABULARY)
    keys = ["study", "result", "printed", "confidence", "carries_verdict", "why_not"]
    rates = published_rates(evidence=evidence).select(keys)
    assert rates.join(held.select(keys), on=keys, how="anti").height == 0
    assert rates.height == 36


def test_every_figure_says_what_was_measured_and_how_sure_it_is(evidence: dict[str, Study]) -> None:
    held = published_figures(evidence=evidence, vocabulary=VOCABULARY)
    for row in held.iter_rows(named=True):
        assert row["outcome"] or row["definition_note"], (row["study"], row["result"])
        assert row["confidence"] in {"checked", "recalled", "derived"}
        assert row["checked_in"]
        assert bool(row["printed"]) != bool(row["words"])
