"""Files made to mislead or to exhaust a reader are refused, named for what they are, and cost little (B12 to B15)."""

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from orchestration import landing
from schemas.delivery_contract import DeliveryContract
from tests.faults.hostile import HOSTILE
from tests.orchestration.one_clinic import GOOD, OTHER, a_home, contract, file_of
from tests.transforms.hillside import CANARY, HEADER
from tests.transforms.workbooks import workbook
from transforms.sources import Exports, RefusedDelivery, apart, read_all

ROOT = Path(__file__).resolve().parents[2]
#: What issue and catalogue allow for a file that is refused.
MOST_SECONDS, MOST_MEGABYTES = 10, 500
EXCEL = contract(format="excel", file={"sheet": "Visits"})
FHIR = contract(
    format="fhir", layout="visits", codes=None, columns={"patient": "subject", "date": "effective"},
    measure=[{"instrument": "peg", "column": "loinc|1"}],
)  # fmt: skip


def outcome(folder: Path, content: bytes, agreed: DeliveryContract) -> Exports | RefusedDelivery:
    path, scratch = folder / "file", folder / "scratch"
    path.write_bytes(content)
    scratch.mkdir(exist_ok=True)
    return read_all([(path, agreed, scratch)])[0]


def refusal(folder: Path, content: bytes, agreed: DeliveryContract) -> tuple[str, str]:
    found = outcome(folder, content, agreed)
    assert isinstance(found, RefusedDelivery)
    return found.rule, found.explanation


def archive(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr(name, content)
    return packed.getvalue()


@pytest.fixture
def small_reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A reader apart that is started with the limits that a test sets."""
    for reader in apart._readers:
        reader.close()
    yield monkeypatch
    for reader in apart._readers:
        reader.close()


# ---- B12: links, and what is no file ----------------------------------------------------------------------


def test_b_12_links_pipes_devices_and_folders_are_no_deliveries_and_are_not_followed(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    outside, folder = tmp_path / "secret.csv", home.landing / "hillside"
    folder.mkdir()
    outside.write_text(file_of(f"{CANARY},2025-01-15,2025-01-15,pain,7"), "utf-8")
    (folder / "symbolic.csv").symlink_to(outside)
    (folder / "device.csv").symlink_to("/dev/zero")
    os.link(outside, folder / "hard.csv")
    os.mkfifo(folder / "pipe.csv")
    (folder / "folder.csv").mkdir()
    (folder / "sound.csv").write_text(file_of(GOOD), "utf-8")
    received = landing.receive(home)
    assert [one.name for one in received] == ["sound.csv"]
    assert [path.stat().st_size for path in home.vault.iterdir()] == [len(file_of(GOOD))]


@pytest.mark.parametrize("name", ["..csv", "a;rm -rf.csv", "$(id).csv", "-rf.csv", "x" * 251 + ".csv", "a\nb.csv"])
def test_b_12_the_name_of_a_file_is_never_a_path_of_ours(tmp_path: Path, name: str) -> None:
    home = a_home(tmp_path)
    (home.landing / "hillside").mkdir()
    (home.landing / "hillside" / name).write_text(file_of(GOOD), "utf-8")
    landing.receive(home)
    assert all(len(path.name) == 64 for path in home.vault.iterdir())


# ---- B13: archives, and XML that swells -------------------------------------------------------------------


def test_b_13_an_archive_is_no_delimited_text_whatever_it_holds(tmp_path: Path) -> None:
    inner = archive("file.csv", file_of(GOOD).encode())
    for packed in (inner, archive("inner.zip", inner), inner[:40]):
        rule, explanation = refusal(tmp_path, packed, contract())
        assert (rule, "a zip archive" in explanation) == ("wrong_kind", True)


def test_b_13_a_workbook_that_unpacks_to_gigabytes_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = workbook(GOOD.split(","), more={"xl/bomb.xml": b" " * (257 * 2**20)})
    assert len(bomb) < 2**20
    assert refusal(tmp_path, bomb, EXCEL)[0] == "too_large"


def test_b_13_xml_that_swells_within_its_limits_takes_the_reader_down_and_not_us(
    tmp_path: Path, small_reader: pytest.MonkeyPatch
) -> None:
    small_reader.setattr(apart, "MOST_SECONDS", 1)
    shared = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">' + b"<si/>" * 4_000_000
    swollen = workbook(GOOD.split(","), more={"xl/sharedStrings.xml": shared + b"</sst>"})
    rule, explanation = refusal(tmp_path, swollen, EXCEL)
    assert rule == "could_not_read"
    assert "1 seconds of computing" in explanation


@pytest.mark.parametrize(
    "declared", ['<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>', '<!DOCTYPE x SYSTEM "file:///etc/passwd">']
)
def test_b_13_entities_of_xml_are_never_unfolded(tmp_path: Path, declared: str) -> None:
    bomb = workbook(GOOD.split(","), more={"xl/comments.xml": f"{declared}<x>&b;</x>".encode()})
    rule, explanation = refusal(tmp_path, bomb, EXCEL)
    assert (rule, "XML entities" in explanation) == ("not_workbook", True)


def test_b_13_json_that_swells_takes_the_reader_down_and_not_us(
    tmp_path: Path, small_reader: pytest.MonkeyPatch
) -> None:
    small_reader.setattr(apart, "MOST_MEMORY", 256 * 2**20)
    swollen = b'{"resourceType": "Bundle", "entry": [' + b"[]," * 8_000_000 + b"[]]}"
    rule, explanation = refusal(tmp_path, swollen, FHIR)
    assert rule == "could_not_read"
    assert "256 MB" in explanation


def test_b_13_a_reader_that_writes_too_much_is_stopped_and_the_next_file_has_a_new_one(
    tmp_path: Path, small_reader: pytest.MonkeyPatch
) -> None:
    small_reader.setattr(apart, "MOST_WRITTEN", 2**20)
    names = HEADER.split(",")
    cells = [pl.lit(cell).alias(name) for name, cell in zip(names, GOOD.split(","), strict=True)]
    swollen = io.BytesIO()
    many = pl.select(pl.int_range(200_000).alias("at")).with_columns(*cells[:-1], pl.lit("7" * 60).alias("value"))
    many.select(names).write_parquet(swollen)
    assert len(swollen.getvalue()) < 2**20
    assert refusal(tmp_path, swollen.getvalue(), contract(format="parquet"))[0] == "could_not_read"
    small_reader.undo()
    sound = io.BytesIO()
    pl.DataFrame([GOOD.split(",")], schema=names, orient="row").write_parquet(sound)
    found = outcome(tmp_path, sound.getvalue(), contract(format="parquet"))
    assert isinstance(found, Exports)
    assert found.records.collect().height == 1


def test_b_13_a_reader_that_computes_too_long_is_stopped(tmp_path: Path, small_reader: pytest.MonkeyPatch) -> None:
    small_reader.setattr(apart, "MOST_SECONDS", 0)
    rows = [GOOD.split(",")] * 60_000
    rule, explanation = refusal(tmp_path, workbook(*rows), EXCEL)
    assert rule == "could_not_read"
    assert "0 seconds of computing" in explanation


def test_one_reader_apart_reads_many_files(tmp_path: Path) -> None:
    asked = []
    for at, line in enumerate((GOOD, OTHER, GOOD)):
        path, scratch = tmp_path / f"{at}.parquet", tmp_path / f"scratch-{at}"
        scratch.mkdir()
        pl.DataFrame([line.split(",")], schema=HEADER.split(","), orient="row").write_parquet(path)
        asked.append((path, contract(format="parquet"), scratch))
    read_all(asked[:1])
    first = apart._reader().process.pid
    found = [one.records.collect()["patient"].item() for one in read_all(asked) if isinstance(one, Exports)]
    assert found == ["A1", "B2", "A1"]
    assert apart._reader().process.pid == first


# ---- B14: another kind of file ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"<!DOCTYPE html>\n<html><body>502 Bad Gateway</body></html>\n", "a web page"),
        (b"\xef\xbb\xbf  <HTML><head></head></HTML>", "a web page"),
        (b"%PDF-1.7\n1 0 obj\n", "a PDF document"),
        (b'{"patients": [{"code": "A1"}]}\n', "a JSON document"),
        (b'[\n  {"code": "A1"}\n]\n', "a JSON document"),
        (b'<?xml version="1.0"?><patients/>', "an XML document"),
        (b"\x1f\x8b\x08\x00abc", "a gzip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "an old Office document"),
        (b"PAR1rest", "a Parquet file"),
        (b"SQLite format 3\x00", "an SQLite database"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"\0" * 257 + b"ustar", "a tar archive"),
        (b"\x7fELF\x02", "a program"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("agreed", [contract(), contract(format="redcap"), EXCEL, contract(format="parquet"), FHIR])
def test_b_14_another_kind_of_file_is_named_whatever_it_is_called(
    tmp_path: Path, content: bytes, kind: str, agreed: DeliveryContract
) -> None:
    if (agreed.format, kind) in (
        ("excel", "an old Office document"),
        ("parquet", "a Parquet file"),
        ("fhir", "a JSON document"),
    ):
        assert refusal(tmp_path, content, agreed)[0] in ("not_workbook", "not_parquet", "not_fhir")
        return
    rule, explanation = refusal(tmp_path, content, agreed)
    assert rule == "wrong_kind"
    assert explanation.startswith(f"The file is {kind}")


@pytest.mark.parametrize("content", ["", "   \n", f"{HEADER}\n"], ids=["nothing", "blanks", "a header alone"])
def test_b_14_a_file_with_nothing_in_it_is_refused_or_has_no_record(tmp_path: Path, content: str) -> None:
    found = outcome(tmp_path, content.encode(), contract())
    rules = {"": "empty", "   \n": "missing_column"}
    assert (found.rule if isinstance(found, RefusedDelivery) else found.lines) == rules.get(content, 1)


@pytest.mark.parametrize("line", ["{A1},2025-01-15,2025-01-15,pain,7", "[A1],2025-01-15,2025-01-15,pain,7", "<b>,,,,"])
def test_text_that_only_begins_like_another_kind_is_text(tmp_path: Path, line: str) -> None:
    assert isinstance(outcome(tmp_path, file_of(line).encode(), contract()), Exports)


# ---- B15: too much of everything --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def costs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, float]]:
    """What each hostile file cost a process of its own."""
    said = subprocess.run(
        [sys.executable, "-m", "tests.faults.hostile", str(tmp_path_factory.mktemp("hostile"))],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = [json.loads(line) for line in said.stdout.splitlines()]
    return {one["name"]: one for one in found}


@pytest.mark.parametrize("name", HOSTILE)
def test_b_15_a_file_that_is_too_much_is_refused_for_little(costs: dict[str, dict[str, float]], name: str) -> None:
    one = costs[name]
    assert one["rule"] in ("too_large", "encoding", "not_as_declared")
    assert one["seconds"] < MOST_SECONDS
    assert one["megabytes"] < MOST_MEGABYTES
