"""The life of a delivery: replaced, refused as older, held for a word from a person, released, rejected (B05 on)."""

import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orchestration import decisions, landing, ledger
from orchestration.decisions import decide, log, words
from orchestration.fates import read_active
from orchestration.reading import Reader
from orchestration.settings import ConfigurationError, Home
from schemas.contract import faults
from schemas.deliveries import Deliveries
from tests.orchestration.lives import became, drop, lines_of, states
from tests.orchestration.one_clinic import HEADER, KEY, VOCABULARY, a_home, contract, file_of
from transforms.ledger import deliveries

PATIENTS = range(100)
FIRST = lines_of(PATIENTS)
CORRECTED = lines_of(PATIENTS, more=1)
BY, WHY = "A. Steward", "the clinic has confirmed it by telephone"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return a_home(tmp_path)


def say(home: Home, place: int, decision: str, *rules: str) -> None:
    decide(home, ledger.received(home)[place], decision, rules=rules, by=BY, why=WHY)


# ---- B05: corrections, early and late -----------------------------------------------------------------------


def test_b_05_a_corrected_file_takes_the_place_of_the_old_one_which_is_kept(home: Home) -> None:
    assert states(home, ("oct_v1.csv", FIRST), ("oct_v2.csv", CORRECTED)) == ["superseded", "accepted"]
    assert {path.read_text("utf-8") for path in home.vault.iterdir()} == {FIRST, CORRECTED}


def test_b_05_a_correction_that_comes_after_a_later_one_is_refused_as_older(home: Home) -> None:
    assert states(home, ("oct_v2.csv", CORRECTED), ("oct_v1.csv", FIRST)) == ["accepted", "rejected"]
    late = became(home)[1]
    assert (late["refusal"], late["quarantined"]) == ("older_delivery", late["lines"])
    assert "oct_v" not in late["explanation"]


def test_b_05_the_first_version_again_after_the_second_changes_nothing(home: Home) -> None:
    once = states(home, ("oct_v1.csv", FIRST), ("oct_v2.csv", CORRECTED))
    assert states(home, ("oct_v1 again.csv", FIRST)) == once
    other = lines_of(PATIENTS, more=2)
    assert states(home, ("oct_v1.csv", other)) == [*once, "rejected"]


def test_b_05_the_day_that_a_delivery_declares_decides_before_its_name_and_its_arrival(home: Home) -> None:
    agreed = contract(data_cut={"name": "v1_{date}.csv"})
    found = states(home, ("v1_2026-02-28.csv", FIRST), ("v1_2026-01-31.csv", CORRECTED), agreed=agreed)
    assert found == ["accepted", "rejected"]


@pytest.mark.parametrize("covers", ["everything", "period", "additions"])
def test_b_05_only_where_a_file_takes_another_s_place_can_it_be_too_old(home: Home, covers: str) -> None:
    february = lines_of(range(100, 200), month=2)
    found = states(home, ("2025-02.csv", february), ("2025-01.csv", FIRST), agreed=contract(covers=covers))
    assert found == (["accepted", "rejected"] if covers == "everything" else ["accepted", "accepted"])


def test_b_05_ten_comes_after_nine_and_names_that_differ_in_more_say_nothing(home: Home) -> None:
    assert states(home, ("v9.csv", FIRST), ("v10.csv", CORRECTED)) == ["superseded", "accepted"]
    assert states(home, ("whole export v1.csv", lines_of(PATIENTS, more=3)))[-1] == "accepted"


# ---- B06, B07: smaller corrections --------------------------------------------------------------------------


@pytest.mark.parametrize(("left", "state"), [(100, "accepted"), (81, "accepted"), (80, "accepted"), (79, "held")])
def test_b_06_a_correction_that_shrinks_the_file_by_more_than_a_fifth_is_held(
    home: Home, left: int, state: str
) -> None:
    found = states(home, ("a.csv", FIRST), ("b.csv", lines_of(range(left), more=1)))
    assert found == ["superseded" if state == "accepted" else "accepted", state]


def test_b_06_what_was_accepted_before_goes_on_speaking_while_a_file_is_held(home: Home) -> None:
    states(home, ("a.csv", FIRST), ("b.csv", lines_of(range(70), more=1)))
    one, held = became(home)
    assert (one["state"], held["state"]) == ("accepted", "held")
    assert held["refusal"] == "shrunk, patients_gone"
    assert "verum hold" in held["explanation"]
    assert not any(number in held["explanation"] for number in ("70", "100", "71", "101"))


def test_b_07_a_file_of_changed_rows_alone_is_held_unless_the_contract_says_additions(tmp_path: Path) -> None:
    changed = lines_of([*range(70), *range(200, 240)], more=1)
    for covers, expected in (("everything", "held"), ("additions", "accepted")):
        (tmp_path / covers).mkdir()
        home = a_home(tmp_path / covers)
        found = states(home, ("a.csv", FIRST), ("b.csv", changed), agreed=contract(covers=covers))
        assert found == ["accepted", expected]
        if expected == "held":
            assert became(home)[1]["refusal"] == "patients_gone"


def test_small_files_show_no_share_worth_judging(home: Home) -> None:
    assert states(home, ("a.csv", lines_of(range(19))), ("b.csv", lines_of([1], more=1))) == ["superseded", "accepted"]


def test_a_correction_is_held_against_what_it_would_replace_and_not_against_another_month(home: Home) -> None:
    agreed = contract(covers="period", volume_changes="ignore")
    few = lines_of(range(30), month=2)
    assert states(home, ("a.csv", FIRST), ("b.csv", few), agreed=agreed) == ["accepted", "accepted"]
    fewer = lines_of(range(20), month=2, more=1)
    assert states(home, ("c.csv", fewer), agreed=agreed) == ["accepted", "accepted", "held"]


# ---- D20, D21: frozen numbers, much more or less ---------------------------------------------------------------


def test_d_20_the_scores_of_last_month_for_other_days_are_held(home: Home) -> None:
    agreed = contract(covers="period")
    again = lines_of(PATIENTS, month=2)
    assert states(home, ("a.csv", FIRST), ("b.csv", again), agreed=agreed) == ["accepted", "held"]
    assert became(home, agreed)[1]["refusal"] == "scores_again"


def test_d_20_the_same_export_with_another_patients_code_mended_is_no_copy(home: Home) -> None:
    mended = FIRST.replace("P99,", "P199,")
    assert states(home, ("a.csv", FIRST), ("b.csv", mended)) == ["superseded", "accepted"]


@pytest.mark.parametrize("score", ["0", "5"])
def test_d_20_one_score_for_everybody_is_held(home: Home, score: str) -> None:
    frozen = file_of(*(f"P{one},2025-01-06,2025-01-06,pain,{score}" for one in range(20)))
    assert states(home, ("a.csv", frozen)) == ["held"]
    assert became(home)[0]["explanation"].startswith("The scores of nrs-pain: all of them are the same.")


def test_d_20_nineteen_patients_may_all_have_the_same_score(home: Home) -> None:
    few = file_of(*(f"P{one},2025-01-06,2025-01-06,pain,5" for one in range(19)))
    assert states(home, ("a.csv", few)) == ["accepted"]


@pytest.mark.parametrize("patients", [49, 151])
@pytest.mark.parametrize(("asked", "state"), [("hold", "held"), ("warn", "accepted"), ("ignore", "accepted")])
def test_d_21_half_as_many_or_half_as_many_again_is_held_or_told_as_the_contract_says(
    home: Home, patients: int, asked: str, state: str
) -> None:
    agreed = contract(covers="period", volume_changes=asked)
    second = lines_of(range(300, 300 + patients), month=2, more=1)
    assert states(home, ("a.csv", FIRST), ("b.csv", second), agreed=agreed) == ["accepted", state]
    told = "more than 50%" in became(home, agreed)[1]["explanation"]
    assert told == (asked != "ignore")


# ---- a word from a person -------------------------------------------------------------------------------------


def held(home: Home) -> None:
    assert states(home, ("a.csv", FIRST), ("b.csv", lines_of(range(70), more=1))) == ["accepted", "held"]


def test_a_released_delivery_speaks_and_the_page_says_that_a_person_let_it(home: Home) -> None:
    held(home)
    say(home, 1, "release", "shrunk", "patients_gone")
    _, released = became(home)
    assert [one["state"] for one in became(home)] == ["superseded", "accepted"]
    day = log(home)[0].day
    assert released["explanation"] == f"Held at first (shrunk, patients_gone); released by a person on {day}."


def test_a_rejected_delivery_never_speaks_and_needs_nobody_any_more(home: Home) -> None:
    held(home)
    say(home, 1, "reject", "shrunk")
    one, rejected = became(home)
    assert (one["state"], rejected["state"], rejected["refusal"]) == ("accepted", "rejected", "by_person")


def test_who_and_why_stay_in_the_private_log(home: Home) -> None:
    held(home)
    say(home, 1, "release", "shrunk", "patients_gone")
    public = deliveries(received=became(home))
    assert faults(Deliveries, public) == []
    assert BY not in str(public.rows())
    assert WHY not in str(public.rows())
    assert [(one.by, one.why, one.decision) for one in log(home)] == [(BY, WHY, "release")]


def test_a_release_counts_for_the_rules_that_were_signed_and_for_no_others(home: Home) -> None:
    held(home)
    say(home, 1, "release", "shrunk")
    assert [one["refusal"] for one in became(home)] == ["", "patients_gone"]
    say(home, 1, "release", "patients_gone")
    assert became(home)[1]["state"] == "accepted"


@pytest.mark.parametrize("order", list(itertools.permutations(["release", "reject"])))
def test_the_last_word_counts(home: Home, order: tuple[str, str]) -> None:
    held(home)
    for decision in order:
        say(home, 1, decision, "shrunk", "patients_gone")
    assert became(home)[1]["state"] == {"release": "accepted", "reject": "rejected"}[order[-1]]


def test_what_comes_after_a_rejected_delivery_is_held_against_what_stands(home: Home) -> None:
    held(home)
    say(home, 1, "reject")
    assert states(home, ("c.csv", CORRECTED)) == ["superseded", "rejected", "accepted"]


def test_a_decision_that_a_killed_run_tore_counts_for_nothing_and_spoils_no_other(home: Home) -> None:
    held(home)
    say(home, 1, "release", "shrunk", "patients_gone")
    whole = home.decisions.read_bytes()
    home.decisions.write_bytes(whole + whole[:-20])
    assert len(log(home)) == 1
    say(home, 1, "reject")
    assert [one.decision for one in log(home)] == ["release", "reject"]
    assert home.decisions.read_bytes().startswith(whole)
    assert json.loads(home.decisions.read_bytes().splitlines()[-1])["decision"] == "reject"


@pytest.mark.parametrize(
    ("signed", "said"),
    [({"by": " "}, "--by: found nothing"), ({"why": ""}, "--why: found nothing"), ({"by": "x" * 81}, "81 characters"),
     ({"why": "two\nlines"}, "one line")],
)  # fmt: skip
def test_nobody_decides_without_a_name_and_a_reason(home: Home, signed: dict[str, str], said: str) -> None:
    held(home)
    with pytest.raises(ConfigurationError, match=said):
        decide(home, ledger.received(home)[1], "release", rules=(), **{"by": BY, "why": WHY} | signed)
    assert words(home) == {}
    assert not home.decisions.exists()


def test_the_log_is_its_owner_s_alone(home: Home) -> None:
    held(home)
    say(home, 1, "reject")
    assert home.decisions.stat().st_mode & 0o077 == 0
    assert decisions.log(home)


def test_what_was_judged_once_is_not_judged_again(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    held(home)
    before = became(home)
    monkeypatch.setattr("orchestration.holding.holds.holds_of_each", lambda *_, **__: pytest.fail("judged again"))
    assert became(home) == before


# ---- B10, B11: whose file it is ----------------------------------------------------------------------------------


def with_sender(*codes: str) -> str:
    rows = [f"P{at},2025-01-06,2025-01-06,pain,7,{code}" for at, code in enumerate(codes)]
    return "\n".join([f"{HEADER},site", *rows]) + "\n"


@pytest.mark.parametrize(
    ("codes", "state"),
    [(("HS",) * 3, "accepted"), (("RV",) * 3, "rejected"), (("HS", "RV", "HS"), "rejected"), (("HS", ""), "rejected")],
)
def test_b_10_a_line_of_another_clinic_refuses_the_whole_file(home: Home, codes: tuple[str, ...], state: str) -> None:
    agreed = contract(sender={"column": "site", "equals": "HS"})
    assert states(home, ("a.csv", with_sender(*codes)), agreed=agreed) == [state]
    (fate,) = became(home, agreed)
    if state == "rejected":
        assert fate["refusal"] == "wrong_clinic"
        assert "RV" not in fate["explanation"]
        assert fate["explanation"].startswith(f"Line {2 if codes[0] != 'HS' else 3}, column 'site'")


def test_b_11_a_file_for_an_unknown_clinic_is_refused_and_says_how_to_register(home: Home) -> None:
    drop(home, FIRST, source="nobody")
    landing.receive(home)
    found: list[dict[str, Any]] = became(home)
    assert (found[0]["state"], found[0]["refusal"]) == ("rejected", "no_contract")
    assert found[0]["explanation"].endswith("Add contracts/nobody.toml and run again.")


# ---- the life of a line that was set aside: replayed ----------------------------------------------------------------


def test_lines_set_aside_are_replayed_once_the_contract_is_mended_and_twice_changes_nothing(home: Home) -> None:
    unknown = FIRST.replace("P7,2025-01-06,2025-01-08,pain", "P7,2025-01-06,2025-01-08,ache")
    assert states(home, ("a.csv", unknown)) == ["partly"]
    codes = {"instrument": {"pain": "nrs-pain", "ache": "nrs-pain"}}
    mended = contract(version=2, codes=codes)
    once = became(home, mended)
    assert [(one["state"], one["quarantined"], one["contract_version"]) for one in once] == [("accepted", 0, 2)]
    assert became(home, mended) == once
    assert len(ledger.received(home)) == 1


# ---- many clinics ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at_once", [1, 10_000])
def test_clinics_whose_deliveries_are_judged_side_by_side_get_the_fates_of_each_by_itself(
    home: Home, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr("orchestration.fates.ROWS_AT_ONCE", at_once)
    came = {
        "alder": (FIRST, lines_of(range(50)), CORRECTED),  # the second one lost half of its patients
        "birch": (lines_of(PATIENTS, more=3),),
        "hillside": ("code\n", FIRST, lines_of(range(200, 300)), lines_of(PATIENTS, more=2)),
    }
    agreed = {source: replace(contract(), source=source, covers="everything") for source in came}
    for source, files in came.items():
        for at, content in enumerate(files):
            drop(home, content, f"{at}.csv", source)
            landing.receive(home)
    _, found = read_active(Reader(home, VOCABULARY, KEY), agreed, ledger.received(home))
    apart = []
    for source in came:
        for note in home.readings.glob("*/*/holds.json"):
            note.unlink()
        received = [one for one in ledger.received(home) if one.source == source]
        apart += read_active(Reader(home, VOCABULARY, KEY), {source: agreed[source]}, received)[1]
    assert found == apart
    assert [one["state"] for one in found] == [
        "superseded", "held", "accepted", "accepted", "rejected", "superseded", "held", "accepted",
    ]  # fmt: skip
