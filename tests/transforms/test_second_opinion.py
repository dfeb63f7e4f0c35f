"""Small made-up clinics, read by the pipeline and by plain loops: fates, episodes and counts agree exactly."""

import tempfile
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration import computing, landing
from orchestration.judging import Reading
from orchestration.reading import Reader
from orchestration.settings import Home
from schemas.delivery_contract import DeliveryContract
from schemas.sources import Source
from tests.transforms.hillside import KEY, VOCABULARY, contract
from tests.transforms.second_opinion import Opinion, opinion

LIMITED = "chronic-low-back-pain-6-months-limited"
PLAN = [
    ("gerac-response", "6-months", LIMITED),
    ("cpgs-pain-relative-30", "6-months", LIMITED),
    ("cpgs-pain-relative-30", "3-months", "chronic-low-back-pain-3-months"),
    ("nrs-pain-pass-1", "4-weeks", "chronic-low-back-pain-from-65"),
]
NUMBERS = (
    "started", "left_out", "no_baseline", "cannot_improve", "not_due", "missing", "responders", "non_responders",
    "duration_met", "baselines", "baseline_mean", "median_day", "coverage", "first_due",
)  # fmt: skip
KEYS = ("definition", "endpoint", "population", "period_kind", "period")

# ---- what a clinic may write -------------------------------------------------------------------------------

PATIENTS = ["A1", "a1", " A1", "A2", "B1", "B2", "", "NA"]
STARTS = [date(2024, 2, 1), date(2024, 2, 29), date(2025, 1, 15), date(2025, 3, 31), date(2025, 12, 1)]
DAYS = [-366, -15, -14, -2, 0, 1, 21, 41, 42, 78, 90, 91, 136, 137, 178, 183, 188, 228, 229, 305, 365, 456, 3654]
SCORES = {
    "cpgs-pain": ["0", "60", "60", "40", "40.2", "100", "67", "67.01", "33.3333", "101", "33.33333"],
    "ffbh-r": ["50", "50", "62", "61.9999", "70", "69.99", "88", "88.01", "100", "-1"],
    "nrs-pain": ["7", "7", "4.9", "5", "1", "0", "10", "1.1", "10.1", "4.95"],
}
DIRT = ["", "NA", "x", "7/10", "1e1"]
WHEN_DIRT = ["", "2025-02-30", "soon"]


@st.composite
def clinics(draw: st.DrawFn) -> tuple[DeliveryContract, str]:
    """A contract, and a file that was written by its clinic on a bad day."""
    layout = draw(st.sampled_from(["long", "visits", "wide"]))
    further = draw(st.sets(st.sampled_from(["age", "duration_weeks", "disqualified"])))
    decimal, delimiter = draw(st.sampled_from([(".", ","), (".", ";"), (",", ";")]))
    rule = draw(st.sampled_from(["start", "single", "gap", "column"]))
    columns = {"patient": "code"} | {name: name for name in sorted(further)}
    columns |= {"start": "begun"} if rule == "start" or draw(st.booleans()) else {}
    columns |= {"episode": "course"} if rule == "column" else {}
    columns |= {} if layout == "wide" else {"date": "visit"}
    columns |= {"instrument": "measure", "score": "value"} if layout == "long" else {}
    rule = "single" if layout == "wide" and rule == "gap" else rule
    cuts = ["2025-08-31", "2026-06-30", "closed"] + ([None] if layout != "wide" else [])
    agreed = contract(
        layout=layout,
        episodes=rule,
        keep_dates=draw(st.sampled_from(["month", "day"])),
        data_cut="closed" if layout == "wide" and "start" not in columns else draw(st.sampled_from(cuts)),
        started=draw(st.sampled_from([None, 3])),
        file={"decimal": decimal, "delimiter": delimiter, "missing": ["", "NA"]},
        columns=columns,
        codes={"instrument": {name[:3]: name for name in SCORES}} if layout == "long" else None,
        measure=_measures(layout),
    )
    lines = draw(st.lists(_line(agreed), min_size=1, max_size=14))
    repeated = draw(st.lists(st.sampled_from(lines), max_size=3))
    body = draw(st.permutations(lines + repeated))
    return agreed, "\n".join([delimiter.join(_names(agreed)), *body]) + "\n"


def _measures(layout: str) -> list[dict[str, Any]] | None:
    if layout == "long":
        return None
    if layout == "visits":
        return [{"instrument": name, "column": name} for name in SCORES]
    return [
        {"instrument": name, "column": f"{name} {day}", "day": day} for name in SCORES for day in (0, 91, 183)
    ]  # fmt: skip


def _names(agreed: DeliveryContract) -> list[str]:
    return list(agreed.declared_columns)


def _line(agreed: DeliveryContract) -> st.SearchStrategy[str]:
    good = _cells(agreed).map(agreed.file.delimiter.join)
    damaged = _cells(agreed).map(
        lambda cells: agreed.file.delimiter.join([*cells, "x"])
    ) | _cells(agreed).map(lambda cells: agreed.file.delimiter.join(['"' + cells[0], *cells[1:]]))  # fmt: skip
    return st.one_of(*[good] * 12, damaged, st.sampled_from(["", "  "]))


@st.composite
def _cells(draw: st.DrawFn, agreed: DeliveryContract) -> list[str]:
    start = draw(st.sampled_from(STARTS))
    instrument = draw(st.sampled_from(list(SCORES)))
    on = start + timedelta(draw(st.sampled_from(DAYS)))
    known: dict[str, st.SearchStrategy[str]] = {
        "code": st.sampled_from(PATIENTS),
        "begun": _mostly(start.isoformat(), WHEN_DIRT),
        "visit": _mostly(on.isoformat(), WHEN_DIRT),
        "course": st.sampled_from(["1", "2", ""]),
        "measure": _mostly(instrument[:3], ["", "mood"]),
        "value": _score(agreed, instrument),
        "age": st.sampled_from(["", "17", "18", "64", "70", "121", "old"]),
        "duration_weeks": st.sampled_from(["", "11", "12", "25.9", "26", "-1", "NA", "long"]),
        "disqualified": st.sampled_from(["", "no", "no", "yes", "maybe"]),
    }
    for measure in agreed.measures:
        known[measure.column] = _score(agreed, measure.instrument) | st.sampled_from(["", "NA"])
    return [draw(known[name]) for name in _names(agreed)]


def _mostly(good: str, dirt: list[str]) -> st.SearchStrategy[str]:
    return st.sampled_from([good] * 12 + dirt)


def _score(agreed: DeliveryContract, instrument: str) -> st.SearchStrategy[str]:
    written = SCORES[instrument] * 2 + DIRT
    return st.sampled_from([one.replace(".", agreed.file.decimal) for one in written])


# ---- both ways ---------------------------------------------------------------------------------------------


def piped(agreed: DeliveryContract, text: str) -> tuple[Reading, pl.DataFrame]:
    """The reading and the counts that the pipeline makes of a file."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home.at(Path(folder) / "home")
        home.prepare()
        (home.landing / agreed.source).mkdir()
        (home.landing / agreed.source / "file.csv").write_bytes(text.encode())
        (delivery,) = landing.receive(home)
        (reading,) = Reader(home, VOCABULARY, KEY).read([(delivery, agreed)])
        plan = pl.DataFrame(PLAN, schema=["definition", "endpoint", "population"], orient="row")
        source = Source(agreed, computing.data_to([reading]))
        job = computing.job_of(source, [reading], VOCABULARY, plan)
        return reading, computing.tables_of(home, [job], VOCABULARY, plan)["counts"]


def counted(counts: pl.DataFrame) -> dict[tuple[str, ...], dict[str, Any]]:
    return {
        tuple(row[name] for name in KEYS): _rounded({name: row[name] for name in NUMBERS})
        for row in counts.iter_rows(named=True)
    }


def _rounded(numbers: Mapping[str, Any]) -> dict[str, Any]:
    """Means of binary fractions are exact to nine decimals, whatever order they were added in."""
    return {name: round(value, 9) if isinstance(value, float) else value for name, value in numbers.items()}


def agree(agreed: DeliveryContract, text: str) -> tuple[Reading, Opinion]:
    """Compares both ways and gives them back."""
    reading, counts = piped(agreed, text)
    second = opinion(text, agreed, VOCABULARY, PLAN)
    assert (reading.lines, reading.accepted, reading.quarantined, reading.blank) == (
        second.lines,
        second.accepted,
        second.quarantined,
        second.blank,
    )
    assert reading.reasons == second.reasons
    assert reading.first_lines == second.first_lines
    found = counted(counts)
    assert set(found) == set(second.counts)
    for key, numbers in second.counts.items():
        assert found[key] == _rounded(numbers), key
    return reading, second


@given(clinics())
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_two_ways_to_count_a_small_clinic_agree(clinic: tuple[DeliveryContract, str]) -> None:
    agree(*clinic)


def test_the_two_ways_are_compared_on_something() -> None:
    agreed = contract(data_cut="2026-06-30", started=5)
    header = "code,begun,visit,measure,value"
    text = "\n".join(
        [
            header,
            "A1,2025-01-15,2025-01-15,cpg,60",
            "a1,2025-01-15,2025-01-15,function,50",
            "A1,2025-01-15,2025-07-17,cpg,40",
            "A1,2025-01-15,2025-07-17,function,50",
            "A2,2025-02-15,2025-02-15,cpg,60",
            "A2,2025-02-15,2025-02-15,cpg,60",
            "A2,2025-02-15,2025-02-16,cpg,700",
            "",
        ]
    )
    reading, second = agree(agreed, text)
    cell = second.counts["gerac-response", "6-months", "everyone", "all", "all"]
    assert (cell["started"], cell["responders"], cell["missing"], cell["coverage"]) == (2, 1, 1, 0.4)
    assert reading.reasons == {"duplicate": 1, "score_out_of_range": 1}
