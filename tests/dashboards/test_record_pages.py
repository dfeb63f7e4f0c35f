"""Pages of records: each sentence is recomputed from its table; every page is reachable and answers a question."""

import csv
import io
import json
import re
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboards import navigation, packed_blocks, tables_to_take
from dashboards.benchmarks import benchmarks
from dashboards.clinics import Clinics
from dashboards.layout import Page, Release, release
from dashboards.marts import Marts, read
from dashboards.pages import accessibility, changes, checks, clinic, clinics, downloads, methods, privacy, quality, runs
from dashboards.tables_to_take import LARGEST_ALONE
from schemas.changes import KINDS
from schemas.checks import STATUSES
from schemas.quality import CHECK_KINDS, REASON_CATEGORIES
from schemas.readings import REASON_IDS
from schemas.released_counts import STATUSES as CELLS
from schemas.tables import PUBLIC_TABLES
from tests.dashboards import hostile, made_up_release
from transforms.masking import HIDDEN_FROM, HIDDEN_TO

Row = dict[str, Any]
#: What a spreadsheet would run.
RUN = re.compile(r"[=+\-@\t\r\x00]")
RELEASED = ("responders", "analysed", "missing", "not_due", "ineligible", "left_out")


@pytest.fixture(scope="module")
def known(marts: Marts) -> Clinics:
    return Clinics(marts, benchmarks(marts))


def numbers(sentence: str) -> list[int]:
    return [int(each.replace(",", "")) for each in re.findall(r"\d[\d,]*", sentence)]


def words(page: Page) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.html))


# ---- sentences ---------------------------------------------------------------------------------------------

CHECK = st.fixed_dictionaries(
    {"status": st.sampled_from(STATUSES), "check_id": st.sampled_from(sorted(CHECK_KINDS)), "object": st.just("x")}
)


@given(st.lists(CHECK, min_size=1, max_size=30), st.lists(st.sampled_from(REASON_IDS), max_size=5))
def test_d_07_the_quality_page_says_how_every_check_ended(made: list[Row], reasons: list[str]) -> None:
    sentence = quality.title(made, [{"reason": reason} for reason in reasons])
    ended = Counter(row["status"] for row in made)
    expected = [len(made), *(ended[status] for status in STATUSES if ended[status])]
    assert numbers(sentence) == [*expected, *([len(set(reasons))] if reasons else [])]


@given(st.lists(CHECK, min_size=1, max_size=30))
def test_d_07_the_checks_page_counts_rules_and_endings(made: list[Row]) -> None:
    ended = Counter(row["status"] for row in made)
    idle = ended["not applicable"] + ended["not run"]
    told = [len({row["check_id"] for row in made}), len(made), ended["passed"], ended["failed"] + ended["error"]]
    assert numbers(checks.title(made)) == told + ([idle] if idle else [])


@given(st.lists(st.sampled_from(KINDS), max_size=20))
def test_d_07_the_changes_page_counts_what_differs_by_kind(kinds: list[str]) -> None:
    sentence = changes.title([{"kind": kind, "since": "abc"} for kind in kinds])
    if not kinds:
        assert sentence == changes.NOTHING
        return
    assert numbers(sentence) == [kinds.count(kind) for kind in KINDS if kind in kinds]
    assert sentence.endswith(" from release abc.")


COUNT = st.one_of(st.none(), st.sampled_from([0, 3, 7, 8, 10, 15, 200]))


@given(st.lists(st.tuples(st.sampled_from(CELLS), COUNT), min_size=1, max_size=20))
def test_d_07_the_privacy_page_counts_hidden_cells_and_looks_at_every_count(
    cells: list[tuple[str, int | None]],
) -> None:
    frame = pl.DataFrame(
        [{"status": status} | dict.fromkeys(RELEASED, count) for status, count in cells],
        schema={"status": pl.String} | dict.fromkeys(RELEASED, pl.Int32),
    )
    sentence = privacy.title(frame)
    assert numbers(sentence)[:2] == [len(cells), sum(status == "suppressed" for status, _ in cells)]
    kept = [count for _, count in cells if count is not None]
    clean = all(count % 5 == 0 and not HIDDEN_FROM <= count <= HIDDEN_TO for count in kept)
    assert ("every count that is shown is a multiple of 5" in sentence) == clean


@given(
    st.lists(st.booleans(), min_size=1, max_size=20),
    st.lists(st.sampled_from("abc"), max_size=9),
)
def test_d_07_the_runs_page_counts_steps_files_and_senders(public: list[bool], senders: list[str]) -> None:
    sentence = runs.title([{"public": each} for each in public], [{"source": each} for each in senders])
    assert numbers(sentence) == [len(public), len(senders), len(set(senders)), sum(public)]


@settings(max_examples=40)
@given(st.data())
def test_d_07_a_clinics_sentence_counts_its_rates_and_verdicts(known: Clinics, data: st.DataObject) -> None:
    one = data.draw(st.sampled_from(known.listed))
    kept = (
        data.draw(st.lists(st.sampled_from(one.compared), unique_by=lambda pair: pair[0].key)) if one.compared else []
    )
    rates = data.draw(st.lists(st.sampled_from([{"rate": None}, {"rate": 0.5}]), max_size=6))
    drawn = replace(one, label="Riverside", compared=kept, rates=rates)
    expected = [sum(row["rate"] is not None for row in rates), len(rates)] if rates else []
    expected += [sum(pair[1].group.answers for pair in kept), len(kept)] if kept else []
    assert numbers(clinic.title(drawn)) == expected


def test_d_07_the_list_of_clinics_counts_those_with_rates_and_verdicts(known: Clinics) -> None:
    rated = sum(any(row["rate"] is not None for row in one.rates) for one in known.listed)
    judged = sum(any(pair[1].group.answers for pair in one.compared) for one in known.listed)
    assert numbers(clinics.title(known.listed)) == [len(known.listed), rated, judged]
    assert clinics.title([]) == "There is no clinic in this release yet."


def test_d_07_the_methods_page_counts_its_tables(marts: Marts) -> None:
    held = (marts.method_rules, marts.definitions, marts.endpoints, marts.instruments)
    assert numbers(methods.title(marts)) == [frame.height for frame in held]


def test_d_07_the_accessibility_page_counts_pages_and_charts(known: Clinics, stands: Release) -> None:
    made = list(clinic.pages(known, stands))
    charts = sum(page.html.count('role="img"') for page in made)
    assert numbers(accessibility.title([page.charts for page in made])) == [len(made) + 1, charts]
    assert "there is no chart" in accessibility.title([])


# ---- clinics -----------------------------------------------------------------------------------------------


def test_every_clinic_has_a_page_with_its_comparisons_reasons_files_and_checks(known: Clinics, stands: Release) -> None:
    made = {page.path: page for page in clinic.pages(known, stands)}
    assert set(made) == {f"clinics/{source}.html" for source in made_up_release.COHORTS}
    hillcrest = words(made["clinics/hillcrest.html"])
    assert "2,011 lines = 1 header + 1,990 accepted + 20 set aside + 0 blank: adds up" in hillcrest
    assert "1 to 7 lines: The date is not one." in hillcrest
    assert "The file could be read" not in hillcrest


def test_every_comparison_shows_its_twelve_dimensions_on_the_clinics_page(known: Clinics, stands: Release) -> None:
    told = sum(page.html.count('<th scope="col">Dimension</th>') for page in clinic.pages(known, stands))
    assert told == len(made_up_release.comparisons())
    for one, page in zip(known.listed, clinic.pages(known, stands), strict=True):
        rows = sum(len(compared.dimensions) for _, compared in one.compared)
        assert rows == 12 * len(one.compared)
        assert page.html.count('<tr><th scope="row">') >= rows


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"rate": 0.5, "status": "ok"}, ""),
        ({"rate": None, "status": "suppressed"}, "Not shown: fewer than 8 patients in a group"),
        ({"rate": None, "status": "too_few"}, "Too few followed up: bounds only"),
        ({"rate": None, "status": "no_data", "missing": None}, "No data received"),
        ({"rate": None, "status": "no_data", "missing": 40}, "No data received: nobody due has an outcome"),
        ({"rate": None, "status": "not_due", "due_from": date(2027, 2, 1)}, "Not due until Feb 2027"),
    ],
)
def test_a_state_is_worded_never_blank_never_zero(row: Row, expected: str) -> None:
    assert clinic.state(row) == expected


# ---- changes and runs --------------------------------------------------------------------------------------


def test_a_change_shows_both_sides_and_its_cause(marts: Marts, stands: Release) -> None:
    text = words(changes.page(marts, stands))
    assert "60% (55% to 65%)" in text
    assert "70% (65% to 74%)" in text
    assert "file replaced" in text
    assert "was not there" in text


def test_a_first_release_says_that_there_is_nothing_to_compare_with(marts: Marts, stands: Release) -> None:
    first = replace(marts, changes=marts.changes.clear())
    assert changes.NOTHING in words(changes.page(first, stands))


def test_private_tables_are_named_and_never_counted(marts: Marts, stands: Release) -> None:
    text = words(runs.page(marts, stands))
    assert re.search(r"readings 1 each file exports contract private", text)
    assert re.search(rf"observed_rates 3 all together counts – {marts.observed_rates.height} ", text)


# ---- downloads ---------------------------------------------------------------------------------------------


def test_every_public_table_can_be_taken_with_every_row_and_column(marts: Marts, stands: Release) -> None:
    held = downloads.pages(marts, stands)[0].files
    with zipfile.ZipFile(io.BytesIO(held["downloads/all.zip"])) as archive:
        assert set(archive.namelist()) == {f"{name}.csv" for name in PUBLIC_TABLES} | {"tables.json", "readme.md"}
        for name, table in PUBLIC_TABLES.items():
            body = archive.read(f"{name}.csv")
            assert body.startswith(b"\xef\xbb\xbf")
            read_back = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
            assert read_back[0] == list(table.columns())
            assert len(read_back) - 1 == getattr(marts, name).height
            assert (f"downloads/{name}.csv" in held) == (len(body) <= LARGEST_ALONE)
        dictionary = json.loads(archive.read("tables.json"))
    assert [each["name"] for each in dictionary["tables"]["deliveries"]["columns"]] == list(
        PUBLIC_TABLES["deliveries"].columns()
    )


@pytest.mark.parametrize("sources", [1, 3, packed_blocks.SOURCES_A_BLOCK])
def test_however_many_clinics_are_packed_together_the_archive_holds_every_table_whole(
    marts: Marts, stands: Release, sources: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed_blocks, "SOURCES_A_BLOCK", sources)
    taken, held = tables_to_take.take(marts, stands)
    with zipfile.ZipFile(io.BytesIO(held["downloads/all.zip"])) as archive:
        assert archive.testzip() is None
        for one in taken:
            plain = tables_to_take._csv(PUBLIC_TABLES[one.name], getattr(marts, one.name), first=True)
            assert archive.read(f"{one.name}.csv") == plain
            assert archive.getinfo(f"{one.name}.csv").file_size == one.size == len(plain)


def test_the_archive_is_the_same_for_the_same_release(marts: Marts, stands: Release) -> None:
    one, other = (downloads.pages(marts, stands)[0].files for _ in range(2))
    assert one == other


def test_text_that_a_spreadsheet_would_run_is_guarded_and_numbers_are_not(tmp_path: Path) -> None:
    poisoned = read(made_up_release.write(tmp_path / "marts.duckdb", hostile.tables()))
    held = downloads.pages(poisoned, release(poisoned, "made-up"))[0].files
    with zipfile.ZipFile(io.BytesIO(held["downloads/all.zip"])) as archive:
        for name, table in PUBLIC_TABLES.items():
            text = io.StringIO(archive.read(f"{name}.csv").decode("utf-8-sig"), newline="")
            kept = [name_ for name_, column in table.columns().items() if column.kind == "text"]
            risky = [cell for row in csv.DictReader(text) for cell in map(row.get, kept) if RUN.match(cell or "")]
            assert risky == []
    assert re.search(rb",-0?\.\d", archive_of(held, "comparisons.csv"))  # a number below zero stays a number


def archive_of(held: Any, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(held["downloads/all.zip"])) as archive:
        return archive.read(name)


# ---- navigation and kinds ----------------------------------------------------------------------------------


def test_every_page_answers_one_question_that_no_other_answers() -> None:
    asked = [place.question for _, places in navigation.GROUPS for place in places]
    assert len(set(asked)) == len(asked)
    assert all(question.endswith("?") for question in [*asked, *(each for _, each in navigation.FOLDERS.values())])


@pytest.mark.parametrize(
    ("path", "listed", "group"),
    [
        ("index.html", "index.html", "Results"), ("clinics/riverside.html", "clinics.html", "Results"),
        ("evidence/gerac-2007.html", "evidence.html", "Evidence"), ("tables/trends.html", "downloads.html", "About"),
    ],
)  # fmt: skip
def test_a_page_of_many_stands_under_its_list(path: str, listed: str, group: str) -> None:
    assert (navigation.listing(path), navigation.group(path)) == (listed, group)


def test_every_check_and_every_reason_has_a_kind(marts: Marts) -> None:
    assert set(REASON_CATEGORIES) == set(REASON_IDS)
    root = Path(__file__).parents[2]
    assert not [kind.judged_in for kind in CHECK_KINDS.values() if not (root / kind.judged_in).is_file()]


def test_the_quality_matrix_counts_no_check_that_did_not_apply_as_passed(marts: Marts, stands: Release) -> None:
    text = words(quality.page(marts, stands))
    assert "Completeness: Is everything there? 1 1 0 0 0 1 of 2 passed no check of this kind" in text
