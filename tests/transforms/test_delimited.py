"""Splitting delimited text: every physical line is found, and no record is split where that is not safe."""

import csv
import io
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from schemas.delivery_contract import DeliveryContract
from tests.transforms.hillside import CANARY, HEADER, contract, exported
from transforms.sources import Exports, RefusedDelivery, careful_text, delimited, plain_text
from transforms.sources.careful_text import LONGEST_RECORD

GOOD = "A1,2026-01-05,2026-01-05,pain,7"
OTHER = "A2,2026-01-06,2026-01-06,pain,6"
ORDER = ("patient", "start", "date", "instrument", "score")


def records(found: Exports) -> list[tuple[int, ...]]:
    """(line, span, *cells) of each record."""
    return sorted(found.records.select("line", "span", *ORDER).collect().rows())


def lines_of(found: Exports) -> dict[str, Any]:
    """Where each physical line went."""
    return {
        "records": [line for line, *_ in records(found)],
        "damaged": sorted(found.damaged.select("line", "reason").rows()),
        "blank": found.blank,
        "lines": found.lines,
    }


def text(*lines: str, end: str = "\n") -> str:
    return end.join([HEADER, *lines]) + end


def refusal(content: str | bytes, agreed: DeliveryContract | None = None) -> tuple[str, str]:
    with pytest.raises(RefusedDelivery) as refused:
        exported(content, agreed)
    return refused.value.rule, refused.value.explanation


# ---- sound files -------------------------------------------------------------------------------------------


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


# ---- quotes ------------------------------------------------------------------------------------------------


def test_a_quoted_cell_may_hold_delimiters_and_quotes() -> None:
    found = exported(text('"A,""1",2026-01-05,2026-01-05,pain,7', OTHER))
    assert records(found) == [(2, 1, 'A,"1', *GOOD.split(",")[1:]), (3, 1, *OTHER.split(","))]


REMARKS = contract(file={"other_columns": "ignore"})


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


# ---- width -------------------------------------------------------------------------------------------------


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


# ---- blank lines, and the end ------------------------------------------------------------------------------


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


# ---- files that are refused --------------------------------------------------------------------------------


def test_a_file_without_bytes_is_refused() -> None:
    assert refusal(b"")[0] == "empty"


@pytest.mark.parametrize("content", ["ä", "€", "naïve"])
@pytest.mark.parametrize("encoding", ["windows-1252", "utf-16-be", "utf-16-le"])
def test_an_undeclared_encoding_is_refused_and_the_byte_is_named(content: str, encoding: str) -> None:
    rule, explanation = refusal(text(GOOD.replace("A1", content)).encode(encoding))
    assert rule == "encoding"
    assert "yte " in explanation
    assert content not in explanation


def test_another_encoding_than_the_declared_one_is_refused() -> None:
    rule, explanation = refusal(b"\xff" + text(GOOD).encode(), contract(file={"encoding": "utf-16"}))
    assert rule == "encoding"
    assert "Declare the encoding" in explanation


@pytest.mark.parametrize("place", [0, 10, 40, 60])
def test_a_file_with_a_nul_byte_is_no_text(place: int) -> None:
    content = text(GOOD).encode()
    rule, explanation = refusal(content[:place] + b"\0" + content[place:])
    assert (rule, f"Byte {place} is NUL" in explanation) == ("encoding", True)


def test_a_file_that_ends_within_a_character_is_refused() -> None:
    assert refusal(text(GOOD).encode() + "ä".encode()[:1])[0] == "encoding"


def test_a_header_with_an_open_quote_is_refused() -> None:
    rule, explanation = refusal(text(GOOD).replace("code", '"code'))
    assert rule == "header_unreadable"
    assert "Line 1" in explanation
    assert "Export again" in explanation


@pytest.mark.parametrize("absent", HEADER.split(","))
def test_a_missing_column_is_named_with_the_nearest_name_in_the_file(absent: str) -> None:
    rule, explanation = refusal(text(GOOD).replace(absent, absent + "_fu", 1))
    assert rule == "missing_column"
    assert explanation.startswith(f"Line 1: no column {absent!r}. The nearest name in the file is '{absent}_fu'")
    assert "change [columns] in the contract and raise its version" in explanation


def test_an_undeclared_column_is_named_by_its_place() -> None:
    rule, explanation = refusal(f"{HEADER},phone\n{GOOD},{CANARY}\n")
    assert rule == "undeclared_column"
    assert "column 6 ('phone')" in explanation
    assert 'other_columns = "ignore"' in explanation
    assert CANARY not in explanation


def test_a_header_cell_that_looks_like_a_value_is_not_repeated() -> None:
    _, explanation = refusal(f"{HEADER},+44 20 7946 0000\n{GOOD},1\n")
    assert "column 6 (name not shown)" in explanation
    assert "7946" not in explanation


def test_a_name_that_stands_twice_is_refused() -> None:
    rule, explanation = refusal(f"{HEADER},Value\n{GOOD},1\n")
    assert rule == "duplicate_column"
    assert "Rename one" in explanation


@pytest.mark.parametrize(
    "content",
    [
        "<!DOCTYPE html>\n<html><body>502 Bad Gateway</body></html>\n",
        "%PDF-1.7\n1 0 obj\n",
        '{"patients": [{"code": "A1"}]}\n',
        f"Export of Hillside\n{HEADER}\n{GOOD}\n",
        "\n" + text(GOOD),
        "   \n",
    ],
    ids=["an error page", "a PDF", "JSON", "a preamble", "a blank line", "spaces"],
)
def test_a_file_that_does_not_begin_with_the_header_is_refused(content: str) -> None:
    assert refusal(content)[0] in ("missing_column", "header_unreadable", "wrong_kind")


def test_a_file_without_a_header_is_refused_and_none_of_its_values_is_repeated() -> None:
    first = f"{CANARY},2026-01-05,2026-01-05,pain,7"
    rule, explanation = refusal(f"{first}\n{first}\n")
    assert rule == "missing_column"
    assert CANARY not in explanation


# ---- what always holds -------------------------------------------------------------------------------------

CELLS = st.text(st.characters(exclude_characters="\r\0\ufeff", codec="utf-8"), max_size=8)
LINE = st.text(st.characters(exclude_characters="\r\n\0\ufeff", codec="utf-8"), max_size=8)
ROWS = st.lists(st.tuples(CELLS, LINE, LINE, LINE, LINE, LINE).map(list), max_size=6)
PLAIN = st.text(st.characters(exclude_characters='",\r\n\0\ufeff', codec="utf-8"), max_size=6)
PLAIN_ROWS = st.lists(st.lists(PLAIN, min_size=5, max_size=5), max_size=8)


@given(ROWS, st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.sampled_from(["\n", "\r\n"]))
@settings(deadline=None)
def test_what_a_csv_writer_writes_is_read_back(rows: list[list[str]], quoting: Any, end: str) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, quoting=quoting, lineterminator=end).writerows([["remark", *HEADER.split(",")], *rows])
    found = exported(written.getvalue(), REMARKS)
    assert [tuple(cell or "" for cell in row[2:]) for row in records(found)] == [tuple(row[1:]) for row in rows]
    assert found.lines == 1 + sum(span for _, span, *_ in records(found))
    assert found.damaged.is_empty()


@given(PLAIN_ROWS, st.sampled_from(["\n", "\r\n"]))
@settings(deadline=None)
def test_a_file_split_at_once_streamed_or_with_care_gives_the_same(rows: list[list[str]], end: str) -> None:
    written = end.join([HEADER, *(",".join(row) for row in rows)]) + end
    at_once = exported(written)
    with_care = exported(written + '"' + end)  # one damaged line, and the whole file is split with care
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain_text, "IN_MEMORY_BYTES", 0)
        streamed = exported(written)
    assert records(at_once) == records(with_care) == records(streamed)
    assert (with_care.lines, with_care.damaged.height) == (at_once.lines + 1, 1)


@given(st.text(st.sampled_from('a,"\n\r \x1f'), max_size=60) | st.text(st.characters(codec="utf-8", min_codepoint=1)))
@settings(deadline=None)
def test_every_physical_line_of_any_text_has_one_place(body: str) -> None:
    try:
        found = exported(f"{HEADER}\n{body}")
    except RefusedDelivery:  # a second table
        return
    spans = found.records.select("span").collect()["span"].sum() + found.damaged["span"].sum()
    assert found.header + found.blank + spans == found.lines


@given(
    st.lists(
        st.sampled_from([GOOD, OTHER, "", "x", '"', '"x', GOOD + ",9", "\ufeff" + GOOD, '"A,1"' + GOOD[2:]]),
        max_size=40,
    ),
    st.integers(1, 90),
)
@settings(deadline=None)
def test_a_doubtful_file_gives_the_same_in_whatever_pieces_it_is_taken(lines: list[str], piece: int) -> None:
    doubtful = text(*lines, '"')  # the last line makes the whole file doubtful
    at_once = exported_or_rule(doubtful)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(careful_text, "PIECE", piece)
        patch.setattr(careful_text, "FEWEST_TOGETHER", 1)
        patch.setattr(careful_text, "RECORDS_IN_MEMORY", 3)
        assert exported_or_rule(doubtful) == at_once


def exported_or_rule(content: str) -> tuple[Any, ...]:
    try:
        found = exported(content)
    except RefusedDelivery as refused:
        return (refused.rule, refused.explanation)
    return (records(found), sorted(found.damaged.rows()), found.blank, found.lines)


def test_a_piece_of_a_record_on_the_next_piece_of_the_file_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = text(GOOD, OTHER[:-2] + ",1", "2", GOOD, '"')
    whole = exported_or_rule(broken)
    for piece in range(1, len(broken)):
        monkeypatch.setattr(careful_text, "PIECE", piece)
        assert exported_or_rule(broken) == whole
    assert [line for line, *_ in whole[0]] == [2]


# ---- several files at once ---------------------------------------------------------------------------------

SOUND = "A1,2025-01-15,2025-01-15,pain,7"
BODIES = {
    "nothing": "",
    "one line": SOUND + "\n",
    "two lines": f"{SOUND}\n{SOUND}\n",
    "no line end": SOUND,
    "other line ends": f"{SOUND}\r\n",
    "a quoted cell": SOUND.replace("pain", '"pain"') + "\n",
    "a long and a short line": f"{SOUND},1\n" + SOUND.removesuffix(",7") + "\n",
    "a mark of UTF-8": f"\ufeff{SOUND}\n",
    "a wrong header": "x",
}


@given(st.lists(st.sampled_from(list(BODIES)), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_files_read_together_are_read_as_each_by_itself(tmp_path: Path, chosen: list[str]) -> None:
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    asked = []
    for place, name in enumerate(chosen):
        scratch = folder / f"scratch-{place}"
        scratch.mkdir()
        written = folder / f"{place}.csv"
        written.write_bytes(((HEADER if name != "a wrong header" else "") + "\n" + BODIES[name]).encode())
        asked.append((written, contract(), scratch))
    for one, together in zip(asked, delimited.read_all(asked), strict=True):
        assert_same(together, delimited.read_all([one])[0])


def assert_same(together: Exports | RefusedDelivery, alone: Exports | RefusedDelivery) -> None:
    if isinstance(alone, RefusedDelivery) or isinstance(together, RefusedDelivery):
        assert str(together) == str(alone)
        return
    assert_frame_equal(together.records.collect(), alone.records.collect())
    assert_frame_equal(together.damaged, alone.damaged)
    assert (together.lines, together.blank) == (alone.lines, alone.blank)
