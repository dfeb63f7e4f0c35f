"""Which deliveries speak for a clinic: corrections take the place of what they correct, as the contract says."""

from pathlib import Path
from typing import Any

import pytest

from orchestration import landing, ledger
from orchestration.fates import read_active
from orchestration.reading import Reader
from orchestration.settings import Home
from schemas.delivery_contract import DeliveryContract
from tests.orchestration.one_clinic import KEY, VOCABULARY, a_home, contract, file_of

JANUARY = file_of("A1,2025-01-06,2025-01-06,pain,7", "A2,2025-01-07,2025-01-30,pain,6")
CORRECTED_JANUARY = file_of("A1,2025-01-06,2025-01-06,pain,8", "A2,2025-01-07,2025-01-29,pain,6")
FEBRUARY = file_of("B1,2025-02-06,2025-02-06,pain,7", "B1,2025-02-06,soon,pain,7")
REFUSED = "code,begun\nC1,2025-03-06\n"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return a_home(tmp_path)


def deliver(home: Home, *contents: str, agreed: DeliveryContract | None) -> dict[str, Any]:
    """The state of each delivery by its place in time, once all have come, one run after the other."""
    (home.landing / "hillside").mkdir(exist_ok=True)
    for at, content in enumerate(contents):
        (home.landing / "hillside" / f"delivery-{at}.csv").write_text(content, "utf-8")
        landing.receive(home)
    contracts = {"hillside": agreed} if agreed else {}
    active, fates = read_active(Reader(home, VOCABULARY, KEY), contracts, ledger.namings(home))
    return {
        "states": [one["state"] for one in fates],
        "active": [one.delivery for one in active.get("hillside", [])],
        "fates": fates,
    }


def states(home: Home, *contents: str, covers: str) -> list[str]:
    states_: list[str] = deliver(home, *contents, agreed=contract(covers=covers))["states"]
    return states_


def test_a_delivery_of_everything_supersedes_all_earlier_ones(home: Home) -> None:
    assert states(home, JANUARY, FEBRUARY, CORRECTED_JANUARY, covers="everything") == [
        "superseded",
        "superseded",
        "accepted",
    ]


def test_a_delivery_of_a_period_supersedes_the_one_of_that_period(home: Home) -> None:
    assert states(home, JANUARY, FEBRUARY, CORRECTED_JANUARY, covers="period") == ["superseded", "partly", "accepted"]


def test_a_late_delivery_for_an_earlier_period_supersedes_none(home: Home) -> None:
    assert states(home, FEBRUARY, JANUARY, covers="period") == ["partly", "accepted"]


def test_additions_supersede_nothing(home: Home) -> None:
    assert states(home, JANUARY, FEBRUARY, covers="additions") == ["accepted", "partly"]


@pytest.mark.parametrize("covers", ["everything", "period", "additions"])
def test_a_refused_delivery_supersedes_nothing(home: Home, covers: str) -> None:
    assert states(home, JANUARY, REFUSED, covers=covers) == ["accepted", "rejected"]


def test_a_delivery_with_lines_set_aside_is_accepted_in_part(home: Home) -> None:
    assert states(home, FEBRUARY, covers="everything") == ["partly"]


def test_the_same_bytes_again_do_not_make_an_old_delivery_speak_again(home: Home) -> None:
    assert states(home, JANUARY, CORRECTED_JANUARY, JANUARY, covers="everything") == ["superseded", "accepted"]


def test_what_speaks_for_a_clinic_is_what_is_not_superseded(home: Home) -> None:
    found = deliver(home, JANUARY, FEBRUARY, CORRECTED_JANUARY, agreed=contract(covers="period"))
    alive = [one["delivery"] for one in found["fates"] if one["state"] in ("accepted", "partly")]
    assert sorted(found["active"]) == sorted(alive)


def test_a_file_from_a_folder_without_a_contract_is_refused_and_says_how_to_register(home: Home) -> None:
    found = deliver(home, JANUARY, agreed=None)
    (fate,) = found["fates"]
    assert (fate["state"], fate["refusal"], fate["lines"]) == ("rejected", "no_contract", 3)
    assert fate["explanation"].endswith("Add contracts/hillside.toml and run again.")
    assert found["active"] == []


def test_every_fate_tells_its_exact_lines_and_that_they_add_up(home: Home) -> None:
    (fate,) = deliver(home, FEBRUARY, agreed=contract())["fates"]
    assert {name: fate[name] for name in ("lines", "header", "accepted", "quarantined", "blank", "balanced")} == {
        "lines": 3, "header": 1, "accepted": 1, "quarantined": 1, "blank": 0, "balanced": True,
    }  # fmt: skip
    assert (fate["contract_version"], fate["format"], fate["covers"]) == (1, "delimited", "everything")


def test_a_clinic_that_sent_nothing_has_no_fate(home: Home) -> None:
    assert deliver(home, agreed=contract()) == {"states": [], "active": [], "fates": []}


@pytest.mark.parametrize("folder", ["Müller Anna 1950", "UPPER", "a_b"])
def test_the_name_of_a_folder_that_no_clinic_may_have_is_not_repeated(home: Home, folder: str) -> None:
    (home.landing / folder).mkdir()
    (home.landing / folder / "x.csv").write_text(JANUARY, "utf-8")
    landing.receive(home)
    _, (fate,) = read_active(Reader(home, VOCABULARY, KEY), {}, ledger.namings(home))
    assert (fate["state"], fate["refusal"], fate["source"]) == (
        "rejected", "no_contract", f"undeclared-{fate['delivery']}",
    )  # fmt: skip
    assert folder not in str(fate)
    assert "Rename the folder" in fate["explanation"]


def test_the_same_bytes_for_two_clinics_count_twice_and_both_say_so(home: Home) -> None:
    contracts = {name: contract(clinic=name) for name in ("hillside", "valley", "meadow")}
    for name, content in {"hillside": JANUARY, "valley": JANUARY, "meadow": CORRECTED_JANUARY}.items():
        (home.landing / name).mkdir()
        (home.landing / name / "x.csv").write_text(content, "utf-8")
    landing.receive(home)
    _, fates = read_active(Reader(home, VOCABULARY, KEY), contracts, ledger.namings(home))
    assert {one["source"]: "the very same bytes" in one["explanation"] for one in fates} == {
        "hillside": True, "valley": True, "meadow": False,
    }  # fmt: skip
    assert not any(name in one["explanation"] for one in fates for name in contracts)
