"""Two open trials, recomputed by the ordinary pipeline from their raw files, give what was published."""

import json
from pathlib import Path

import pytest

from orchestration import registry, replication
from orchestration.replication import DataDiffers
from schemas.delivery_contract import ContractError

SHARED = Path(__file__).parents[3] / "shared" / "data"
FILES = {
    "vickers-2004": SHARED / "vickers-2004" / "raw_data.csv",
    "prt-2022": SHARED / "prt-2022" / "Ashar2022_outcomes_demographics.csv",
}


def data_of(study: str) -> Path:
    if not FILES[study].is_file():
        pytest.skip(f"the open data of {study} are not beside this repository (../shared/data)")
    return FILES[study]


def counted(study: str) -> dict[tuple[str, str], tuple[int, int]]:
    found = replication.replicate(study, data_of(study))
    assert found.agrees
    return {(line.arm, line.analysis_set): line.ours for line in found.lines}


def test_vickers_2004_gives_87_of_161_and_45_of_140_followed_up() -> None:
    ours = counted("vickers-2004")

    assert ours["acupuncture", "completers"] == (87, 161)
    assert ours["usual-care", "completers"] == (45, 140)


def test_vickers_2004_gives_87_of_205_and_45_of_196_with_missing_as_non_response() -> None:
    ours = counted("vickers-2004")

    assert ours["acupuncture", "missing as non-response"] == (87, 205)
    assert ours["usual-care", "missing as non-response"] == (45, 196)


def test_zero_headache_days_of_patients_without_follow_up_are_not_read_as_zero(tmp_path: Path) -> None:
    path = data_of("vickers-2004")
    rows = [line.split(",") for line in path.read_text("utf-8").splitlines()]
    score, days = rows[0].index("pk5"), rows[0].index("f5")
    coded_zero = sum(row[days] == "0" and row[score] == "" for row in rows[1:])

    recipe = replication._recipe("vickers-2004")  # the contract as it is shipped
    words = replication.vocabulary.load()
    contract = replication.contract_from(recipe["contract"], words, where="vickers-2004")
    home = replication.Home(tmp_path / "home")
    _, counts = replication._counted(home, contract, words, path)
    readings = replication.pl.concat(
        [replication.pl.read_parquet(found) for found in home.readings.rglob("readings.parquet")]
    )
    place = sorted(words.instruments).index("headache-days")
    at_a_year = readings.filter(instrument=place, nominal_day=365)

    assert coded_zero == 100
    assert at_a_year["score"].null_count() == 100
    assert counts.height > 0


def test_prt_2022_gives_33_of_50_10_of_51_and_5_of_50_with_missing_rows_as_non_response() -> None:
    ours = counted("prt-2022")

    assert ours["pain-reprocessing-therapy", "missing as non-response"] == (33, 50)
    assert ours["placebo", "missing as non-response"] == (10, 51)
    assert ours["usual-care", "missing as non-response"] == (5, 50)


def test_healthy_controls_are_left_out_and_counted() -> None:
    found = replication.replicate("prt-2022", data_of("prt-2022"))

    assert found.reading.left_out == 55  # 54 healthy controls, one patient who was never randomised
    assert found.reading.quarantined == 0
    assert found.reading.balanced


def test_completer_rates_of_prt_2022_are_shown_and_labelled_as_such() -> None:
    said = replication.as_text(replication.replicate("prt-2022", data_of("prt-2022")))

    rates = [line.split() for line in said.splitlines() if " completers " in line]
    assert [row[-2] for row in rates] == ["75.0%", "22.7%", "10.6%"]
    assert "is not what the paper reports" in said


def test_another_file_than_the_one_described_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "raw_data.csv"
    other.write_text("id,pk1\n1,2\n", "utf-8")

    with pytest.raises(DataDiffers, match=r"raw_data\.csv: its SHA-256 begins [0-9a-f]{12}; expected 7db543207abf"):
        replication.replicate("vickers-2004", other)


def test_a_study_without_a_replication_is_named_with_those_that_have_one(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="haake-2007: no replication of that name; known: prt-2022, vickers-2004"):
        replication.replicate("haake-2007", tmp_path)


def test_the_registry_names_the_figures_that_no_whole_number_of_patients_gives() -> None:
    said = registry.shown("haake-2007", as_json=False)

    assert "No whole number of 387 gives 47.6%" in said
    assert "No whole number of 388 gives 27.4%" in said
    assert "gives 44.2%" not in said


def test_geracs_sham_arm_is_171_of_387() -> None:
    rows = {row["result"]: row for row in json.loads(registry.shown("haake-2007", as_json=True))["rates"]}

    assert (rows["sham-6-months"]["responders"], rows["sham-6-months"]["grim"]) == (171, "attainable")
    assert [rows[name]["printed"] for name in ("verum-6-months", "sham-6-months", "conv-6-months")] == [
        "47.6",
        "44.2",
        "27.4",
    ]
