"""A patient who takes no part any more: kept and counted nowhere from the next run on, and told nowhere by name."""

import io
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from orchestration import cli, dry_run, landing, ledger, patient_desk, pipeline, withdrawals
from orchestration.exit_codes import CONFIGURATION, DONE, SOME_REFUSED
from orchestration.fates import read_active
from orchestration.reading import Reader
from orchestration.settings import ConfigurationError, Home
from orchestration.warehouse import Warehouse, connect
from schemas.contract import faults
from schemas.delivery_contract import DeliveryContract
from schemas.readings import BIT, Readings
from tests.end_to_end.sample_home import KEY, keyed
from tests.orchestration import one_clinic
from tests.orchestration.lives import became, drop, lines_of
from tests.orchestration.one_clinic import VOCABULARY, a_home, bytes_below, contract, disguises
from tests.orchestration.small_network import write_small_network
from tests.orchestration.terminal import verum
from transforms import pseudonyms

BY, WHY = "A. Steward", "letter of 3 November"
ALDER = ("--by", BY, "--why", WHY)


def code_of(code: str, source: str, key: bytes = one_clinic.KEY) -> int:
    return int(pseudonyms.keyed(pl.Series([code]), source=source, key=key).item())


def readings(home: Home, agreed: DeliveryContract | None = None) -> pl.DataFrame:
    """The rows on which the clinic's numbers rest now."""
    agreed = agreed or contract()
    active, _ = read_active(Reader(home, VOCABULARY, one_clinic.KEY), {"hillside": agreed}, ledger.namings(home))
    folders = [home.readings / one.source / one.folder for one in active["hillside"]]
    rows = pl.concat([pl.read_parquet(folder / "readings.parquet") for folder in folders])
    assert faults(Readings, rows) == []
    return rows


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = a_home(tmp_path)
    drop(made, lines_of(range(40)))
    landing.receive(made)
    return made


# ---- reading -----------------------------------------------------------------------------------------------


def test_of_a_withdrawn_patient_no_row_is_kept_and_the_lines_still_add_up(home: Home) -> None:
    gone = code_of("P7", "hillside")
    before = became(home)[0]
    assert gone in readings(home)["patient"]
    withdrawals.enter(home, "hillside", [gone], "withdraw", by=BY, why=WHY)
    (after,) = became(home)
    assert (after["accepted"], after["quarantined"]) == (before["accepted"] - 1, before["quarantined"] + 1)
    assert (after["reasons"], after["balanced"], after["lines"]) == ({"withdrawn": 1}, True, before["lines"])
    assert gone not in readings(home)["patient"]
    assert readings(home).height == 39


def test_whatever_is_wrong_with_a_withdrawn_patients_lines_is_said_no_more(home: Home) -> None:
    faulty = "\n".join([lines_of(range(40)), "P3,2025-01-06,soon,pain,4", "P3,2025-01-06,2025-01-08,pain,70", ""])
    drop(home, faulty, "faulty.csv")
    landing.receive(home)
    assert "score_out_of_range" in became(home)[1]["reasons"]
    withdrawals.enter(home, "hillside", [code_of("P3", "hillside")], "withdraw", by=BY, why=WHY)
    assert became(home)[1]["reasons"] == {"withdrawn": 3}


def test_the_same_code_at_another_clinic_is_another_patient(home: Home) -> None:
    withdrawals.enter(home, "valley", [code_of("P7", "valley"), code_of("P7", "hillside")], "withdraw", by=BY, why=WHY)
    assert became(home)[0]["reasons"] == {}


def test_clinics_that_are_read_together_lose_their_own_patients_only(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    contracts = {name: contract(clinic=name) for name in ("hillside", "valley")}
    for name in contracts:
        drop(home, lines_of(range(40)), source=name)
    landing.receive(home)
    withdrawals.enter(home, "valley", [code_of("P7", "valley")], "withdraw", by=BY, why=WHY)
    _, fates = read_active(Reader(home, VOCABULARY, one_clinic.KEY), contracts, ledger.namings(home))
    assert {one["source"]: one["reasons"] for one in fates} == {"hillside": {}, "valley": {"withdrawn": 1}}


def test_the_last_word_on_a_patient_counts(home: Home) -> None:
    before, gone = readings(home), code_of("P7", "hillside")
    withdrawals.enter(home, "hillside", [gone], "withdraw", by=BY, why=WHY)
    withdrawals.enter(home, "hillside", [gone], "restore", by=BY, why="a mistake")
    assert withdrawals.withdrawn(home) == {}
    assert readings(home).equals(before)


def test_what_the_contract_leaves_out_is_no_more_set_aside_than_before(home: Home) -> None:
    agreed = contract(include={"column": "measure", "equals": "cpg"})
    assert became(home, agreed)[0]["left_out"] == 40
    withdrawals.enter(home, "hillside", [code_of("P7", "hillside")], "withdraw", by=BY, why=WHY)
    assert (became(home, agreed)[0]["left_out"], became(home, agreed)[0]["reasons"]) == (40, {})


# ---- a whole run ---------------------------------------------------------------------------------------------


@pytest.fixture
def network(tmp_path: Path) -> Home:
    write_small_network(tmp_path / "home")
    home = Home(tmp_path / "home")
    with keyed(tmp_path / "key", KEY):
        pipeline.run(home)
    return home


def counted(home: Home) -> pl.DataFrame:
    with Warehouse.reading(home) as warehouse:
        whole = warehouse.counts().filter(source="alder", period_kind="all", population="everyone")
    return whole.filter(definition="gerac-response").select("responders", "started")


def public(home: Home, query: str) -> list[tuple[Any, ...]]:
    marts = connect(home.current / "marts.duckdb", read_only=True)
    try:
        return marts.execute(query).fetchall()
    finally:
        marts.close()


def test_a_withdrawn_patient_is_nowhere_but_in_the_bytes_that_came(
    network: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    at = ("--home", str(network.root))
    before = counted(network)
    with keyed(tmp_path / "key", KEY):
        gone = code_of("A-3", "alder", KEY).to_bytes(8, "little")
        assert any(gone in held for held in bytes_below(network.root).values()), "readings hold the hash"
        assert verum("patient", "withdraw", "alder", *ALDER, *at, codes=" a-3 \n\nA-5\n") == DONE
        assert "withdraw of 2 patient(s), entered for the next run" in capsys.readouterr().out
        assert verum("run", *at) == SOME_REFUSED, "cedar has no contract"
    after = counted(network)
    assert before.rows() == [(24, 48)]
    assert after.rows() == [(22, 46)]
    kept = bytes_below(network.root, without=("vault", "landing"))
    assert [name for name, held in kept.items() if gone in held] == []
    for form in disguises("A-3,2025"):
        assert [name for name, held in kept.items() if form in held] == []
    assert BY.encode() in kept["decisions.jsonl"]
    assert [name for name, held in kept.items() if BY.encode() in held or WHY.encode() in held] == ["decisions.jsonl"]
    sentence = "SELECT sentence FROM rejections WHERE source = 'alder' AND reason = 'withdrawn'"
    assert public(network, sentence) == [
        ("The patient takes no part any more: there is nothing to do, the record counts nowhere.",)
    ]


def test_the_receipt_says_which_lines_and_the_list_how_many_patients(
    network: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    at = ("--home", str(network.root))
    delivery = next(one for one in ledger.received(network) if one.source == "alder")
    with keyed(tmp_path / "key", KEY):
        assert verum("patient", "list", *at) == DONE
        assert capsys.readouterr().out == "Nobody was withdrawn.\n"
        assert verum("patient", "withdraw", "alder", *ALDER, "--json", *at, codes="A-3\nA-3\n") == DONE
        assert json.loads(capsys.readouterr().out) == {"source": "alder", "decision": "withdraw", "patients": 1}
        assert verum("run", *at) == SOME_REFUSED
        capsys.readouterr()
        assert verum("receipt", delivery.id, "--json", *at) == DONE
        told = json.loads(capsys.readouterr().out)
        assert verum("patient", "list", *at) == DONE
    assert told["adds_up"] is True
    assert told["set_aside_by_reason"]["withdrawn"] == 4
    lines = [row["line"] for row in told["rows"] if row["reason"] == "withdrawn"]
    text = (network.vault / delivery.sha256).read_text("utf-8").splitlines()
    assert [text[line - 1].split(",")[0] for line in lines] == ["A-3"] * 4
    assert capsys.readouterr().out.split()[-3:] == ["1", withdrawals.log(network)[0].at[:10], "alder"]


@pytest.mark.parametrize(
    ("clinic", "decision", "codes", "told"),
    [
        ("alder", "withdraw", "A-3\nA-999\n", "found code 2 of 2 to be nobody's; expected codes of patients in files"),
        ("alder", "withdraw", "\n", "found no code; expected codes of patients in files that were read"),
        (
            "alder",
            "restore",
            "A-3\n",
            "code 1 of 1 to be nobody's; expected codes of patients who were withdrawn",
        ),
        ("birch", "withdraw", "B-1\nNA\n", "found code 2 of 2 to be none; expected codes of the shape"),
        ("adler", "withdraw", "A-3\n", "clinic: found 'adler'; expected one that has a contract: alder, birch"),
    ],
)
def test_a_code_of_nobody_is_refused_by_its_place_and_nothing_is_entered(
    network: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    clinic: str, decision: str, codes: str, told: str,
) -> None:  # fmt: skip
    at = ("--home", str(network.root))
    with keyed(tmp_path / "key", KEY):
        assert verum("patient", decision, clinic, *ALDER, *at, codes=codes) == CONFIGURATION
    said = capsys.readouterr().err
    assert told in said
    assert "A-" not in said
    assert not network.decisions.exists()


def test_rows_of_a_clinic_whose_contract_is_gone_are_not_kept_beside_those_of_others(
    network: Home, tmp_path: Path
) -> None:
    hashed = code_of("A-3", "alder", KEY).to_bytes(8, "little")
    (network.contracts / "alder.toml").unlink()
    with keyed(tmp_path / "key", KEY):
        assert verum("run", "--home", str(network.root)) == SOME_REFUSED
    kept = bytes_below(network.root, without=("vault", "landing"))
    assert [name for name, held in kept.items() if hashed in held] == []


def test_another_key_brings_nobody_back(network: Home, tmp_path: Path) -> None:
    at = ("--home", str(network.root))
    with keyed(tmp_path / "key", KEY):
        assert verum("patient", "withdraw", "alder", *ALDER, *at, codes="A-3\n") == DONE
    (network.root / "key-fingerprint").unlink()
    with keyed(tmp_path / "other", bytes(range(32))):
        assert verum("run", *at) == CONFIGURATION


def test_lines_of_withdrawn_patients_are_no_fault_of_the_file(home: Home) -> None:
    faulty = [f"P{at},2025-01-06,2025-01-08,pain,x" for at in range(100, 102)]
    drop(home, "\n".join([lines_of(range(40)), *faulty, ""]), "faulty.csv")
    landing.receive(home)
    assert became(home)[1]["state"] == "partly"
    gone = [code_of(f"P{at}", "hillside") for at in range(35)]
    withdrawals.enter(home, "hillside", gone, "withdraw", by=BY, why=WHY)
    after = became(home)[1]
    assert (after["state"], after["reasons"]) == ("partly", {"score_unreadable": 2, "withdrawn": 35})


@pytest.mark.parametrize("stdin", [io.TextIOWrapper(io.BytesIO(b"A-\xe9\n"), "utf-8"), None], ids=["latin", "closed"])
def test_codes_that_are_no_text_are_told_so(
    network: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stdin: io.TextIOWrapper | None
) -> None:
    monkeypatch.setattr("sys.argv", ["verum", "patient", "withdraw", "alder", *ALDER, "--home", str(network.root)])
    monkeypatch.setattr("sys.stdin", stdin)
    with keyed(tmp_path / "key", KEY), pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == CONFIGURATION


def test_nobody_is_withdrawn_without_a_name_and_a_reason(network: Home, tmp_path: Path) -> None:
    with keyed(tmp_path / "key", KEY), pytest.raises(ConfigurationError, match="--why: found nothing"):
        patient_desk.decide(network, "alder", ["A-3"], "withdraw", by=BY, why=" ")


def test_the_reason_is_the_last_so_that_what_was_read_before_means_the_same() -> None:
    assert BIT["withdrawn"] == max(BIT.values())


def test_a_dry_run_sets_lines_of_withdrawn_patients_aside_as_a_run_would(
    network: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = next((network.landing / "alder").iterdir())
    asked = ("check", str(file), "--contract", "alder", "--home", str(network.root), "--json")
    with keyed(tmp_path / "key", KEY):
        assert verum("patient", "withdraw", "alder", *ALDER, "--home", str(network.root), codes="A-3\nA-5\n") == DONE
        capsys.readouterr()
        before = bytes_below(network.root)
        assert verum(*asked) == SOME_REFUSED
        checked = json.loads(capsys.readouterr().out)
        assert bytes_below(network.root) == before
        pipeline.run(network)
    ((accepted, aside),) = ledger_of(network, "SELECT accepted, quarantined FROM ledger WHERE source = 'alder'")
    assert (checked["lines"]["accepted"], checked["lines"]["quarantined"]) == (accepted, aside)
    assert {one["reason"]: one["lines"] for one in checked["set_aside"]}["withdrawn"] == 8
    assert checked["withdrawals"] == ""


@pytest.mark.parametrize("gone", ["key", "fingerprint"])
def test_a_dry_run_without_the_key_says_that_it_cannot_know_them_and_makes_none(
    network: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str], gone: str
) -> None:
    file = next((network.landing / "alder").iterdir())
    with keyed(tmp_path / "key", KEY):
        assert verum("patient", "withdraw", "alder", *ALDER, "--home", str(network.root), codes="A-3\n") == DONE
        (tmp_path / "key" if gone == "key" else network.key_fingerprint).unlink()
        capsys.readouterr()
        verum("check", str(file), "--contract", "alder", "--home", str(network.root))
        said = capsys.readouterr().out
        assert ((tmp_path / "key").exists(), network.key_fingerprint.exists()) == (gone != "key", gone == "key")
    assert dry_run.NOT_KNOWN in said
    assert "withdrawn" not in said.replace(dry_run.NOT_KNOWN, "")


def ledger_of(home: Home, query: str) -> list[tuple[Any, ...]]:
    with Warehouse.reading(home) as warehouse:
        return warehouse.connection.execute(query).fetchall()
