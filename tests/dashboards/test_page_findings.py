"""Findings on the pages: under their headings, with what was expected, and counted in one sentence."""

from typing import Any

from dashboards.findings import of_study, summary


def row(severity: str, study: str = "a-2010", **more: Any) -> dict[str, Any]:
    known = {
        "study": study, "finding": f"{study}/x/{severity}", "rule": "some-rule", "severity": severity, "arm": "",
        "result": "", "found": "What was found.", "expected": "What was expected.", "requires": "The rule.",
        "source": "A paper",
    }  # fmt: skip
    return known | more


def test_the_weightiest_come_first_and_an_empty_heading_is_left_out() -> None:
    found = of_study([row("gap"), row("contradiction"), row("question", study="b-2010")], "a-2010", [])
    assert [heading for heading, _ in found] == ["What is printed cannot all be right", "Nobody has looked yet"]
    assert [len(each) for _, each in found] == [1, 1]


def test_a_finding_leads_to_its_figure_where_that_is_on_the_page() -> None:
    rows = [row("question", result="on-page"), row("question", result="elsewhere"), row("question")]
    ((_, found),) = of_study(rows, "a-2010", ["r-on-page"])
    assert [each.figure for each in found] == ["r-on-page", "", ""]
    assert (found[0].found, found[0].expected) == ("What was found.", "What was expected.")


def test_a_study_without_findings_has_no_heading() -> None:
    assert of_study([row("gap")], "b-2010", []) == []


def test_findings_are_counted_in_one_sentence() -> None:
    rows = [row("contradiction"), row("question"), row("question", study="b-2010"), row("gap", study="c-2010")]
    assert summary(rows) == (
        "Our checks of what the studies print found 1 contradiction and 2 open questions in 2 studies, and 1 thing "
        "that nobody has looked at yet. Each is on its study's page; nothing was corrected."
    )
    assert summary([]) == "Our checks of what the studies print found nothing."


def test_a_hostile_finding_is_plain_text() -> None:
    ((_, (found,)),) = of_study([row("gap", found="a\x00b\u202ec")], "a-2010", [])
    assert "\x00" not in found.found
    assert "\u202e" not in found.found
