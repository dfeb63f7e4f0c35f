"""The quality page says how far the lines set aside could move each clinic's rate, as the checks have it."""

from dataclasses import replace

import polars as pl

from dashboards import admitted
from dashboards.marts import Marts
from schemas.checks import Checks

SENTENCE = "If all of at most 12 lines set aside were admitted, the rate would lie between 40% and 60%; it is 50%."


def with_checks(marts: Marts, *told: tuple[str, str]) -> Marts:
    """The tables with the checks of lines set aside at these sources, and how each ended."""
    rows = [
        {"check_id": admitted.CHECK, "judge": "release", "object": source, "severity": "informs", "status": status,
         "rows": 12, "threshold": "a rate that could move by more than 10 points", "sentence": SENTENCE}
        for source, status in told
    ]  # fmt: skip
    return replace(marts, checks=pl.DataFrame(rows, schema=Checks.schema()))


def test_each_clinic_is_told_with_its_sentence_and_whether_it_could_matter(marts: Marts) -> None:
    source, label = marts.cohorts.filter(kind="clinic").select("source", "label").row(0)
    sheet = admitted.sheet(with_checks(marts, (source, "failed"), ("elsewhere", "passed")))
    assert [(one.head, [cell.words for cell in one.cells]) for one in sheet.lines] == [
        (label, [SENTENCE, "Yes"]), ("elsewhere", [SENTENCE, "No"]),
    ]  # fmt: skip
    assert sheet.told.endswith("More than the margin is a rate that could move by more than 10 points.")


def test_where_no_rate_is_shown_the_page_says_so(marts: Marts) -> None:
    sheet = admitted.sheet(with_checks(marts))
    assert (sheet.lines, sheet.told) == ([], "No clinic's rate is shown that lines set aside could move.")
