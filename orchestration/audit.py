"""What an auditor expects of a release's public tables: a sentence, how it is judged, and the fault that breaks it.

Nothing is judged here, and Great Expectations is not imported: that is `suites`. A fault is SQL that the tests run on a
copy of a release; it must make its own expectation fail, and no other.
"""

from collections.abc import Mapping, Sequence

from orchestration.audit_of_changes import of_changes
from orchestration.expectations import ROUNDING, Expected, any_of, no_row, no_small_count, outside
from schemas.comparisons import SENSITIVITY_MARGINS, Comparisons
from schemas.contract import Table
from schemas.deliveries import Deliveries
from schemas.published_rates import PublishedRates
from schemas.released_counts import ReleasedCounts
from schemas.tables import PUBLIC_TABLES
from transforms.comparability import DIMENSIONS
from transforms.masking import OFF_BY, ROUNDED_TO
from transforms.statistics.proportions import FEWEST_FOR_VERDICT, LEAST_FOLLOW_UP

#: Columns of whole numbers that count no people.
NOT_PEOPLE = {"median_day", "equivalence_needs", "tipping_point"}
#: Names by which columns of identifiers go: anywhere in a name, or as a word of it (HIPAA's list, 45 CFR 164.514).
IDENTIFIERS = (
    "patient|pseudonym|birth|surname|forename|firstname|lastname|address|street|postcode|e_?mail|phone|passport"
    "|insurance|initials|(^|_)(name|person|episode|dob|ssn|nhs|mrn|zip|fax|ip)(_|s|$)"
)
#: Columns that sound like an identifier and are none: what a questionnaire is called.
NAMES_OF_THINGS = {"instruments": "name"}
#: What says how sure we are of a figure, its rule and its denominator.
CONFIDENCES = ("confidence", "definition_confidence", "n_confidence")
#: Lower and upper limits; a rate that has both lies between them.
LIMITS: Mapping[str, Sequence[str]] = {
    "observed_rates": (
        "rate_low", "rate_high", "nonresponse_low", "nonresponse_high", "bound_low", "bound_high", "follow_up",
    ),
    "published_rates": ("rate_low", "rate_high"),
    "comparisons": ("observed_low", "observed_high", "published_low", "published_high"),
    "technical_panel": ("chance_higher", "chance_not_below", "chance_within"),
}  # fmt: skip


def expected() -> tuple[Expected, ...]:
    """Everything that is expected of a release, table by table within each theme."""
    return (
        *(_unique_key(table) for table in PUBLIC_TABLES.values()),
        *(_no_identifier(table) for table in PUBLIC_TABLES),
        *(_share(table, column) for table, columns in LIMITS.items() for column in columns),
        *_of_intervals(),
        *_of_counts(),
        *_of_rates(),
        *_of_verdicts(),
        *_of_refusals(),
        *_of_comparability(),
        *of_changes(),
        *_of_published_figures(),
        *_of_files(),
        *_of_the_release(),
    )


def _matched(table: str, other: str, columns: Sequence[str], sought: str = "1") -> str:
    """SQL for what is `sought` in rows of `other` that agree with a row of `table`; empty agrees with empty."""
    alike = " AND ".join(f"{other}.{name} IS NOT DISTINCT FROM {table}.{name}" for name in columns)
    return f"SELECT {sought} FROM {other} WHERE {alike}"


# --- every table ----------------------------------------------------------------------------------------------


def _unique_key(table: type[Table]) -> Expected:
    single = len(table.KEY) == 1
    return Expected(
        "key_is_unique",
        table.NAME,
        "No two rows of a table have the same key.",
        "ExpectColumnValuesToBeUnique" if single else "ExpectCompoundColumnsToBeUnique",
        {"column": table.KEY[0]} if single else {"column_list": list(table.KEY)},
        f"INSERT INTO {table.NAME} SELECT * FROM {table.NAME} LIMIT 1",
    )


def _no_identifier(table: str) -> Expected:
    query = (
        "SELECT 1 AS wrong FROM (DESCRIBE SELECT * FROM {batch}) "
        f"WHERE regexp_matches(lower(column_name), '{IDENTIFIERS}') "
        f"AND column_name <> '{NAMES_OF_THINGS.get(table, '')}'"
    )
    return Expected(
        "no_identifier",
        table,
        "No column is called like something that identifies a person.",
        "UnexpectedRowsExpectation",
        {"unexpected_rows_query": query},
        f"ALTER TABLE {table} ADD COLUMN patient_code VARCHAR",
    )


def _share(table: str, column: str) -> Expected:
    return Expected(
        f"{column}_is_a_share",
        table,
        "Every limit of a rate is a share from 0 to 1.",
        "ExpectColumnValuesToBeBetween",
        {"column": column, "min_value": 0, "max_value": 1},
        f"UPDATE {table} SET {column} = {'-0.1' if column.endswith('_low') else '1.1'} WHERE {column} IS NOT NULL",
    )


# --- numbers --------------------------------------------------------------------------------------------------


def _of_intervals() -> list[Expected]:
    sentence = "Every rate and every difference lies between its own limits."
    rates = {
        "observed_rates": (("rate_low", "rate", "rate_high"),
                           ("nonresponse_low", "nonresponse_rate", "nonresponse_high"),
                           ("bound_low", "bound_low", "bound_high")),
        "published_rates": (("rate_low", "rate", "rate_high"),),
        "comparisons": (("observed_low", "observed_rate", "observed_high"),
                        ("published_low", "published_rate", "published_high"),
                        ("difference_low", "difference", "difference_high"),
                        ("bound_low", "bound_low", "bound_high")),
        "technical_panel": (("ratio_low", "ratio", "ratio_high"),),
    }  # fmt: skip
    return [
        no_row("limits_enclose", table, sentence, any_of(outside, threes),
               f"UPDATE {table} SET {threes[0][0]} = {threes[0][2]}, {threes[0][2]} = {threes[0][0]}")
        for table, threes in rates.items()
    ]  # fmt: skip


def _of_counts() -> list[Expected]:
    counted = {
        table.NAME: [name for name, one in table.columns().items() if one.kind == "whole" and name not in NOT_PEOPLE]
        for table in (ReleasedCounts, Comparisons)
    }
    return [
        *(no_small_count(table, columns, f"UPDATE {table} SET left_out = 5") for table, columns in counted.items()),
        no_row("counted_where_ok", "released_counts",
               "Numbers are released exactly where the status is ok.",
               "(status = 'ok') <> (analysed IS NOT NULL)",
               "UPDATE released_counts SET analysed = 20 WHERE status = 'suppressed';"
               "UPDATE observed_rates SET analysed = 20 WHERE status = 'suppressed'"),
    ]  # fmt: skip


def _of_rates() -> list[Expected]:
    same = ("responders", "analysed", "missing")
    return [
        no_row("rate_where_ok", "observed_rates",
               "A rate is shown exactly where the status is ok.",
               "(status = 'ok') <> (rate IS NOT NULL)",
               "UPDATE observed_rates SET rate = NULL WHERE period_kind = 'all'"),
        no_row("rate_has_follow_up", "observed_rates",
               f"No rate is shown where fewer than {LEAST_FOLLOW_UP:.0%} of those due were followed up.",
               f"rate IS NOT NULL AND follow_up < {LEAST_FOLLOW_UP}",
               "UPDATE observed_rates SET follow_up = 0.3 WHERE rate IS NOT NULL"),
        no_row("rate_of_released_counts", "observed_rates",
               "Every rate is its released responders over its released outcomes, and nothing finer.",
               f"abs(rate - responders / analysed) > {ROUNDING}",
               "UPDATE observed_rates SET rate = (rate + rate_high) / 2"),
        no_row("rate_has_its_count", "observed_rates",
               "Every observed rate stands on a released count with the same numbers.",
               f"NOT EXISTS ({_matched('observed_rates', 'released_counts', (*ReleasedCounts.KEY, *same))})",
               "UPDATE observed_rates SET missing = missing + 100"),
        no_row("count_has_its_rate", "released_counts",
               "Every released count has its row of rates.",
               f"NOT EXISTS ({_matched('released_counts', 'observed_rates', ReleasedCounts.KEY)})",
               "DELETE FROM observed_rates WHERE period_kind = 'all'"),
    ]  # fmt: skip


# --- comparisons ----------------------------------------------------------------------------------------------


def _of_verdicts() -> list[Expected]:
    figure = _matched("comparisons", "published_rates", PublishedRates.KEY)
    others = [(column, str(share), "''") for column, share in SENSITIVITY_MARGINS.items()]
    judged = [("robust_verdict", "margin", "robust_verdict"), *others]  # beside a pool one stands without limits
    return [
        no_row("verdict_where_allowed", "comparisons",
               "A verdict is drawn exactly where a comparison ended in one, or in 'cannot tell'.",
               "(verdict <> '') <> (outcome_kind IN ('verdict', 'cannot_tell'))",
               "UPDATE comparisons SET outcome_kind = 'unverified' WHERE verdict <> ''"),
        no_row("verdict_has_grade", "comparisons",
               "Every verdict stands on a comparison of grade A, B or C.",
               "verdict <> '' AND grade NOT IN ('A', 'B', 'C')",
               "UPDATE comparisons SET grade = 'D' WHERE verdict <> ''"),
        no_row("verdict_has_enough", "comparisons",
               f"Every verdict stands on {FEWEST_FOR_VERDICT} outcomes or more.",
               f"verdict <> '' AND coalesce(analysed, 0) - {OFF_BY} < {FEWEST_FOR_VERDICT}",
               f"UPDATE comparisons SET analysed = {FEWEST_FOR_VERDICT} - {ROUNDED_TO} WHERE verdict <> ''"),
        no_row("verdict_on_cleared_figure", "comparisons",
               "Every verdict is against a published figure that may carry one.",
               f"verdict <> '' AND EXISTS ({figure} AND NOT published_rates.carries_verdict)",
               "UPDATE published_rates SET carries_verdict = false, why_not = 'it is not cleared as a benchmark'"),
        no_row("panel_beside_a_difference", "technical_panel",
               "Other methods are told only of comparisons that have a difference.",
               f"NOT EXISTS ({_matched('technical_panel', 'comparisons', Comparisons.KEY)} "
               "AND comparisons.difference IS NOT NULL)",
               "UPDATE comparisons SET difference = NULL"),
        no_row("verdict_follows_from_limits", "comparisons",
               "Every verdict against a margin is what the 90% limits of its difference give; without them is none.",
               any_of(_not_read, judged),
               "UPDATE comparisons SET robust_verdict_at_15 = 'inconclusive' WHERE outcome_kind <> 'cannot_tell'"),
    ]  # fmt: skip


def _not_read(column: str, margin: str, otherwise: str) -> str:
    """SQL for a verdict that is not the first row of METHODS 2.4 that the limits meet; `otherwise` without limits."""
    low, high = "difference_low90", "difference_high90"
    return (
        f"{column} <> CASE WHEN {low} IS NULL THEN {otherwise} WHEN {low} >= {margin} THEN 'materially_higher' "
        f"WHEN {high} <= -{margin} THEN 'materially_lower' "
        f"WHEN {low} > -{margin} AND {high} < {margin} THEN 'equivalent' "
        f"WHEN {low} > -{margin} THEN 'at_least_as_good' WHEN {high} < {margin} THEN 'not_better' "
        "ELSE 'inconclusive' END"
    )


def _of_refusals() -> list[Expected]:
    figure = _matched("comparisons", "published_rates", PublishedRates.KEY)
    return [
        no_row("figure_is_known", "comparisons",
               "Every comparison is with a figure of the evidence that is published here.",
               f"NOT EXISTS ({figure})",
               "DELETE FROM published_rates WHERE (study, result) IN (SELECT (study, result) FROM comparisons)"),
        no_row("refused_shows_no_rate", "comparisons",
               "What is not comparable, hidden, not due or not there is never set side by side.",
               "outcome_kind IN ('not_comparable', 'suppressed', 'not_due', 'no_data') "
               "AND coalesce(observed_rate, published_rate, difference) IS NOT NULL",
               "UPDATE comparisons SET published_rate = 0.5 WHERE outcome_kind = 'not_comparable'"),
        no_row("difference_with_verdict", "comparisons",
               "A difference is given only beside a verdict.",
               "verdict = '' AND difference IS NOT NULL",
               "UPDATE comparisons SET difference = 0.1 WHERE outcome_kind = 'unverified'"),
    ]  # fmt: skip


def _of_comparability() -> list[Expected]:
    graded = _matched("comparisons", "comparability", Comparisons.KEY, "count(DISTINCT dimension)")
    refusing = _matched("comparisons", "comparability", Comparisons.KEY) + " AND comparability.level = 'refuse'"
    return [
        no_row("twelve_dimensions", "comparisons",
               "Every comparison is graded in all twelve dimensions.",
               f"({graded}) <> {len(DIMENSIONS)}",
               "DELETE FROM comparability WHERE dimension = 'coverage'"),
        no_row("refusal_has_its_reason", "comparisons",
               "A comparison is refused exactly where a dimension refuses it.",
               f"(grade = 'R') <> EXISTS ({refusing})",
               "UPDATE comparability SET level = 'major' WHERE level = 'refuse'"),
    ]  # fmt: skip


# --- evidence, files, release ---------------------------------------------------------------------------------


def _of_published_figures() -> list[Expected]:
    unsure = " OR ".join(f"{name} <> 'checked'" for name in CONFIDENCES)
    same = (*PublishedRates.KEY, "printed", "confidence")
    return [
        Expected("rate_is_a_share", "published_rates",
                 "Every published rate is a share from 0 to 1.",
                 "ExpectColumnValuesToBeBetween",
                 {"column": "rate", "min_value": 0, "max_value": 1},
                 "UPDATE published_rates SET rate = 1.1 WHERE rate_high IS NULL"),
        no_row("cleared_figure_is_checked", "published_rates",
               "A figure that may carry a verdict was seen in print, with its rule and its denominator.",
               f"carries_verdict AND ({unsure} OR n IS NULL OR definition IS NULL)",
               "UPDATE published_rates SET n_confidence = 'recalled' WHERE carries_verdict"),
        no_row("figure_has_its_place", "published_rates",
               "Every published figure has its place in the source, or says why it carries no verdict.",
               "locator = '' AND why_not = ''",
               "UPDATE published_rates SET locator = '' WHERE carries_verdict",
               severity="warns"),
        no_row("figure_has_its_citation", "published_figures",
               "Every published figure leads to a study with a citation.",
               f"NOT EXISTS ({_matched('published_figures', 'studies', ('study',))} AND studies.citation <> '')",
               "UPDATE studies SET citation = '' WHERE study IN (SELECT study FROM published_figures)"),
        no_row("rate_is_a_figure", "published_rates",
               "Every published rate is a figure of the registry, with the same digits and the same confidence.",
               f"NOT EXISTS ({_matched('published_rates', 'published_figures', same)})",
               "UPDATE published_rates SET printed = '99' WHERE carries_verdict"),
        no_row("unverified_never_judges", "published_figures",
               "No figure that is unverified in any part may carry a verdict.",
               f"carries_verdict AND (state <> 'checked' OR {unsure})",
               "UPDATE published_figures SET state = 'unverified' WHERE carries_verdict"),
    ]  # fmt: skip


def _of_files() -> list[Expected]:
    return [
        Expected("lines_balance", "deliveries",
                 "Of every file, header, accepted, set-aside and blank lines add up to all lines.",
                 "ExpectColumnValuesToBeInSet",
                 {"column": "balanced", "value_set": [True]},
                 "UPDATE deliveries SET balanced = false"),
        no_row("rejections_of_known_files", "rejections",
               "Lines were set aside only in files that were delivered.",
               f"NOT EXISTS ({_matched('rejections', 'deliveries', Deliveries.KEY)})",
               "DELETE FROM deliveries WHERE delivery IN (SELECT delivery FROM rejections)"),
    ]  # fmt: skip


def _of_the_release() -> list[Expected]:
    return [
        no_row("synthetic_is_said", "release_notes",
               "The release calls itself synthetic exactly where a cohort's patients are made up.",
               "key = 'synthetic' AND (value = 'true') <> EXISTS (SELECT 1 FROM cohorts WHERE synthetic)",
               "UPDATE release_notes SET value = 'false' WHERE key = 'synthetic'"),
        Expected("notes_are_complete", "release_notes",
                 "The release says its margin, its disclosure rule, how far its data go, and whether they are made up.",
                 "ExpectColumnDistinctValuesToContainSet",
                 {"column": "key", "value_set": ["margin", "disclosure", "data_to", "synthetic"]},
                 "DELETE FROM release_notes WHERE key = 'disclosure'"),
        no_row("no_blocking_check_failed", "checks",
               "No check of any other judge that blocks a release has failed.",
               "severity = 'blocks' AND status IN ('failed', 'error')",
               "UPDATE checks SET status = 'failed' WHERE severity = 'blocks'"),
    ]  # fmt: skip
