"""Group D of the fault catalogue by its ids, where one record or one column shows it; `test_meaning` has D05 to D08.

What follows from readings (D16 to D19) is shown on the tables after them.
"""

import hashlib
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import polars as pl
import pytest

from orchestration.judging import Reading
from orchestration.ledger import Delivery
from orchestration.reading import Reader
from orchestration.settings import Home
from schemas.delivery_contract import DeliveryContract
from tests.faults.detection import Case, read_all
from tests.orchestration.one_clinic import (
    CANARY,
    GOOD,
    HEADER,
    KEY,
    LATER,
    OTHER,
    VOCABULARY,
    a_home,
    contract,
    file_of,
    reading_json,
)
from transforms.declared_columns import FEWEST_FAULTY, FEWEST_RECORDS, MOST_UNREADABLE
from transforms.statistics.proportions import wilson

EXAMPLES = {"iso": "2026-01-31", "dmy": "31/01/2026", "mdy": "01/31/2026"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return a_home(tmp_path_factory.mktemp("columns"))


def both(home: Home, content: str, agreed: DeliveryContract | None = None) -> tuple[Reading, pl.DataFrame]:
    (found,) = read_all(home, [Case("file.csv", content.encode(), agreed or contract())])
    assert found[0].balanced
    return found


def why(home: Home, *lines: str, **changed: Any) -> dict[str, int]:
    return both(home, file_of(*lines), contract(**changed))[0].reasons


def many(lines: int, faulty: int, bad: str) -> str:
    """A file of so many patients, of whom the last ones have a bad line; `{}` stands for the patient."""
    good = [f"P{at},2025-01-15,2025-01-15,pain,{at % 10}" for at in range(lines - faulty)]
    return file_of(*good, *(bad.format(f"Q{at}") for at in range(faulty)))


# ---- D01 to D04: columns -----------------------------------------------------------------------------------


@pytest.mark.parametrize("column", HEADER.split(","))
def test_d_01_a_renamed_column_is_named_with_the_nearest_one_in_the_file(home: Home, column: str) -> None:
    found, _ = both(home, file_of(GOOD).replace(column, f"{column}_fu", 1))
    assert found.refusal == "missing_column"
    assert f"no column {column!r}" in found.explanation
    assert f"The nearest name in the file is '{column}_fu'" in found.explanation


def test_d_02_an_added_column_refuses_the_file(home: Home) -> None:
    found, _ = both(home, f"{HEADER},phone\n{GOOD},{CANARY}\n")
    assert (found.refusal, CANARY in found.explanation) == ("undeclared_column", False)


def test_d_03_columns_in_each_of_120_orders_say_the_same(home: Home) -> None:
    agreed = contract(
        layout="wide", codes=None, data_cut="closed", columns={"patient": "id", "age": "age", "sessions": "n"},
        measure=[{"instrument": "nrs-pain", "column": one, "day": day} for one, day in (("before", 0), ("after", 183))],
    )  # fmt: skip
    table = [("id", "age", "n", "before", "after"), ("A1", "44", "6", "7", "3"), ("B2", "61", "9", "8", "2")]
    cases = []
    for order in permutations(range(5)):
        text = "\n".join(",".join(row[at] for at in order) for row in table) + "\n"
        cases.append(Case("file.csv", text.encode(), agreed))
    found = [rows.sort("line", "nominal_day").rows() for _, rows in read_all(home, cases)]
    assert len(found) == 120
    assert len(found[0]) == 4
    assert all(rows == found[0] for rows in found)


BAD = {
    "date": ("{},2025-01-15,soon,pain,5", "date_unreadable", "2026-01-31"),
    "start": ("{},45688,2025-01-15,pain,5", "start_unreadable", "2026-01-31"),
    "score": ("{},2025-01-15,2025-01-15,pain,mild", "score_unreadable", "plain numbers"),
}


@pytest.mark.parametrize("column", BAD)
@pytest.mark.parametrize(
    ("records", "faulty", "refused"),
    [
        (100, 5, False), (100, 6, True),  # more than one in twenty
        (FEWEST_RECORDS, FEWEST_FAULTY, True), (FEWEST_RECORDS - 1, FEWEST_FAULTY, False),
        (40, FEWEST_FAULTY - 1, False), (40, FEWEST_FAULTY, True),
    ],
)  # fmt: skip
def test_d_04_a_column_of_another_type_is_set_aside_line_by_line_and_refused_from_one_in_twenty(
    home: Home, column: str, records: int, faulty: int, refused: bool
) -> None:
    line, reason, wanted = BAD[column]
    found, accepted = both(home, many(records, faulty, line))
    assert MOST_UNREADABLE == 0.05
    assert found.reasons == {reason: faulty}
    assert found.refusal == ("column_changed" if refused else "")
    assert (found.accepted, accepted.height) == ((0, 0) if refused else (records - faulty,) * 2)
    assert (wanted in found.explanation) is refused


def test_d_04_one_word_in_the_last_of_thirty_thousand_lines_costs_that_line_alone(home: Home) -> None:
    found, _ = both(home, many(30_001, 1, BAD["score"][0]))
    assert (found.accepted, found.reasons, found.first_lines) == (
        30_000, {"score_unreadable": 1}, {"score_unreadable": 30_002},
    )  # fmt: skip


@pytest.mark.parametrize(("faulty", "refused"), [(5, False), (6, True)])
@pytest.mark.parametrize("score", ["11", "4.55"], ids=["out of range", "too fine"])
def test_d_05_more_than_one_score_in_twenty_that_the_scale_does_not_have_refuses_the_file(
    home: Home, faulty: int, refused: bool, score: str
) -> None:
    found, _ = both(home, many(100, faulty, "{},2025-01-15,2025-01-15,pain," + score))
    assert found.refusal == ("unit_changed" if refused else "")
    assert ("nrs-pain" in found.explanation) is refused


def test_d_06_a_score_above_the_items_of_a_version_is_set_aside_and_versions_are_never_mixed(home: Home) -> None:
    agreed = contract(codes={"instrument": {"old": "rmdq-23", "new": "rmdq-24"}})
    lines = ["A1,2025-01-15,2025-01-15,old,24", "A2,2025-01-15,2025-01-15,new,24", "A3,2025-01-15,2025-01-15,old,23"]
    found, rows = both(home, file_of(*lines), agreed)
    assert found.first_lines == {"score_out_of_range": 2}
    assert rows["instrument"].n_unique() == 2
    unnamed, _ = both(home, file_of("A1,2025-01-15,2025-01-15,rmdq,12"), agreed)
    assert unnamed.reasons == {"instrument_unknown": 1}


# ---- D09 and D10: numbers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("score", ["7.5", "1.000", "7/10", ">5", "~60", "7-8", "5 of 10", "５", "5%"])
def test_d_09_more_than_a_number_sets_its_line_aside(home: Home, score: str) -> None:
    agreed = contract(file={"decimal": ",", "delimiter": ";"})
    found, _ = both(home, file_of(f"A1,2025-01-15,2025-01-15,pain,{score}", GOOD).replace(",", ";"), agreed)
    assert (found.accepted, found.reasons) == (1, {"score_unreadable": 1})


def test_d_09_a_decimal_comma_is_read_only_where_it_is_declared(home: Home) -> None:
    written = f"{HEADER}\nA1,2025-01-15,2025-01-15,pain,X\n".replace(",", ";").replace("X", "7,5")
    _, rows = both(home, written, contract(file={"delimiter": ";", "decimal": ","}))
    assert rows["score"].to_list() == [75]
    undeclared, _ = both(home, written, contract(file={"delimiter": ";"}))
    assert undeclared.reasons == {"score_unreadable": 1}


@pytest.mark.parametrize("score", ["nan", "inf", "-inf", "1e400", "NA", "N/A", ".", "999", "-9", "-99", "9" * 400])
def test_d_10_what_is_no_finite_score_is_set_aside_unless_it_is_declared_as_missing(home: Home, score: str) -> None:
    line = f"A1,2025-01-15,2025-01-15,pain,{score}"
    assert len(why(home, line, OTHER)) >= 1
    found, rows = both(home, file_of(line), contract(file={"missing": [score]}))
    assert (found.accepted, rows["score"].to_list()) == (1, [None])


def test_d_10_minus_nought_is_nought(home: Home) -> None:
    _, rows = both(home, file_of("A1,2025-01-15,2025-01-15,pain,-0"))
    assert rows["score"].to_list() == [0]


@pytest.mark.parametrize(("ours", "most"), [("sessions", "365"), ("duration_weeks", "998"), ("duration_years", "60")])
def test_d_10_sentinels_are_no_sessions_and_no_durations(home: Home, ours: str, most: str) -> None:
    columns = {"patient": "code", "start": "begun", "date": "visit", "instrument": "measure", "score": "value"}
    agreed = contract(columns=columns | {ours: "more"})
    reason = "sessions_unreadable" if ours == "sessions" else "duration_unreadable"
    for text, faulty in (("999", True), ("9999", True), ("-9", True), (most, False)):
        found, _ = both(home, f"{HEADER},more\n{GOOD},{text}\n", agreed)
        assert found.reasons == ({reason: 1} if faulty else {})


# ---- D11 to D14: days --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("order", "turned"), [("dmy", "01/13/2025"), ("mdy", "13/01/2025")])
@pytest.mark.parametrize("column", ["begun", "visit"])
def test_d_11_one_date_in_the_other_order_refuses_the_file(home: Home, order: str, turned: str, column: str) -> None:
    fine = date(2025, 1, 15).strftime("%d/%m/%Y" if order == "dmy" else "%m/%d/%Y")
    cells = {"code": "A1", "begun": fine, "visit": fine, "measure": "pain", "value": "7"}
    agreed = contract(file={"dates": order})
    assert both(home, file_of(",".join(cells.values())), agreed)[0].refusal == ""
    found, _ = both(home, file_of(",".join((cells | {column: turned}).values())), agreed)
    assert found.refusal == "date_order"
    assert EXAMPLES[order] in found.explanation
    assert turned not in found.explanation


@pytest.mark.parametrize("text", ["31/31/2025", "00/00/2025"])
def test_d_11_a_date_in_no_order_at_all_costs_its_line_alone(home: Home, text: str) -> None:
    found, _ = both(home, file_of(f"A1,{text},{text},pain,7", "A2,15/01/2025,15/01/2025,pain,7"),
                    contract(file={"dates": "dmy"}))  # fmt: skip
    assert (found.refusal, found.accepted, found.quarantined) == ("", 1, 1)


@pytest.mark.parametrize("text", ["45688", "45688.0", "44226", "31 Jan 2025", "31/01/25", "25-01-31", "2025-1-31"])
def test_d_12_days_that_are_counted_or_in_words_refuse_the_file_with_an_example(home: Home, text: str) -> None:
    found, _ = both(home, many(20, 20, "{},2025-01-15," + text + ",pain,5"))
    assert found.refusal == "column_changed"
    assert "2026-01-31" in found.explanation
    assert text not in found.explanation


@pytest.mark.parametrize("text", ["2025-02-29", "2025-04-31", "0025-01-15", "20225-01-15", "2025-13-01", "2025-00-10"])
def test_d_13_a_day_that_no_calendar_has_costs_its_line(home: Home, text: str) -> None:
    found, _ = both(home, file_of(f"A1,2025-01-15,{text},pain,5", OTHER))
    assert (found.accepted, found.quarantined) == (1, 1)
    assert set(found.reasons) <= {"date_unreadable", "day_implausible"}


@pytest.mark.parametrize(("days", "fits"), [(-366, False), (-365, True), (3653, True), (3654, False)])
def test_d_14_a_day_years_from_the_start_is_set_aside(home: Home, days: int, fits: bool) -> None:
    start = date(2012, 1, 15)
    line = f"A1,{start},{start + timedelta(days=days)},pain,5"
    assert why(home, line) == ({} if fits else {"day_implausible": 1})


@pytest.mark.parametrize(("after", "fits"), [(0, True), (1, True), (2, False)])
@pytest.mark.parametrize("synthetic", [False, True])
def test_d_14_a_visit_later_than_the_day_after_the_file_came_is_set_aside(
    home: Home, after: int, fits: bool, synthetic: bool
) -> None:
    came = datetime(2025, 3, 1, 12, tzinfo=UTC)
    day = came.date() + timedelta(days=after)
    content = file_of(f"A1,2025-01-15,{day},pain,{3 + after + synthetic}")
    seal = hashlib.sha256(content.encode()).hexdigest()
    (home.vault / seal).write_text(content, "utf-8")
    delivery = Delivery(seal, "hillside", "file.csv", len(content), came.isoformat(), 1)
    (found,) = Reader(home, VOCABULARY, KEY).read([(delivery, contract(synthetic=synthetic))])
    assert found.reasons == ({} if fits or synthetic else {"after_data_cut": 1})


# ---- D15: the same patient again ---------------------------------------------------------------------------


def test_d_15_records_that_repeat_are_kept_once_and_contradictions_not_at_all(home: Home) -> None:
    again = GOOD.replace("A1", "a1")
    found, rows = both(home, file_of(GOOD, again, LATER, LATER[:-1] + "9", OTHER))
    assert found.reasons == {"duplicate": 1, "conflicting_scores": 2}
    assert rows.height == 2


# ---- D22: text that wants to be run ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "=HYPERLINK(0)",
        "=cmd|' /C calc'!A0",
        "@SUM(1)",
        "+1+1",
        "<script>alert(1)</script>",
        "'; DROP TABLE readings;--",
    ],
)
def test_d_22_text_that_wants_to_be_run_is_a_code_or_set_aside_and_goes_no_further(home: Home, text: str) -> None:
    found, _ = both(home, file_of(GOOD.replace("A1", text), GOOD.replace("pain", text), GOOD.replace("7", text)))
    assert (found.accepted, found.quarantined) == (1, 2)
    told = str(reading_json(home, found)) + found.explanation
    assert text not in told
    refused, _ = both(home, f'{HEADER},"{text}"\n{GOOD},1\n')
    assert refused.refusal == "undeclared_column"
    assert text not in refused.explanation


# ---- D19: all, none, one, nobody ---------------------------------------------------------------------------


@pytest.mark.parametrize(("responders", "analysed"), [(0, 1), (1, 1), (0, 50), (50, 50), (0, 0)])
def test_d_19_limits_stay_between_nought_and_all_and_nobody_has_none(responders: int, analysed: int) -> None:
    found = wilson(responders, analysed)
    if analysed == 0:
        assert found is None
    else:
        assert found is not None
        assert 0 <= found.low <= responders / analysed <= found.high <= 1
