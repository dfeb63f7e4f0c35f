"""Group C of the fault catalogue, each fault by its id: encodings, quotes, width, and lines that are no records."""

import codecs
import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.judging import Reading
from orchestration.settings import Home
from schemas.delivery_contract import DeliveryContract
from tests.faults.detection import Case, read_all
from tests.orchestration.one_clinic import GOOD, HEADER, LATER, OTHER, a_home, contract, file_of, rows

THIRD = "C3,2025-03-15,2025-03-15,pain,5"
WHOLE = file_of(GOOD, LATER, OTHER)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return a_home(tmp_path_factory.mktemp("structure"))


def read(home: Home, content: str | bytes, agreed: DeliveryContract | None = None) -> Reading:
    written = content.encode() if isinstance(content, str) else content
    ((found, _),) = read_all(home, [Case("file.csv", written, agreed or contract())])
    return found


def said(home: Home, content: str | bytes, **changed: object) -> list[tuple[object, ...]]:
    """Patient, day and score of each accepted row."""
    found = read(home, content, contract(**changed))
    assert found.balanced
    if not found.accepted:
        return []
    accepted = rows(home, found).filter(rows(home, found)["reasons"] == 0)
    return sorted(accepted.select("patient", "date", "score").rows(), key=str)


def fates(home: Home, *lines: str, **changed: object) -> tuple[int, int, int, dict[str, int]]:
    found = read(home, file_of(*lines), contract(**changed))
    assert found.refusal == ""
    return found.accepted, found.quarantined, found.blank, found.reasons


# ---- encodings ---------------------------------------------------------------------------------------------


def test_c_01_a_byte_order_mark_is_no_part_of_the_header(home: Home) -> None:
    assert said(home, codecs.BOM_UTF8 + WHOLE.encode()) == said(home, WHOLE) != []


@pytest.mark.parametrize(
    ("mark", "encoding"), [(codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")], ids=["LE", "BE"]
)
def test_c_02_utf_16_is_known_by_its_mark_and_refused_without_one(home: Home, mark: bytes, encoding: str) -> None:
    assert said(home, mark + WHOLE.encode(encoding)) == said(home, WHOLE) != []
    found = read(home, WHOLE.encode(encoding))
    assert found.refusal == "encoding"
    assert "looks like UTF-16" in found.explanation
    declared = read(home, WHOLE.encode(encoding) + b"\n\0", contract(file={"encoding": "utf-16"}))
    assert declared.refusal == "encoding"


@pytest.mark.parametrize("letter", ["é", "€"])
@pytest.mark.parametrize("encoding", ["windows-1252", "mac-roman", "iso-8859-15"])
def test_c_03_an_encoding_of_single_bytes_is_read_only_where_it_is_declared(
    home: Home, letter: str, encoding: str
) -> None:
    text = file_of(GOOD.replace("A1", f"A{letter}"))
    written = text.encode(encoding)
    found = read(home, written)
    assert found.refusal == "encoding"
    assert f"near byte {written.index(letter.encode(encoding))}" in found.explanation
    assert said(home, written, file={"encoding": encoding}) == said(home, text) != []


@pytest.mark.parametrize("code", ["Mã©ry"[:1] + "Ã©", "A\ufffd1", "A\u0080", "Ã¼", "â€œA", "A\x07"])
def test_c_04_a_code_of_damaged_text_is_set_aside(home: Home, code: str) -> None:
    assert fates(home, GOOD.replace("A1", code), OTHER) == (1, 1, 0, {"code_unclear": 1})


@pytest.mark.parametrize("code", ["Ängström", "Ã", "naïve", "ß1", "Ǻ"])
def test_c_04_letters_of_other_languages_are_no_damage(home: Home, code: str) -> None:
    assert fates(home, GOOD.replace("A1", code)) == (1, 0, 0, {})


@pytest.mark.parametrize("place", range(0, len(WHOLE), len(WHOLE) // 9))
@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252"])
def test_c_05_a_nul_byte_anywhere_refuses_the_file(home: Home, place: int, encoding: str) -> None:
    content = WHOLE.encode()
    found = read(home, content[:place] + b"\0" + content[place:], contract(file={"encoding": encoding}))
    assert (found.refusal, "NUL" in found.explanation) == ("encoding", True)


@given(st.lists(st.sampled_from(["\n", "\r\n", "\r"]), min_size=4, max_size=4))
@settings(max_examples=20)
def test_c_06_line_ends_of_every_kind_and_mixture_say_the_same(home: Home, ends: list[str]) -> None:
    mixed = "".join(line + end for line, end in zip(WHOLE.splitlines(), ends, strict=True))
    assert said(home, mixed) == said(home, WHOLE)


# ---- quotes and width --------------------------------------------------------------------------------------


def test_c_07_a_line_end_in_quotes_is_honoured_where_the_record_is_sound(home: Home) -> None:
    wider = f'{HEADER},remark\n{GOOD},"one\ntwo"\n{OTHER},"three\n{THIRD},x\n'
    found = read(home, wider, contract(file={"other_columns": "ignore"}))
    assert (found.lines, found.accepted, found.quarantined) == (5, 3, 1)
    assert found.reasons == {"damaged_record": 1}


@pytest.mark.parametrize("place", range(1, len(GOOD)))
def test_c_07_a_record_that_was_broken_in_two_gives_no_half_of_a_value(home: Home, place: int) -> None:
    broken = read(home, file_of(OTHER, GOOD[:place], GOOD[place:], THIRD))
    assert broken.balanced
    true = said(home, file_of(OTHER, GOOD, THIRD))
    assert set(said(home, file_of(OTHER, GOOD[:place], GOOD[place:], THIRD))) <= set(true)
    assert broken.quarantined >= 2


@pytest.mark.parametrize(
    "broken",
    [
        '"A1"",2025-01-15,2025-01-15,pain,7',
        '"A1\\"x",2025-01-15,2025-01-15,pain,7',
        '"A1,2025-01-15,2025-01-15,pain,7',
        'A1,"2025-01-15,2025-01-15,pain,7',
        'A1,2025-01-15,2025-01-15,pain,"7',
        '"A1"x,2025-01-15,2025-01-15,pain,7',
    ],
)
def test_c_08_a_wrong_quote_costs_its_own_line_and_swallows_no_other(home: Home, broken: str) -> None:
    found = read(home, file_of(OTHER, broken, THIRD, LATER))
    assert (found.accepted, found.quarantined, found.first_lines) == (3, 1, {"damaged_record": 3})


def test_c_08_doubled_quotes_are_quotes_and_single_ones_are_letters(home: Home) -> None:
    assert fates(home, '"A""1",2025-01-15,2025-01-15,pain,7', "'A1',2025-01-15,2025-01-15,pain,6")[:2] == (2, 0)


def test_c_08_an_open_quote_in_the_header_refuses_the_file(home: Home) -> None:
    assert read(home, '"' + WHOLE).refusal == "header_unreadable"


@pytest.mark.parametrize("row", range(3))
@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("more", [True, False], ids=["one too many", "one lost"])
def test_c_09_a_delimiter_too_many_or_lost_costs_exactly_its_line(home: Home, row: int, place: int, more: bool) -> None:
    lines = [GOOD, OTHER, THIRD]
    cells = lines[row].split(",")
    lost = [*cells[:place], "".join(cells[place : place + 2]), *cells[place + 2 :]]
    changed = [*cells[:place], "", *cells[place:]] if more else lost
    if len(changed) == len(cells):
        changed = cells[:-1]  # the last cell has no delimiter to lose but the one before it
    lines[row] = ",".join(changed)
    found = read(home, file_of(*lines))
    assert (found.accepted, found.quarantined, found.first_lines) == (2, 1, {"wrong_width": row + 2})


@pytest.mark.parametrize("delimiter", [";", "\t", "|", " "])
def test_c_10_another_delimiter_is_read_if_the_header_proves_it(home: Home, delimiter: str) -> None:
    found = read(home, WHOLE.replace(",", delimiter))
    assert (found.accepted, found.refusal) == (3, "")
    assert repr(delimiter) in found.explanation
    assert said(home, WHOLE.replace(",", delimiter), file={"delimiter": delimiter}) == said(home, WHOLE)


@pytest.mark.parametrize("delimiter", [":", "~"])
def test_c_10_a_delimiter_that_is_none_of_them_is_refused(home: Home, delimiter: str) -> None:
    assert read(home, WHOLE.replace(",", delimiter)).refusal == "missing_column"


def test_c_10_the_decimal_mark_is_never_taken_for_a_delimiter(home: Home) -> None:
    agreed = contract(file={"delimiter": ";", "decimal": ","})
    assert read(home, WHOLE, agreed).refusal == "missing_column"


# ---- lines that are no records, and odd names --------------------------------------------------------------


@pytest.mark.parametrize("preamble", ["Export of Hillside\n", "Export,of,Hillside,2025,x\n", "\n", "a\nb\nc\n"])
def test_c_11_a_preamble_refuses_the_file(home: Home, preamble: str) -> None:
    assert read(home, preamble + WHOLE).refusal == "missing_column"


@pytest.mark.parametrize("word", ["TOTAL", "Total:", "mean", "Summe", " Gesamt "])
def test_c_11_a_line_of_totals_is_no_patient(home: Home, word: str) -> None:
    agreed = contract(
        layout="wide", codes=None, columns={"patient": "code"}, data_cut="closed",
        measure=[{"instrument": "nrs-pain", "column": "before", "day": 0}],
    )  # fmt: skip
    found = read(home, f"code,before\nA1,7\n{word},7\n", agreed)
    assert (found.accepted, found.reasons) == (1, {"code_unclear": 1})


def test_c_11_a_header_again_and_a_footnote_are_set_aside(home: Home) -> None:
    accepted, quarantined, blank, _ = fates(home, GOOD, HEADER, OTHER, "", "End of the export")
    assert (accepted, quarantined, blank) == (2, 2, 1)


@pytest.mark.parametrize("width", [2, 3, 6])
def test_c_11_a_second_table_refuses_the_file(home: Home, width: int) -> None:
    table = [",".join("abcdef"[:width])] * 3
    found = read(home, file_of(GOOD, OTHER, "", *table))
    assert found.refusal == "second_table"
    assert found.explanation.startswith("Line 5 begins another table")
    assert fates(home, GOOD, OTHER, "", *table[:2])[1] == 2  # two lines are no table yet


def test_c_12_a_name_twice_is_refused_and_padding_and_capitals_are_not(home: Home) -> None:
    assert read(home, WHOLE.replace("begun", "visit", 1)).refusal == "missing_column"
    assert read(home, f"{HEADER},Value\n{GOOD},7\n").refusal == "duplicate_column"
    assert read(home, f"{HEADER},\n{GOOD},7\n").refusal == "undeclared_column"
    assert said(home, WHOLE.replace("code,begun", " CODE , Begun ", 1)) == said(home, WHOLE)


@pytest.mark.parametrize("sign", ["\u200b", "\u200d", "\ufeff", "\u00ad", "\u202e", "\u2066", "\u200f"])
def test_c_13_a_code_with_signs_that_nobody_sees_is_the_code_without(home: Home, sign: str) -> None:
    hidden = file_of(GOOD.replace("A1", f"A{sign}1"), OTHER)
    assert said(home, hidden) == said(home, file_of(GOOD, OTHER))


def test_c_13_two_codes_that_only_look_alike_are_both_set_aside(home: Home) -> None:
    lines = (GOOD, LATER.replace("A1", "A\u200b1"), OTHER)
    assert fates(home, *lines) == (1, 2, 0, {"code_unclear": 2})
    assert fates(home, GOOD.replace("A1", "A\u200b1"), LATER.replace("A1", "A1\u202e"), OTHER)[3] == {"code_unclear": 2}
    always = [line.replace("A1", "A\u200b1") for line in (GOOD, LATER)]
    assert fates(home, *always, OTHER) == (3, 0, 0, {})


def test_c_13_a_blank_that_does_not_break_is_trimmed_at_the_ends_and_unclear_within(home: Home) -> None:
    assert said(home, file_of(GOOD.replace("A1", "\u00a0A1\u202f"))) == said(home, file_of(GOOD))
    assert fates(home, GOOD.replace("A1", "A\u00a01"))[3] == {"code_unclear": 1}


@pytest.mark.parametrize("code", ["00123", "1e5", "1E5", "NA", "null", "-", "TRUE", "NaN", "1.0"])
def test_c_14_a_code_is_the_text_that_it_is(home: Home, code: str) -> None:
    others = ["123", "100000", "A1", "1", "true1"]
    found = read(home, file_of(*(f"{one},2025-01-15,2025-01-15,pain,7" for one in [code, *others])))
    assert (found.accepted, rows(home, found)["patient"].n_unique()) == (6, 6)


# ---- C15: a set in the manner of Pollock -------------------------------------------------------------------

NAMES = ("remark", *HEADER.split(","))
TABLE = [(f"note {at}, as said", f"P{at}", "2025-01-15", "2025-01-15", "pain", str(at % 10)) for at in range(30)]


def written(table: list[tuple[str, ...]], quoting: int = csv.QUOTE_MINIMAL) -> list[str]:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n", quoting=quoting).writerows(table)
    return text.getvalue().splitlines()


def polluted() -> dict[str, tuple[str, set[int]]]:
    """Files with one pollution each, and the rows that it touches: each row and delimiter, each row and quote."""
    found: dict[str, tuple[str, set[int]]] = {}
    for kind, quoting in (("few quotes", csv.QUOTE_MINIMAL), ("all quoted", csv.QUOTE_ALL)):
        header, *lines = written([NAMES, *TABLE], quoting)
        for row in range(0, len(lines), 4):
            line = lines[row]
            for sign in ',"':
                for at in (at for at, letter in enumerate(line) if letter == sign):
                    for name, changed in (("lost", line[:at] + line[at + 1 :]), ("twice", line[: at + 1] + line[at:])):
                        body = [header, *lines[:row], changed, *lines[row + 1 :]]
                        found[f"{kind}: {sign} at {at} of row {row} {name}"] = ("\n".join(body) + "\n", {row})
            for at in range(0, len(line), 7):
                body = [header, *lines[:row], line[:at] + '"' + line[at:], *lines[row + 1 :]]
                found[f"{kind}: a quote at {at} of row {row}"] = ("\n".join(body) + "\n", {row})
    return found


def test_c_15_of_hundreds_of_polluted_files_no_wrong_row_is_accepted_and_no_row_is_lost(home: Home) -> None:
    agreed = contract(file={"other_columns": "ignore"}, patient_pattern="P[0-9]+")
    files = polluted()
    assert len(files) > 500
    cases = [Case(name, content.encode(), agreed) for name, (content, _) in files.items()]
    sound = Case("sound", ("\n".join(written([NAMES, *TABLE])) + "\n").encode(), agreed)
    (_, whole), *found = read_all(home, [sound, *cases])
    true = {row[1:]: row[0] - 2 for row in whole.select("line", "patient", "date", "score").rows()}
    wrong, lost, spared = [], [], 0
    for (name, (_, touched)), (reading, accepted) in zip(files.items(), found, strict=True):
        said_here = accepted.select("patient", "date", "score").rows()
        wrong += [name for row in said_here if row not in true]
        lost += (
            [name] if reading.accepted + reading.quarantined + reading.header + reading.blank != reading.lines else []
        )
        spared += len({true[row] for row in said_here if row in true} | touched) == len(TABLE)
    assert wrong == []
    assert lost == []
    assert spared >= 0.999 * len(files)  # rows beside the polluted one are all there
