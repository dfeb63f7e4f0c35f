"""The methods page: the rules, responder definitions, endpoints, questionnaires and populations behind every number.

Nothing is explained here a second time: rules are rows of a table made from the constants that are applied, and
definitions are sentences made from the rules themselves.
"""

from collections.abc import Sequence

from dashboards.layout import Page, Release
from dashboards.marts import Marts, Row, rows
from dashboards.panels import Cell
from dashboards.plain import clean, slug
from dashboards.sheets import Sheet, Told, line, page_of
from dashboards.wording import capital, counted, day, listed
from schemas.methods import TOPICS

PATH = "methods.html"
LEAD = (
    "Made from the program and its vocabulary, so that it cannot say something else than is done: every number in a "
    "rule is the one that is applied, and the sentence of a definition is made from its rule. What each table and "
    "column holds stands on Downloads."
)


def page(marts: Marts, stands: Release) -> Page:
    """The rules of a release."""
    sheets = [*_rules(marts), _definitions(marts), _endpoints(marts), _instruments(marts), _populations(marts)]
    return page_of(PATH, stands, Told(title(marts), LEAD), sheets)


def title(marts: Marts) -> str:
    """How many rules, definitions, endpoints and questionnaires there are."""
    parts = [
        counted(marts.method_rules.height, "rule", "rules"),
        counted(marts.definitions.height, "responder definition", "responder definitions"),
        counted(marts.endpoints.height, "endpoint", "endpoints"),
        counted(marts.instruments.height, "questionnaire", "questionnaires"),
    ]
    return f"{listed(parts)} stand behind the numbers of this release."


def _rules(marts: Marts) -> list[Sheet]:
    found = sorted(rows(marts.method_rules), key=lambda row: row["place"])
    return [
        Sheet(
            slug(topic.lower().replace(" ", "-")), topic, _told(rules), (("Rule", False), ("Source", False)),
            [line(clean(row["sentence"], 1000), clean(row["source"])) for row in rules], plain=True,
        )
        for topic in TOPICS
        if (rules := [row for row in found if row["topic"] == topic])
    ]  # fmt: skip


def _told(rules: Sequence[Row]) -> str:
    own = sum(row["source"] == "This project" for row in rules)
    return f"{counted(len(rules), 'rule', 'rules')}, {own} of them decisions of this project."


def _definitions(marts: Marts) -> Sheet:
    found = rows(marts.definitions)
    lines = [
        line(
            capital(clean(row["label"])), clean(row["sentence"], 1000),
            clean(row["readings"], 1000) if row["ambiguous"] else "one reading", clean(row["source"], 300),
        )
        for row in found
    ]  # fmt: skip
    doubtful = sum(row["ambiguous"] for row in found)
    told = (
        f"{counted(len(found), 'rule', 'rules')} for who responded; the wording of {doubtful} can be read in more than "
        "one way, and every reading is listed, the counted one first."
    )
    columns = (("Definition", False), ("In full", False), ("Readings", False), ("Source", False))
    return Sheet("definitions", "Who is a responder", told, columns, lines, kept=True)


def _endpoints(marts: Marts) -> Sheet:
    found = sorted(rows(marts.endpoints), key=lambda row: (row["target"], row["endpoint"]))
    lines = [
        line(clean(row["label"], 60), row["target"], f"{row['low']} to {row['high']}", day(row["fixed_on"]))
        for row in found
    ]
    columns = (("Endpoint", False), ("Target day", True), ("Window, days", False), ("Fixed on", False))
    told = "Days from the start of treatment; the score nearest to the target within the window counts."
    return Sheet("endpoints", "When", told, columns, lines)


def _instruments(marts: Marts) -> Sheet:
    lines = [
        line(clean(row["name"], 120), Cell(f"{row['low']:g} to {row['high']:g}"), clean(row["better"], 20))
        for row in rows(marts.instruments)
    ]
    columns = (("Questionnaire", False), ("Scores", False), ("Better is", False))
    return Sheet("questionnaires", "By which questionnaire", "Those whose range is known.", columns, lines)


def _populations(marts: Marts) -> Sheet:
    lines = [line(clean(row["population"], 60), capital(clean(row["label"]))) for row in rows(marts.populations)]
    told = "Groups of patients that a study's own limits restrict a clinic to, before it is compared."
    return Sheet("populations", "Among whom", told, (("Population", False), ("Limits", False)), lines)
