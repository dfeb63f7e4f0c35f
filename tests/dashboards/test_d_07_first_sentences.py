"""First sentences say what their tables say, whatever is in them: each is recomputed from its rows another way.

Overview, benchmark and files: `test_page_sentences`. Variation, trends, follow-up and rules: `test_clinic_pages`.
Pages of records: `test_record_pages`. Effect and claims: `test_context_pages`.
"""

import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboards import sentences
from dashboards.benchmarks import benchmarks
from dashboards.clinics import Clinic, Clinics
from dashboards.marts import Marts
from dashboards.names import Names
from dashboards.pages import calibration, case_mix, downloads, follow_up, receipts, rules, trends, variation
from dashboards.pages.trends import Series
from dashboards.tables_to_take import Taken
from schemas.deliveries import STATES
from schemas.published_rates import GRIM
from schemas.rule_strip import COUNTED
from tests.dashboards.made_up_release import figure

Row = dict[str, Any]
shares = st.floats(0, 1, allow_nan=False)
maybe = st.none() | shares


@pytest.fixture(scope="module")
def riverside(marts: Marts) -> Clinic:
    return next(one for one in Clinics(marts, benchmarks(marts)).listed if one.key == "riverside")


@pytest.fixture(scope="module")
def names(marts: Marts) -> Names:
    return Names(marts)


def numbers(sentence: str) -> list[int]:
    return [int(each.replace(",", "")) for each in re.findall(r"(?<![\w.])\d[\d,]*(?![\w%])", sentence)]


FIGURES = st.lists(
    st.fixed_dictionaries(
        {
            "study": st.sampled_from("abc"),
            "carries_verdict": st.booleans(),
            "grim": st.sampled_from(GRIM),
            "role": st.sampled_from(["active", "mixed", "sham", "usual-care"]),
        }
    ).map(lambda row: figure(row["study"], "verum", "x") | row),
    max_size=12,
)


@given(FIGURES)
def test_d_07_the_evidence_page_counts_studies_rates_verdicts_and_what_does_not_add_up(listed: list[Row]) -> None:
    carrying = [row for row in listed if row["carries_verdict"] and row["role"] in ("active", "mixed")]
    broken = [row for row in listed if row["grim"] == "not attainable"]
    expected = [len({row["study"] for row in listed}), len(listed), len(carrying), *([len(broken)] if broken else [])]
    assert numbers(sentences.evidence(listed)) == expected


@given(FIGURES, st.integers(0, 40), st.sampled_from(["", "Ten sessions first."]))
def test_d_07_a_studys_page_says_what_it_reports(listed: list[Row], others: int, cited: str) -> None:
    said = sentences.study("Haake", listed, others, cited)
    if listed:
        assert numbers(said) == [
            len(listed),
            sum(row["carries_verdict"] and row["role"] in ("active", "mixed") for row in listed),
        ]
    else:
        assert numbers(said) == ([others] if others else [])
        assert ("cited for" in said) is bool(cited and not others)


JUDGED = st.lists(st.fixed_dictionaries({"holds": st.none() | st.booleans()}), max_size=12)


@given(JUDGED)
def test_d_07_the_calibration_page_counts_what_holds(listed: list[Row]) -> None:
    said = calibration.title(listed)
    tally = Counter(row["holds"] for row in listed)
    if not listed:
        assert "has not been simulated" in said
    elif tally[False]:
        assert numbers(said) == [tally[True] + tally[False], tally[False]]
    else:
        assert numbers(said) == [tally[True]]
        assert said.endswith("all as they should be.")


PAIRS = st.lists(
    st.fixed_dictionaries(
        {
            "cohort": st.sampled_from("abcd"), "study": st.sampled_from(["", "haake", "pach"]), "arm": st.just(""),
            "definition": st.just("vas"), "mean": st.just(60.0),
            "smd_band": st.sampled_from(["match", "minor", "major", "unknown"]),
        }
    ),
    max_size=10, unique_by=lambda row: (row["cohort"], row["study"]),
)  # fmt: skip


@given(PAIRS)
def test_d_07_the_case_mix_page_counts_pairs_alike_and_far_apart(listed: list[Row]) -> None:
    bands = [row["smd_band"] for row in listed if row["study"] and row["smd_band"] != "unknown"]
    expected = [len({row["cohort"] for row in listed})]
    expected += [len(bands), bands.count("match"), bands.count("major")] if bands else []
    assert numbers(case_mix.title(listed)) == expected


@given(st.lists(st.tuples(maybe, st.booleans()), max_size=9))
def test_d_07_an_outcomes_case_mix_gives_the_ends_of_its_means(means: list[tuple[float | None, bool]]) -> None:
    rows = [{"study": "", "mean": mean, "published_mean": 1.0} for mean, _ in means]
    known = sorted(mean for mean, _ in means if mean is not None)
    said = case_mix.told(rows)
    if not known:
        assert said == "No mean is of ten patients or more."
    else:
        assert f"of {len(known)} clinic" in said
        assert f"{known[0]:g}" in said
        assert f"{known[-1]:g}" in said


ZONES = st.lists(st.sampled_from(["usual", "worth a look", "unusual", "hidden"]), min_size=1, max_size=12)


@given(ZONES)
def test_d_07_a_funnel_counts_every_clinic_once_in_its_zone_or_without_a_mark(names: Names, zones: list[str]) -> None:
    network = [
        {"source": f"c{at}", "cohort": f"c{at}", "zone": zone, "target": 0.5, "rate": None if zone == "hidden" else 0.5}
        for at, zone in enumerate(zones)
    ]
    for row in network:
        row["target"] = None if row["zone"] == "hidden" else 0.5
    tally = Counter(zones)
    if tally["hidden"] == len(zones):
        return
    said = re.sub(r" \([^)]*\)", "", variation.told(network, names))
    outside = [tally[zone] for zone in ("unusual", "worth a look") if tally[zone]]
    hidden = [tally["hidden"]] if tally["hidden"] else []
    assert numbers(said) == [len(zones) - tally["hidden"], *outside, tally["usual"], *hidden]


READINGS = ("improvement", "concern", "common cause", "not judged")


@given(st.lists(st.sampled_from([*READINGS, ""]), min_size=1, max_size=12))
def test_d_07_an_outcomes_trends_count_every_clinic_once(readings: list[str]) -> None:
    series = [
        Series(str(at), str(at), [{"charted": bool(each), "reading": each or "not judged"}])
        for at, each in enumerate(readings)
    ]
    judged = [each or "not judged" for each in readings]
    expected = [len(readings), *(judged.count(reading) for reading in READINGS if reading in judged)]
    assert numbers(trends.told(series)) == [*expected, *([readings.count("")] if "" in readings else [])]


@given(st.lists(st.tuples(shares, st.booleans(), st.sampled_from(["above", "below"])), min_size=1, max_size=9))
def test_d_07_an_outcomes_follow_up_gives_its_ends_and_who_lost_more(found: list[tuple[float, bool, str]]) -> None:
    rows = [{"follow_up_least": least, "stands_out": out, "side": side} for least, out, side in found]
    said = follow_up.told(rows)
    lost = sum(out and side == "below" for _, out, side in found)
    assert numbers(said) == [len(found), *([lost] if lost else [])]
    percents = [int(each) for each in re.findall(r"(\d+)%", said)]
    assert percents == sorted(percents)
    assert percents[0] == pytest.approx(100 * min(least for least, _, _ in found), abs=0.51)
    assert percents[-1] == pytest.approx(100 * max(least for least, _, _ in found), abs=0.51)


STRIP = st.lists(
    st.fixed_dictionaries(
        {"rate": maybe, "flips": st.none() | st.booleans(), "definition": st.sampled_from("ab"),
         "own_counting": st.booleans(), "reading": st.sampled_from(["", "equivalent", "materially_lower"]),
         "counted": st.sampled_from(COUNTED)}
    ), min_size=1, max_size=8,
)  # fmt: skip


@given(STRIP)
def test_d_07_a_strip_gives_the_ends_of_its_rates_and_counts_what_differs(strip: list[Row]) -> None:
    said = rules.told(strip)
    shown = [row["rate"] for row in strip if row["rate"] is not None]
    drawn = [row["rate"] for row in strip if row["rate"] is not None and row["counted"] in rules.DRAWN]
    if not drawn:
        assert said == "No rate may be shown."
        return
    percents = [int(each) for each in re.findall(r"(\d+)%", said)]
    assert percents[:2] == [pytest.approx(100 * end, abs=0.51) for end in (min(drawn), max(drawn))]
    bounds = [(min(shown), max(shown))] if (min(shown), max(shown)) != (min(drawn), max(drawn)) else []
    assert percents[2:] == [pytest.approx(100 * end, abs=0.51) for ends in bounds for end in ends]
    if any(row["own_counting"] and row["reading"] for row in strip):
        read = [row["flips"] for row in strip if row["flips"] is not None]
        assert said.endswith(f"{read.count(True)} of {len(read)} readings differ.")
    else:
        assert said.endswith("nothing can be read.")


@settings(max_examples=50)
@given(st.lists(st.sampled_from(STATES), max_size=8), st.lists(maybe, min_size=1, max_size=8))
def test_d_07_a_receipt_counts_rates_and_files(riverside: Clinic, states: list[str], rates: list[float | None]) -> None:
    drawn = replace(riverside, files=[{"state": state} for state in states], rates=[{"rate": rate} for rate in rates])
    counted = sum(state in ("accepted", "partly") for state in states)
    shown = sum(rate is not None for rate in rates)
    assert numbers(receipts.title(drawn)) == [shown, len(rates), counted, len(states)]


@given(st.lists(st.integers(0, 5000), max_size=9))
def test_d_07_the_downloads_page_counts_tables_and_rows(heights: list[int]) -> None:
    taken = [Taken(str(at), "one row each", height, 2, 0) for at, height in enumerate(heights)]
    assert numbers(downloads.title(taken)) == [len(heights), sum(heights)]
