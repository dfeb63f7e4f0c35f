"""A delivery is read once: every line gets a fate, patients' codes and values go nowhere, and any bytes will do."""

import json
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration import judging, landing, ledger, reading, splitting
from orchestration.judging import LinesDoNotAddUp
from orchestration.reading import Reader, stored
from orchestration.settings import Home
from schemas.contract import faults
from schemas.readings import Readings
from schemas.vocabulary import load as load_vocabulary
from tests.orchestration.one_clinic import (
    CANARY,
    GOOD,
    HEADER,
    KEY,
    LATER,
    OTHER,
    VOCABULARY,
    a_home,
    bytes_below,
    contract,
    disguises,
    file_of,
    folder_of,
    read,
    reading_json,
    rows,
)
from transforms import pseudonyms
from transforms.sources import Exports


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return a_home(tmp_path)


# ---- lines add up ------------------------------------------------------------------------------------------


def test_every_line_is_told_by_its_fate(home: Home) -> None:
    found = read(home, file_of(GOOD, "", LATER, LATER, "B2,2025-02-15,soon,pain,11", '"B3', OTHER))
    assert (found.lines, found.header, found.accepted, found.quarantined, found.blank) == (8, 1, 3, 3, 1)
    assert found.balanced
    assert found.reasons == {"date_unreadable": 1, "score_out_of_range": 1, "damaged_record": 1, "duplicate": 1}
    assert found.first_lines == {"date_unreadable": 6, "score_out_of_range": 6, "damaged_record": 7, "duplicate": 5}


def test_a_record_that_runs_over_lines_counts_all_of_them(home: Home) -> None:
    agreed = contract(file={"other_columns": "ignore"})
    found = read(home, f'{HEADER},remark\n{GOOD},"one\ntwo\nthree"\n{OTHER},x\n', agreed)
    assert (found.lines, found.accepted) == (5, 4)


def test_a_visit_is_one_line_however_many_scores_it_has(home: Home) -> None:
    agreed = contract(
        layout="visits",
        columns={"patient": "code", "date": "visit"},
        codes=None,
        measure=[{"instrument": "nrs-pain", "column": "pain"}, {"instrument": "rmdq-24", "column": "rmq"}],
    )
    found = read(home, "code,visit,pain,rmq\nA1,2025-01-15,7,12\nA2,2025-01-15,x,25\n", agreed)
    assert (found.accepted, found.quarantined) == (1, 1)
    assert found.reasons == {"score_unreadable": 1, "score_out_of_range": 1}
    assert rows(home, found).height == 4


def test_lines_that_the_contract_leaves_out_are_accepted_counted_and_not_kept(home: Home) -> None:
    agreed = contract(
        clinic=None,
        trial="hillside",
        include={"column": "consented", "equals": "1"},
        cohort={"column": "arm", "values": {"0": "usual-care"}},
    )
    found = read(home, f"{HEADER},consented,arm\n{GOOD},1,0\n{LATER},0,0\n{OTHER},1,9\n", agreed)
    assert (found.accepted, found.left_out) == (3, 2)
    assert rows(home, found).height == 1


def test_a_refused_file_has_all_of_its_lines_set_aside(home: Home) -> None:
    found = read(home, f"{HEADER},phone\n{GOOD},{CANARY}\n")
    assert (found.refusal, found.lines, found.quarantined, found.header) == ("undeclared_column", 2, 2, 0)
    assert found.balanced
    assert not (folder_of(home, found) / "readings.parquet").exists()


@pytest.mark.parametrize(("content", "lines"), [(b"", 0), (b"\n", 1), (b"x", 1), (b"x\ny\n", 2), (b"x\ny", 2)])
def test_physical_lines_are_counted_whether_or_not_the_last_is_ended(home: Home, content: bytes, lines: int) -> None:
    assert read(home, content).lines == lines


def test_lines_that_do_not_add_up_are_our_fault_and_stop_the_run(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    read_all = splitting.read_all

    def loses_a_line(asked: Any) -> list[Exports]:
        found = [one for one in read_all(asked) if isinstance(one, Exports)]
        return [replace(one, records=one.records.filter(pl.col("line") != 3)) for one in found]

    monkeypatch.setattr(splitting, "read_all", loses_a_line)
    with pytest.raises(LinesDoNotAddUp, match=r"1 header \+ 1 accepted .* are not 3 lines") as error:
        read(home, file_of(GOOD, OTHER))
    assert "please report" in str(error.value)
    assert list(home.readings.rglob("reading.json")) == []


PIECES = [
    GOOD,
    OTHER,
    LATER,
    "",
    '"',
    '"x',
    ",,,,",
    GOOD + ",9",
    "\r",
    "\x1f",
    "ü",
    "\0",
    GOOD.replace("pain,7", "pain,70"),
]
BODIES = st.binary(max_size=200) | st.lists(st.sampled_from(PIECES), max_size=8).map(
    lambda lines: "\n".join(lines).encode()
)


@given(
    BODIES,
    st.sampled_from([HEADER.encode() + b"\n", b"", HEADER.encode(), b"\xef\xbb\xbf" + HEADER.encode() + b"\r\n"]),
)
@settings(max_examples=150)
def test_any_bytes_are_refused_or_every_line_has_one_fate(body: bytes, header: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = a_home(Path(folder))
        found = read(home, header + body)
        assert found.header + found.accepted + found.quarantined + found.blank == found.lines
        if found.refusal:
            assert found.explanation
        else:
            assert set(found.reasons) == set(found.first_lines)
            assert max(found.reasons.values(), default=0) <= found.quarantined <= sum(found.reasons.values())
            if found.rows_sha256:
                assert faults(Readings, rows(home, found)) == []


# ---- nothing is told of a patient --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        f"{CANARY},2025-01-15,2025-01-15,pain,7",
        f"{CANARY},2025-01-15,2025-01-15,pain,70",
        f"A1,{CANARY},2025-01-15,pain,7",
        f"A1,2025-01-15,{CANARY},pain,7",
        f"A1,2025-01-15,2025-01-15,{CANARY},7",
        f"A1,2025-01-15,2025-01-15,pain,{CANARY}",
        f'"{CANARY},2025-01-15,2025-01-15,pain,7',
        f"A1,2025-01-15,2025-01-15,pain,7,{CANARY}",
    ],
)
def test_no_cell_is_repeated_anywhere_but_in_the_vault(home: Home, line: str) -> None:
    found = read(home, file_of(GOOD, line))
    assert found.lines == 3
    everything = bytes_below(home.root, without=("vault", "landing"))
    assert any(name.endswith("reading.json") for name in everything)
    for form in disguises(CANARY):
        assert not [name for name, content in everything.items() if form in content]
    assert CANARY not in str(found)


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER},phone\n{GOOD},{CANARY}\n",
        f"{CANARY},2025-01-15,2025-01-15,pain,7\n" * 2,
        f"{HEADER}\n{CANARY}\n".encode("utf-16-le"),
        f"{HEADER}\n{CANARY}\0\n",
        f"{HEADER}\n{CANARY}\u00e4\n".encode("latin-1"),
        f'"{HEADER}\n{CANARY}\n',
    ],
)
def test_a_refusal_repeats_no_cell(home: Home, content: str | bytes) -> None:
    found = read(home, content)
    assert found.refusal
    told = json.dumps(reading_json(home, found))
    assert not [form for form in disguises(CANARY) if form in told.encode()]


def test_raw_codes_are_nowhere_below_the_home_but_in_vault_and_landing(home: Home) -> None:
    codes = [f"PATIENT-{at:05d}" for at in range(1000)]
    found = read(home, file_of(*(f"{code},2025-01-15,2025-01-15,pain,7" for code in codes)))
    assert found.accepted == 1000
    everything = b"\n".join(bytes_below(home.root, without=("vault", "landing")).values())
    assert not [form for code in (codes[0], codes[500], codes[999]) for form in disguises(code) if form in everything]
    assert b"PATIENT" not in everything
    assert rows(home, found)["patient"].n_unique() == 1000


def test_the_files_of_a_reading_are_their_owners_alone(home: Home) -> None:
    found = read(home, file_of(GOOD))
    assert folder_of(home, found).stat().st_mode & 0o077 == 0


def test_one_code_at_two_clinics_is_two_patients(home: Home) -> None:
    one = read(home, file_of(GOOD))
    other = read(home, file_of(GOOD), contract(clinic="riverside"))
    assert rows(home, one)["patient"].item() != rows(home, other)["patient"].item()


def test_a_patient_keeps_the_pseudonym_from_one_delivery_to_the_next(home: Home) -> None:
    first = read(home, file_of(GOOD, OTHER))
    second = read(home, file_of(LATER), name="later.csv")
    expected = pseudonyms.keyed(pl.Series(["A1"]), source="hillside", key=KEY).item()
    assert rows(home, second)["patient"].item() == rows(home, first)["patient"][0] == expected


# ---- what a reading is named by ----------------------------------------------------------------------------


def test_what_was_read_is_not_read_again(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    first = read(home, file_of(GOOD))
    monkeypatch.setattr(reading, "split", lambda *_: pytest.fail("read again"))
    (again,) = Reader(home, VOCABULARY, KEY).read([(ledger.received(home)[0], contract())])
    assert again == first == stored(folder_of(home, first))


@pytest.mark.parametrize(
    "changed",
    [
        {"contract": contract(version=2)},
        {"contract": contract(codes={"instrument": {"pain": "vas-pain"}})},
        {"key": bytes(range(32))},
        {"vocabulary": replace(load_vocabulary(), fingerprint="another")},
    ],
    ids=["version", "codes", "key", "vocabulary"],
)
def test_a_reading_is_named_by_all_that_it_was_made_from(home: Home, changed: dict[str, Any]) -> None:
    read(home, file_of(GOOD))
    (delivery,) = ledger.received(home)
    before = Reader(home, VOCABULARY, KEY).place(delivery, contract())
    reader = Reader(home, changed.get("vocabulary", VOCABULARY), changed.get("key", KEY))
    assert reader.place(delivery, changed.get("contract", contract())) != before


def test_what_is_read_otherwise_by_now_is_not_hoarded(home: Home) -> None:
    kept, other = read(home, file_of(GOOD)), read(home, file_of(OTHER), contract(clinic="other"), name="other.csv")
    reader, received = Reader(home, VOCABULARY, KEY), ledger.received(home)
    (now,) = reader.read([(received[0], contract(version=2))])
    torn = home.readings / "hillside" / ".building-torn"
    torn.mkdir()
    reader.prune([(received[0], contract(version=2))])
    assert [one.is_dir() for one in (folder_of(home, now), folder_of(home, kept), folder_of(home, other), torn)] == [
        True, False, False, False,
    ]  # fmt: skip


def test_a_reading_is_the_same_bytes_whenever_it_is_made(home: Home, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = a_home(tmp_path / "other")
    content = file_of(GOOD, LATER, OTHER, "", "x")
    one, again = read(home, content), read(other, content)
    assert bytes_below(folder_of(home, one)) == bytes_below(folder_of(other, again))


def test_a_large_file_is_typed_in_pieces_and_gives_the_same(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    other = a_home(tmp_path / "other")
    content = file_of(GOOD, LATER, LATER, OTHER, "", "x")
    at_once = read(home, content)
    monkeypatch.setattr(judging, "ROWS_AT_ONCE", 2)
    in_pieces = read(other, content)
    assert in_pieces == at_once


def test_nothing_is_left_behind_in_scratch(home: Home) -> None:
    read(home, file_of(GOOD))
    read(home, b"", name="empty.csv")
    assert list(home.scratch.iterdir()) == []


# ---- several deliveries ------------------------------------------------------------------------------------


def test_contracts_that_name_their_columns_in_another_order_are_read_together(home: Home) -> None:
    columns = {"patient": "code", "start": "begun", "date": "visit", "instrument": "measure", "score": "value"}
    agreed = {
        "hillside": contract(columns=columns),
        "riverside": contract(clinic="riverside", columns=dict(reversed(columns.items()))),
    }
    for source in agreed:
        (home.landing / source).mkdir()
        (home.landing / source / "file.csv").write_text(file_of(GOOD, OTHER), "utf-8")
    received = landing.receive(home)
    found = list(Reader(home, VOCABULARY, KEY).read([(one, agreed[one.source]) for one in received]))
    assert [(one.source, one.accepted) for one in found] == [("hillside", 2), ("riverside", 2)]
    assert [rows(home, one)["score"].to_list() for one in found] == [[70, 60]] * 2


def test_a_refused_file_keeps_no_other_from_being_read(home: Home) -> None:
    agreed = {name: contract(clinic=name) for name in ("hillside", "riverside", "lakeside")}
    for source, content in zip(agreed, (file_of(GOOD), "", file_of(OTHER)), strict=True):
        (home.landing / source).mkdir()
        (home.landing / source / "file.csv").write_text(content, "utf-8")
    received = landing.receive(home)
    found = {
        one.source: one for one in Reader(home, VOCABULARY, KEY).read([(one, agreed[one.source]) for one in received])
    }
    assert {name: one.refusal for name, one in found.items()} == {"hillside": "", "riverside": "empty", "lakeside": ""}


# ---- the data cut ------------------------------------------------------------------------------------------


def test_the_latest_accepted_assessment_is_the_data_cut_where_nothing_else_is_said(home: Home) -> None:
    assert read(home, file_of(GOOD, LATER, "B9,2025-01-15,2029-01-01,pain,70")).data_to == date(2025, 7, 17)


def test_a_declared_day_is_the_data_cut_whatever_is_in_the_file(home: Home) -> None:
    found = read(home, file_of(GOOD, LATER), contract(data_cut="2025-03-01"))
    assert found.data_to == date(2025, 3, 1)
    assert found.reasons == {"after_data_cut": 1}


def test_a_column_gives_the_data_cut_by_its_latest_day(home: Home) -> None:
    agreed = contract(data_cut={"column": "exported"})
    found = read(home, f"{HEADER},exported\n{GOOD},2025-08-01\n{OTHER},2025-07-31\n", agreed)
    assert found.data_to == date(2025, 8, 1)


def test_the_name_of_a_file_gives_the_data_cut(home: Home) -> None:
    agreed = contract(data_cut={"name": "hillside_{date}.csv"})
    assert read(home, file_of(GOOD), agreed, name="hillside_2025-08-01.csv").data_to == date(2025, 8, 1)


@pytest.mark.parametrize(
    ("cut", "name", "content"),
    [
        ({"name": "hillside_{date}.csv"}, f"hillside_{CANARY}.csv", file_of(GOOD)),
        ({"name": "hillside_{date}.csv"}, "hillside_2025-02-30.csv", file_of(GOOD)),
        ({"name": "hillside_{date}.csv"}, "hillsideX2025-08-01.csv", file_of(GOOD)),
        ({"column": "exported"}, "file.csv", f"{HEADER},exported\n{GOOD},{CANARY}\n"),
    ],
)
def test_a_data_cut_that_cannot_be_read_refuses_the_file_and_says_what_to_do(
    home: Home, cut: dict[str, str], name: str, content: str
) -> None:
    found = read(home, content, contract(data_cut=cut), name=name)
    assert found.refusal == "data_cut"
    assert found.explanation.endswith(("Rename it.", "Fill it in."))
    assert CANARY not in found.explanation


def test_where_collection_is_closed_the_latest_assessment_is_told(home: Home) -> None:
    assert read(home, file_of(GOOD, LATER), contract(data_cut="closed")).data_to == date(2025, 7, 17)


def test_where_there_are_no_dates_no_day_is_told(home: Home) -> None:
    agreed = contract(
        columns={"patient": "code", "day": "days", "instrument": "measure", "score": "value"}, data_cut="closed"
    )
    assert read(home, "code,days,measure,value\nA1,0,pain,7\n", agreed).data_to is None
