"""What our checks found in published studies, in words: for a study's page, and counted for the list of studies."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.marts import Row
from dashboards.plain import clean, slug
from dashboards.wording import counted

#: Weightiest first, each with what it means on a page.
SEVERITY_WORDS = {
    "contradiction": "What is printed cannot all be right",
    "question": "Needs an explanation",
    "gap": "Nobody has looked yet",
}


@dataclass(frozen=True)
class Found:
    """One finding: what was found, what was expected, the rule behind it, and the figure's place on the page if any."""

    found: str
    expected: str
    requires: str
    source: str
    figure: str


def of_study(findings: Sequence[Row], study: str, shown: Sequence[str]) -> list[tuple[str, list[Found]]]:
    """A study's findings under their headings; `shown` are the ids of the figures that stand on the page."""
    return [
        (heading, [_found(row, shown) for row in findings if (row["study"], row["severity"]) == (study, severity)])
        for severity, heading in SEVERITY_WORDS.items()
        if any((row["study"], row["severity"]) == (study, severity) for row in findings)
    ]


def summary(findings: Sequence[Row]) -> str:
    """How much was found in all studies together, in one sentence; what nobody has looked at yet is counted last."""
    tally = {each: [row for row in findings if row["severity"] == each] for each in SEVERITY_WORDS}
    weighty = {row["study"] for each in ("contradiction", "question") for row in tally[each]}
    if not findings:
        return "Our checks of what the studies print found nothing."
    contradictions = counted(len(tally["contradiction"]), "contradiction", "contradictions")
    questions = counted(len(tally["question"]), "open question", "open questions")
    gaps = counted(len(tally["gap"]), "thing that nobody has looked", "things that nobody has looked")
    return (
        f"Our checks of what the studies print found {contradictions} and {questions} in "
        f"{counted(len(weighty), 'study', 'studies')}, and {gaps} at yet. "
        "Each is on its study's page; nothing was corrected."
    )


def _found(row: Row, shown: Sequence[str]) -> Found:
    anchor = f"r-{slug(row['result'])}" if row["result"] else ""
    return Found(
        found=clean(row["found"], 1000),
        expected=clean(row["expected"], 400),
        requires=clean(row["requires"], 400),
        source=clean(row["source"], 200),
        figure=anchor if anchor in shown else "",
    )
