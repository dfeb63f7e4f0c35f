"""One expectation of a release's public tables: a sentence, how it is judged, and the fault that breaks it.

What is expected is listed in `audit` and, of changes, in `audit_of_changes`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from transforms.masking import ROUNDED_TO

Severity = Literal["blocks", "warns"]

#: Released counts of people are at least this, or 0: 1 to 7 are hidden, and 8 is rounded to 10 (METHODS, section 8.1).
SMALLEST_SHOWN = 10
#: A rate computed by another route may differ by this much.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Expected:
    """One expectation of one table: `judged_by` names the class of Great Expectations, `asked` what it is asked."""

    id: str
    table: str
    sentence: str
    judged_by: str
    asked: Mapping[str, Any]
    fault: str
    severity: Severity = "blocks"


def no_row(name: str, table: str, sentence: str, wrong: str, fault: str, *, severity: Severity = "blocks") -> Expected:
    """An expectation that holds unless the SQL condition `wrong` is true of a row; no column leaves the database."""
    query = f"SELECT 1 AS wrong FROM (SELECT * FROM {{batch}}) AS {table} WHERE {wrong}"
    asked = {"unexpected_rows_query": query}
    return Expected(name, table, sentence, "UnexpectedRowsExpectation", asked, fault, severity)


def any_of(wrong: Callable[..., str], asked: Iterable[Sequence[str]]) -> str:
    """SQL that holds where `wrong` holds of any of what is asked."""
    return " OR ".join(wrong(*one) for one in asked)


def outside(low: str, rate: str, high: str) -> str:
    """SQL for a number that does not lie between its limits."""
    return f"{rate} NOT BETWEEN {low} - {ROUNDING} AND {high} + {ROUNDING}"


def no_small_count(table: str, columns: Iterable[str], fault: str) -> Expected:
    """That no count of people in these columns is too small to be shown, or exact."""
    sentence = f"A count of people is 0, or {SMALLEST_SHOWN} or more and a multiple of {ROUNDED_TO}, or is not shown."
    return no_row("no_small_count", table, sentence, any_of(_small_or_exact, [(name,) for name in columns]), fault)


def _small_or_exact(count: str) -> str:
    return f"{count} % {ROUNDED_TO} <> 0 OR ({count} <> 0 AND {count} < {SMALLEST_SHOWN})"
