"""Small made-up clinics, read by the pipeline and by plain loops: fates, episodes and counts agree exactly."""

import tempfile
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration import computing, landing
from orchestration.judging import Reading
from orchestration.reading import Reader
from orchestration.settings import Home
from schemas.delivery_contract import DeliveryContract
from schemas.sources import Source
from tests.transforms.hillside import KEY, VOCABULARY, contract
from tests.transforms.second_changes import changes, expected, listed
from tests.transforms.second_opinion import Opinion, opinion
from tests.transforms.second_reading import Record, read, set_aside

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

PATIENTS = ("A1", "a1", " A1", "A2", "B1", "B2", "", "NA")
STARTS = (date(2024, 2, 1), date(2024, 2, 29), date(2025, 1, 15), date(2025, 3, 31), date(2025, 12, 1))
BEFORE = (-15, -14, -2, 0, 0, 0, 0, 1)
AFTER = (21, 41, 42, 78, 90, 91, 136, 137, 178, 183, 183, 188, 228, 229, 305, 365, 456)
ODD_DAYS = (-366, -365, 3653, 3654)
SCORES = {
    "cpgs-pain": ("0", "60", "60", "100", "40", "40.2", "67", "67.01", "33.3333"),
    "ffbh-r": ("50", "50", "62", "61.9999", "70", "69.99", "88", "88.01", "100"),
    "nrs-pain": ("7", "7", "4.9", "5", "1", "0", "10", "1.1"),
}
SCORE_DIRT = ("", "NA", "x", "7/10", "1e1", "-1", "101", "33.33333", "10.1")
DIRT = {
    "code": PATIENTS,
    "begun": ("", "2025-02-30", "soon"),
    "visit": ("", "2025-02-30", "soon"),
    "measure": ("", "mood"),
    "age": ("121", "old", "-1"),
    "duration_weeks": ("-1", "long", "3 months"),
    "disqualified": ("maybe",),
}


class Clinic:
    """A contract, and a file that was written by its clinic on a bad day; the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.agreed = self._contract()
        self.text = self._file()

    def _contract(self) -> DeliveryContract:
        choose = self.random.choice
        layout = choose(["long", "long", "visits", "wide"])
        rule = choose(["start", "single", "column"] + (["gap"] if layout != "wide" else []))
        decimal, delimiter = choose([(".", ","), (".", ";"), (",", ";")])
        further = [name for name in ("age", "duration_weeks", "disqualified") if choose([True, False])]
        columns = {"patient": "code"} | {name: name for name in further}
        columns |= {"start": "begun"} if rule == "start" or choose([True, False]) else {}
        columns |= {"episode": "course"} if rule == "column" else {}
        columns |= {} if layout == "wide" else {"date": "visit"}
        columns |= {"instrument": "measure", "score": "value"} if layout == "long" else {}
        cuts = ["2025-08-31", "2026-06-30", "closed"] + ([None] if layout != "wide" else [])
        return contract(
            layout=layout,
            episodes=rule,
            keep_dates=choose(["month", "day"]),
            synthetic=True,  # who is made up may have been seen after the file came
            data_cut="closed" if layout == "wide" and "start" not in columns else choose(cuts),
            started=choose([None, 3]),
            file={"decimal": decimal, "delimiter": delimiter, "missing": ["", "NA"]},
            columns=columns,
            codes={"instrument": {name[:3]: name for name in SCORES}} if layout == "long" else None,
            measure=_measures(layout),
        )

    def _file(self) -> str:
        mark = self.agreed.file.delimiter
        lines = [mark.join(cells) for _ in range(self.random.randint(1, 5)) for cells in self._patient()]
        lines += [self._broken(line) for line in lines if self.random.random() < 0.12]
        if self.random.random() < 0.5:
            self.random.shuffle(lines)
        return "\n".join([mark.join(self.agreed.declared_columns), *lines]) + "\n"

    def _broken(self, line: str) -> str:
        """A line again, or what else goes wrong with lines."""
        mark = self.agreed.file.delimiter
        return self.random.choice([line, line, f"{line}{mark}x", f'"{line}', "", "  ", mark * line.count(mark)])

    def _patient(self) -> Iterator[list[str]]:
        choose = self.random.choice
        who = {
            "code": choose(PATIENTS[:6]),
            "age": choose(["", "17", "18", "64", "65", "70", "90"]),
            "duration_weeks": choose(["", "11", "12", "25", "26", "260"]),
            "disqualified": choose(["", "no", "no", "yes"]),
        }
        for course in range(choose([1, 1, 1, 2])):
            start = choose(STARTS)
            when = [choose(BEFORE), *(choose(AFTER) for _ in range(self.random.randint(0, 3)))]
            for day in when[:1] if self.agreed.layout == "wide" else when:
                at = {
                    "begun": start.isoformat(),
                    "visit": (start + timedelta(day if self.random.random() < 0.97 else choose(ODD_DAYS))).isoformat(),
                    "course": choose([str(course), str(course), ""]),
                }
                yield from self._visit(who | at)

    def _visit(self, known: dict[str, str]) -> Iterator[list[str]]:
        asked = [name for name in SCORES if self.random.random() < 0.75] if self.agreed.layout == "long" else [""]
        for name in asked:
            row = known | {"measure": name[:3], "value": self._score(name) if name else ""}
            row |= {measure.column: self._score(measure.instrument) for measure in self.agreed.measures}
            yield [self._maybe_dirty(column, row[column]) for column in self.agreed.declared_columns]

    def _score(self, name: str) -> str:
        written = self.random.choice(SCORE_DIRT if self.random.random() < 0.08 else SCORES[name])
        return written.replace(".", self.agreed.file.decimal)

    def _maybe_dirty(self, column: str, good: str) -> str:
        return self.random.choice(DIRT[column]) if column in DIRT and self.random.random() < 0.02 else good


def _measures(layout: str) -> list[dict[str, Any]] | None:
    if layout == "long":
        return None
    if layout == "visits":
        return [{"instrument": name, "column": name} for name in SCORES]
    return [{"instrument": name, "column": f"{name} {day}", "day": day} for name in SCORES for day in (0, 91, 183)]


# ---- both ways ---------------------------------------------------------------------------------------------


def piped(agreed: DeliveryContract, text: str) -> tuple[Reading, dict[str, pl.DataFrame]]:
    """The reading and the exact tables that the pipeline makes of a file."""
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
        return reading, computing.tables_of(home, [job], VOCABULARY, plan)


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
    reading, tables = piped(agreed, text)
    second = opinion(text, agreed, VOCABULARY, PLAN)
    assert (reading.lines, reading.accepted, reading.quarantined, reading.blank) == (
        second.lines,
        second.accepted,
        second.quarantined,
        second.blank,
    )
    assert reading.reasons == second.reasons
    assert reading.first_lines == second.first_lines
    found = counted(tables["counts"])
    assert set(found) == set(second.counts)
    for key, numbers in second.counts.items():
        assert found[key] == _rounded(numbers), key
    changes_agree(tables["improvements"], agreed, text)
    return reading, second


def good_records(agreed: DeliveryContract, text: str) -> list[Record]:
    """The records of a file that are not set aside, read the second way."""
    records, _ = read(text, agreed, VOCABULARY)
    for record in records:
        set_aside(record, records, agreed.episodes)
    return [record for record in records if not record.reasons]


def changes_agree(improvements: pl.DataFrame, agreed: DeliveryContract, text: str) -> None:
    """Compares how far patients changed, of everyone and of each population asked for."""
    good = good_records(agreed, text)
    for population in improvements["population"].unique():
        found, pairs = listed(improvements, population), dict(changes(good, agreed, VOCABULARY, population))
        assert population != "everyone" or found.keys() == pairs.keys()
        for place, row in found.items():
            second = _rounded(expected(pairs[place], place[0], VOCABULARY))
            assert _rounded({name: row[name] for name in second}) == second, place


@given(st.integers(0, 2**32))
@settings(max_examples=100)
def test_two_ways_to_count_a_small_clinic_and_to_say_how_far_its_patients_changed_agree(seed: int) -> None:
    clinic = Clinic(seed)
    agree(clinic.agreed, clinic.text)


def test_the_clinics_that_are_compared_have_everything_that_can_happen() -> None:
    second = [opinion(one.text, one.agreed, VOCABULARY, PLAN) for one in map(Clinic, range(300))]
    reasons = {reason for one in second for reason in one.reasons}
    cells = [(key, cell) for one in second for key, cell in one.counts.items()]
    assert reasons >= {"duplicate", "conflicting_scores", "wrong_width", "damaged_record", "day_implausible"}
    assert sum(one.blank > 0 for one in second) > 10
    for name in ("responders", "non_responders", "missing", "not_due", "no_baseline", "cannot_improve", "left_out"):
        assert sum(cell[name] > 0 for _, cell in cells) > 100
    assert sum(cell["responders"] > 0 for key, cell in cells if key[0] == "gerac-response") > 10


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


def test_the_clinics_whose_changes_are_compared_have_some_of_every_kind() -> None:
    found = [
        expected(pairs, instrument, VOCABULARY)
        for one in map(Clinic, range(100))
        for (instrument, _), pairs in changes(good_records(one.agreed, one.text), one.agreed, VOCABULARY, "everyone")
    ]
    for name in ("measured", "missing", "worse", "improved", "deteriorated", "at_least_30"):
        assert sum(bool(row[name]) for row in found) > 20, name
