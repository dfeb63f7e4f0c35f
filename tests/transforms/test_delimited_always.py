"""Splitting delimited text: what holds of any text whatever, and of several files that are read together."""

import csv
import io
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.transforms.hillside import HEADER, contract, exported
from tests.transforms.hillside_files import GOOD, OTHER, REMARKS, records, text
from transforms.sources import Exports, RefusedDelivery, careful_text, delimited, plain_text

# ---- what always holds ---------------------------------------------------------------------------------------

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


# ---- several files at once -----------------------------------------------------------------------------------

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
