"""Rules in words: their numbers are those that are applied, so a sentence follows its constant."""

import pytest

from schemas.contract import faults
from schemas.methods import MethodRules, Steps
from schemas.tables import TABLES
from transforms import comparability, lineage, masking, method_rules
from transforms.statistics import charts, proportions


def sentence(rule: str, margin: float = 0.10) -> str:
    (found,) = method_rules.method_rules(margin=margin).filter(rule=rule)["sentence"].to_list()
    return str(found)


def test_the_table_keeps_its_promise() -> None:
    found = method_rules.method_rules(margin=0.10)
    assert faults(MethodRules, found) == []
    assert found["place"].to_list() == list(range(1, found.height + 1))


@pytest.mark.parametrize(
    ("margin", "told"), [(0.10, "within 10 percentage points"), (0.15, "within 15 percentage points")]
)
def test_the_margin_is_the_releases_own(margin: float, told: str) -> None:
    assert told in sentence("margin", margin)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("small_counts", f"from {masking.HIDDEN_FROM} to {masking.HIDDEN_TO} are hidden"),
        ("gates", f"fewer than {proportions.FEWEST_FOR_VERDICT} outcomes"),
        ("grade", f"{comparability.MINORS_FOR_C} minor: C"),
        ("limits", f"{charts.XMR_LIMIT:g} mean moving ranges"),
    ],
)
def test_a_rule_says_the_number_that_is_applied(rule: str, told: str) -> None:
    assert told in sentence(rule)


def test_the_other_margins_are_named_with_what_they_decide_which_is_nothing() -> None:
    assert "margins of 5 and 15 percentage points" in sentence("other_margins")
    assert sentence("other_margins").endswith("decides nothing.")


def test_a_sentence_changes_with_its_constant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(method_rules, "FEWEST_FOR_VERDICT", 31)
    assert "fewer than 31 outcomes" in sentence("gates")


def test_the_steps_are_told_in_their_order_with_what_they_are_made_from() -> None:
    flow = [
        {"name": "counts", "scope": "source", "tables": ("responses", "episodes"), "inputs": ("plan",)},
        {"name": "checks", "scope": "network", "tables": (), "inputs": ("failed_sources",)},
    ]
    found = lineage.steps(flow=flow)
    assert faults(Steps, found) == []
    assert found.select("step", "place", "public", "made_from", "inputs").rows() == [
        ("counts", 1, TABLES["counts"].PUBLIC, "responses, episodes", "plan"),
        ("checks", 2, True, "", "failed sources"),
    ]
