"""Values planted in every cell of every kind of faulty file, looked for in everything that a run writes or says."""

from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from orchestration import cli
from orchestration.settings import Home
from orchestration.warehouse import connect
from tests.end_to_end.sample_home import KEY, keyed
from tests.orchestration.one_clinic import bytes_below, disguises
from tests.orchestration.small_network import ALDER, alder_lines, write_small_network

CANARY = "QX-CANARY-7719"
#: What a file is called may name a patient too; it is kept privately, and never released or said.
NAME = "scores of Ms ZW-NAMED-3308.csv"
#: One good line, and lines that are faulty in each of their cells or as a whole.
PLANTED = [
    f"{CANARY},2025-01-10,2025-01-08,pain,70",
    f"{CANARY}-2,2025-01-10,2025-01-08,pain,700",
    f"A-901,{CANARY},2025-01-08,pain,70",
    f"A-902,2025-01-10,{CANARY},pain,70",
    f"A-903,2025-01-10,2025-01-08,{CANARY},70",
    f"A-904,2025-01-10,2025-01-08,pain,{CANARY}",
    f"A-905,2025-01-10,2025-01-08,pain,70,{CANARY}",
    f'"{CANARY},2025-01-10,2025-01-08,pain,70',
    CANARY,
]
#: Whole files that are refused, each by another clinic.
REFUSED = {
    "dogwood": f"code,start,date,measure,value,remarks\nA-1,2025-01-10,2025-01-08,pain,70,{CANARY}\n".encode(),
    "elder": f"code,start,date,measure\n{CANARY},2025-01-10,2025-01-08,pain\n".encode(),
    "hazel": f"{CANARY},2025-01-10,2025-01-08,pain,70\n".encode() * 3,
    "juniper": f"code,start,date,measure,value\n{CANARY},2025-01-10,2025-01-08,pain,70\n".encode("utf-16-le"),
    "larch": f'"code,start,date,measure,value\n{CANARY},2025-01-10,2025-01-08,pain,70\n'.encode(),
}


@dataclass(frozen=True)
class Ran:
    """A home after two runs, with their exit codes and all that they said."""

    home: Home
    codes: tuple[int, int]
    said: str


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    place = tmp_path_factory.mktemp("leaks")
    home = Home.at(place / "home")
    write_small_network(home.root)
    planted = alder_lines() + "".join(f"{line}\n" for line in PLANTED)
    (home.landing / "alder" / "alder-2026-10.csv").write_text(planted, "utf-8")
    for clinic, content in REFUSED.items():
        (home.contracts / f"{clinic}.toml").write_text(ALDER.replace("alder", clinic), "utf-8")
        (home.landing / clinic).mkdir()
        (home.landing / clinic / "file.csv").write_bytes(content)
    (home.landing / "unknown").mkdir()
    (home.landing / "unknown" / NAME).write_text(f"code\n{CANARY}\n", "utf-8")
    with keyed(place / "key", KEY), redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
        codes = run(home), run(home, "--force", "--json")
    return Ran(home, codes, out.getvalue() + err.getvalue())


def run(home: Home, *arguments: str) -> int:
    """The exit code of the command line."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["verum", "run", "--home", str(home.root), *arguments])
        with pytest.raises(SystemExit) as left:
            cli.main()
    assert isinstance(left.value.code, int)
    return left.value.code


def rows_of(place: Path) -> str:
    """Every row of every table and view of a database, as text: a file's bytes may be compressed."""
    connection = connect(place, read_only=True)
    try:
        names = connection.execute(
            "SELECT table_name FROM duckdb_tables() UNION SELECT view_name FROM duckdb_views() WHERE NOT internal"
        ).fetchall()
        assert len(names) > 2
        return "\n".join(repr(connection.execute(f'SELECT * FROM "{name}"').fetchall()) for (name,) in names)
    finally:
        connection.close()


def test_a_run_over_faulty_files_writes_and_says_no_value(ran: Ran) -> None:
    assert ran.codes == (cli.SOME_REFUSED, cli.NOTHING_NEW)
    assert "Refused: dogwood" in ran.said
    written = bytes_below(ran.home.root, without=("vault", "landing"))
    for form in disguises(CANARY):
        assert form not in ran.said.encode()
        assert [name for name, content in written.items() if form in content] == []


def test_what_a_file_was_called_is_neither_released_nor_said(ran: Ran) -> None:
    released = b"".join(bytes_below(ran.home.releases).values())
    for form in (NAME, "ZW-NAMED-3308"):
        assert form not in ran.said + rows_of(ran.home.current / "marts.duckdb")
        assert form.encode() not in released


def test_no_table_of_a_release_holds_one(ran: Ran) -> None:
    rows = rows_of(ran.home.current / "marts.duckdb")
    assert not [form for form in disguises(CANARY) if form.decode("latin-1") in rows]


def test_no_private_table_holds_one(ran: Ran) -> None:
    rows = rows_of(ran.home.warehouse)
    assert not [form for form in disguises(CANARY) if form.decode("latin-1") in rows]
    assert NAME in rows


@pytest.mark.parametrize("clinic", [*REFUSED, "unknown"])
def test_every_refused_file_is_told_with_its_rule_and_a_next_step(ran: Ran, clinic: str) -> None:
    connection = connect(ran.home.current / "marts.duckdb", read_only=True)
    told = connection.execute(
        "SELECT state, refusal, explanation FROM deliveries WHERE source = ?", [clinic]
    ).fetchall()
    connection.close()
    ((state, rule, explanation),) = told
    assert (state, bool(rule)) == ("rejected", True)
    assert any(step in explanation for step in ("Send", "Declare", "Export", "Add", "Leave them out", "Rename"))


def test_every_line_that_was_set_aside_is_told_by_its_reason(ran: Ran) -> None:
    connection = connect(ran.home.current / "marts.duckdb", read_only=True)
    told = connection.execute("SELECT reason FROM rejections WHERE source = 'alder' ORDER BY 1").fetchall()
    connection.close()
    assert [reason for (reason,) in told] == [
        "damaged_record", "date_unreadable", "instrument_unknown", "score_out_of_range", "score_unreadable",
        "start_unreadable", "wrong_width",
    ]  # fmt: skip


def test_the_canary_would_have_been_found(ran: Ran) -> None:
    vault = b"".join(bytes_below(ran.home.vault).values())
    assert vault.count(CANARY.encode()) >= len(PLANTED)
