"""What a reader may know of files: their fate and their reasons, with few lines masked."""

from typing import Any

import polars as pl
import pytest

from schemas.contract import faults
from schemas.deliveries import Deliveries, Rejections
from schemas.readings import REASONS
from tests.transforms.released import received
from transforms.ledger import SENTENCES, deliveries, rejections


def told(**more: Any) -> dict[str, Any]:
    return deliveries(received=[received(**more)]).row(0, named=True)


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (1, None), (7, None), (8, 10), (99, 100), (102, 100)])
@pytest.mark.parametrize("name", ["accepted", "quarantined", "blank"])
def test_few_lines_are_hidden_and_others_rounded_for_a_line_may_be_a_patient(
    name: str, count: int, shown: int | None
) -> None:
    assert told(**{name: count})[name] == shown


@pytest.mark.parametrize(
    ("accepted", "quarantined", "blank", "shown"),
    [(32, 0, 0, 31), (93, 1, 1, 96), (0, 40, 3, 41), (5, 0, 0, None), (0, 5, 0, None), (0, 0, 0, 1)],
)
def test_the_lines_of_a_file_are_the_sum_of_what_is_shown_and_tell_nothing_about_the_rest(
    accepted: int, quarantined: int, blank: int, shown: int | None
) -> None:
    lines = 1 + accepted + quarantined + blank
    assert told(lines=lines, header=1, accepted=accepted, quarantined=quarantined, blank=blank)["lines"] == shown


def test_a_header_is_no_patient() -> None:
    assert told(header=1)["header"] == 1


def test_that_the_lines_add_up_is_told_and_not_computed_again_from_rounded_numbers() -> None:
    found = told(lines=100, header=1, accepted=92, quarantined=7, blank=0)
    assert found["balanced"] is True
    assert found["quarantined"] is None


def test_nothing_that_a_file_was_called_leaves() -> None:
    assert "CANARY" not in str(told())


@pytest.mark.parametrize("state", ["accepted", "partly", "held", "rejected", "duplicate", "superseded"])
def test_a_delivery_has_one_of_six_states(state: str) -> None:
    assert faults(Deliveries, deliveries(received=[received(state=state)])) == []


def test_a_refused_file_says_by_which_rule_and_what_to_do() -> None:
    found = told(state="rejected", refusal="empty", explanation="The file has no bytes. Send it again.", data_to=None)
    assert (found["refusal"], found["explanation"]) == ("empty", "The file has no bytes. Send it again.")


def test_deliveries_stand_in_the_order_of_their_sources() -> None:
    two = deliveries(received=[received(source="riverside"), received()])
    assert two["source"].to_list() == ["hillside", "riverside"]


def test_without_deliveries_the_tables_are_there() -> None:
    assert deliveries(received=[]).columns == list(Deliveries.columns())
    assert rejections(received=[]).columns == list(Rejections.columns())


# ---- reasons -----------------------------------------------------------------------------------------------


def test_each_reason_has_its_row_its_sentence_and_its_number_of_lines() -> None:
    found = rejections(received=[received(reasons={"score_out_of_range": 12, "duplicate": 3})])
    assert found.select("reason", "lines").rows() == [("duplicate", None), ("score_out_of_range", 10)]
    sentence = found.filter(reason="score_out_of_range")["sentence"].item()
    assert sentence == "The score is outside the instrument's range: check the instrument and its version."
    assert faults(Rejections, found) == []


def test_a_file_without_faults_has_no_rejection() -> None:
    assert rejections(received=[received()]).is_empty()


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.id)
def test_every_reason_is_a_sentence_with_a_next_step(reason: Any) -> None:
    sentence = SENTENCES[reason.id]
    assert sentence[0].isupper()
    assert sentence.endswith(f": {reason.mend}.")


def test_every_delivery_keeps_the_promise_of_its_table() -> None:
    many = [received(delivery=f"{at:012x}", accepted=at, lines=at + 1) for at in range(30)]
    found = deliveries(received=many)
    assert faults(Deliveries, found) == []
    assert found.filter((pl.col("accepted") % 5 != 0) | pl.col("accepted").is_between(1, 7)).is_empty()
