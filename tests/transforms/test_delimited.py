"""Splitting delimited text: every physical line is found, and no record is split where that is not safe."""

import pytest

from tests.transforms.hillside import CANARY, HEADER, contract, exported
from tests.transforms.hillside_files import GOOD, OTHER, REMARKS, lines_of, records, text
from transforms.sources import RefusedDelivery, plain_text
from transforms.sources.careful_text import LONGEST_RECORD

# ---- sound files ---------------------------------------------------------------------------------------------


def test_a_sound_file_is_its_records() -> None:
    found = exported(text(GOOD, OTHER))
    assert records(found) == [(2, 1, *GOOD.split(",")), (3, 1, *OTHER.split(","))]
    assert (found.lines, found.header, found.blank, found.damaged.height) == (3, 1, 0, 0)


def test_a_file_with_a_header_alone_has_no_record() -> None:
    assert lines_of(exported(text())) == {"records": [], "damaged": [], "blank": 0, "lines": 1}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_line_ends_do_not_matter(end: str) -> None:
    assert records(exported(text(GOOD, OTHER, end=end))) == records(exported(text(GOOD, OTHER)))


def test_line_ends_may_be_mixed() -> None:
    mixed = f"{HEADER}\r\n{GOOD}\n{OTHER}\r{GOOD}\r\n"
    assert [line for line, *_ in records(exported(mixed))] == [2, 3, 4]


def test_a_byte_order_mark_belongs_to_no_name() -> None:
    assert records(exported("\ufeff" + text(GOOD))) == records(exported(text(GOOD)))


@pytest.mark.parametrize("encoding", ["utf-16", "windows-1252", "latin-1"])
def test_a_declared_encoding_is_understood(encoding: str) -> None:
    written = text(GOOD.replace("A1", "Ä1"))
    found = exported(written.encode(encoding), contract(file={"encoding": encoding}))
    assert records(found) == records(exported(written))


@pytest.mark.parametrize("delimiter", [";", "\t", "|", " ", "¦"])
def test_a_declared_delimiter_splits(delimiter: str) -> None:
    found = exported(text(GOOD).replace(",", delimiter), contract(file={"delimiter": delimiter}))
    assert records(found) == records(exported(text(GOOD)))


def test_names_in_the_header_may_be_padded_and_written_in_other_case() -> None:
    other = text(GOOD).replace("code,begun", " CODE , Begun")
    assert records(exported(other)) == records(exported(text(GOOD)))


def test_columns_may_stand_in_any_order() -> None:
    turned = text(GOOD).splitlines()
    backwards = "\n".join(",".join(reversed(line.split(","))) for line in turned) + "\n"
    assert records(exported(backwards)) == records(exported(text(GOOD)))


@pytest.mark.parametrize("cell", ["00123", "1e5", "NA", "null", "TRUE", "-", " 7 "])
def test_a_cell_stays_the_text_it_was(cell: str) -> None:
    assert records(exported(text(GOOD.replace("A1", cell))))[0][2] == cell


def test_an_empty_cell_is_nothing_whether_quoted_or_not() -> None:
    assert records(exported(text("A1,,2026-01-05,pain,7")))[0][3] is None
    assert records(exported(text('A1,"",2026-01-05,pain,7')))[0][3] is None


def test_a_column_that_is_to_be_ignored_is_not_read() -> None:
    wider = f"{HEADER},remark\n{GOOD},{CANARY}\n"
    found = exported(wider, contract(file={"other_columns": "ignore"}))
    assert CANARY not in str(found.records.collect().to_dicts())


# ---- quotes --------------------------------------------------------------------------------------------------


def test_a_quoted_cell_may_hold_delimiters_and_quotes() -> None:
    found = exported(text('"A,""1",2026-01-05,2026-01-05,pain,7', OTHER))
    assert records(found) == [(2, 1, 'A,"1', *GOOD.split(",")[1:]), (3, 1, *OTHER.split(","))]


def remarked(*remarks: str) -> str:
    return f"remark,{HEADER}\n" + "".join(f"{remark},{GOOD}\n" for remark in remarks)


def test_a_cell_that_is_not_read_may_hold_line_ends_too() -> None:
    found = exported(remarked('"first\nsecond, and ""third"""', "x"), REMARKS)
    assert records(found) == [(2, 2, *GOOD.split(",")), (4, 1, *GOOD.split(","))]
    assert found.lines == 4


@pytest.mark.parametrize(("span", "sound"), [(LONGEST_RECORD, True), (LONGEST_RECORD + 1, False)])
def test_it_may_run_over_fifty_lines_and_no_further(span: int, sound: bool) -> None:
    found = exported(remarked('"' + "\n".join("x" * span) + '"', "x"), REMARKS)
    assert (records(found)[0][1] == span) is sound
    assert records(found)[-1][0] == found.lines == span + 2


@pytest.mark.parametrize(
    "broken",
    [
        '"A1,2026-01-05,2026-01-05,pain,7',
        'A1,2026-01-05,"2026-01-05,pain,7',
        'A1,2026-01-05,2026-01-05,pain,"7',
        'A"1,2026-01-05,2026-01-05,pain,"7',
        '"A1"x,2026-01-05,2026-01-05,pain,7',
        '"A1" ,2026-01-05,2026-01-05,pain,7',
    ],
)
def test_a_quote_that_is_not_closed_costs_its_own_line_and_no_other(broken: str) -> None:
    found = lines_of(exported(text(GOOD, broken, OTHER, GOOD)))
    assert found == {"records": [2, 4, 5], "damaged": [(3, "damaged_record")], "blank": 0, "lines": 5}


def test_a_quote_that_closes_lines_later_swallows_none_of_them() -> None:
    found = lines_of(exported(text(GOOD, '"A1,2026-01-05,2026-01-05,pain,7', OTHER, 'A3",x', GOOD)))
    assert found["records"] == [2, 4, 6]
    assert [line for line, _ in found["damaged"]] == [3, 5]


@pytest.mark.parametrize("place", range(5))
def test_two_stray_quotes_in_a_column_that_is_read_swallow_no_line_between_them(place: int) -> None:
    cells = GOOD.split(",")
    first = ",".join([*cells[:place], '"' + cells[place], *cells[place + 1 :]])
    last = ",".join([cells[place] + '"', *cells[place + 1 :]])
    found = lines_of(exported(text(first, OTHER, OTHER, last, OTHER)))
    assert {3, 4, 6} <= set(found["records"])
    assert (2, "damaged_record") in found["damaged"]


def test_a_quote_within_a_cell_is_a_character() -> None:
    assert records(exported(text('A1,2026-01-05,2026-01-05,pa"in,7')))[0][5] == 'pa"in'


# ---- width ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", range(4))
def test_a_line_that_lacks_a_delimiter_is_set_aside_alone(place: int) -> None:
    cells = GOOD.split(",")
    short = ",".join([*cells[:place], cells[place] + cells[place + 1], *cells[place + 2 :]])
    assert lines_of(exported(text(OTHER, short, OTHER)))["damaged"] == [(3, "wrong_width")]


@pytest.mark.parametrize("place", range(5))
def test_a_line_with_a_delimiter_too_many_is_set_aside_alone(place: int) -> None:
    cells = GOOD.split(",")
    long = ",".join([*cells[: place + 1], "", *cells[place + 1 :]])
    assert lines_of(exported(text(OTHER, long, OTHER)))["damaged"] == [(3, "wrong_width")]


@pytest.mark.parametrize("in_memory", [True, False])
@pytest.mark.parametrize("order", [("long", "short"), ("short", "long")])
def test_a_long_line_does_not_make_up_for_a_short_one(
    order: tuple[str, str], in_memory: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain_text, "IN_MEMORY_BYTES", 2**20 if in_memory else 0)
    uneven = {"long": GOOD + ",9", "short": GOOD.rpartition(",")[0]}
    found = lines_of(exported(text(*(uneven[one] for one in order), OTHER)))
    assert found == {"records": [4], "damaged": [(2, "wrong_width"), (3, "wrong_width")], "blank": 0, "lines": 4}


@pytest.mark.parametrize("uneven", [(), (GOOD + ",9", GOOD.rpartition(",")[0])], ids=["even", "uneven"])
def test_a_file_that_is_read_in_several_blocks_is_proved_over_their_seams(
    uneven: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain_text, "IN_MEMORY_BYTES", 0)
    many = [GOOD] * (2**22 // len(GOOD) + 9)
    found = exported(text(*many, *uneven))
    assert found.records.collect().height == len(many)
    assert found.damaged["line"].to_list() == [len(many) + 2 + at for at in range(len(uneven))]


# ---- blank lines, and the end --------------------------------------------------------------------------------


@pytest.mark.parametrize("blank", ["", "  ", "\t"])
def test_a_blank_line_is_counted_and_is_no_record(blank: str) -> None:
    found = lines_of(exported(text(GOOD, blank, OTHER, blank)))
    assert found == {"records": [2, 4], "damaged": [], "blank": 2, "lines": 5}


@pytest.mark.parametrize("elsewhere", [GOOD, '"A1"' + GOOD[2:]], ids=["split at once", "split with care"])
def test_a_line_of_empty_cells_is_a_record(elsewhere: str) -> None:
    tabs = text(elsewhere, ",,,,").replace(",", "\t")
    found = lines_of(exported(tabs, contract(file={"delimiter": "\t"})))
    assert found == {"records": [2, 3], "damaged": [], "blank": 0, "lines": 3}


def test_a_last_line_without_a_line_end_may_be_cut_and_is_set_aside() -> None:
    found = lines_of(exported(text(GOOD, OTHER).rstrip("\n")))
    assert found == {"records": [2], "damaged": [(3, "cut_short")], "blank": 0, "lines": 3}


def test_a_clinic_may_promise_that_its_files_end_without_a_line_end() -> None:
    found = lines_of(exported(text(GOOD, OTHER).rstrip("\n"), contract(file={"final_newline": "optional"})))
    assert found == {"records": [2, 3], "damaged": [], "blank": 0, "lines": 3}


@pytest.mark.parametrize("size", range(1, len(text(GOOD, OTHER))))
def test_a_file_that_is_cut_anywhere_never_gives_a_value_that_was_not_sent(size: int) -> None:
    whole = text(GOOD, OTHER)
    try:
        found = exported(whole[:size])
    except RefusedDelivery:
        return
    assert {row[2:] for row in records(found)} <= {tuple(GOOD.split(",")), tuple(OTHER.split(","))}
