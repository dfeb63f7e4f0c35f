"""What a spreadsheet would run instead of showing it, and how text is made inert before it is handed out as CSV.

Which tables are handed out, and how, is `dashboards.tables_to_take` and `orchestration.receipts`.
"""

import polars as pl

#: What makes a spreadsheet take a cell for a formula, at its start (OWASP ASVS 1.2.10).
FORMULA_STARTS = r"^[=+\-@\t\r\x00]"


def guarded(name: str) -> pl.Expr:
    """The column of text `name`; a cell that a spreadsheet would take for a formula begins with an apostrophe."""
    text = pl.col(name)
    return pl.when(text.str.contains(FORMULA_STARTS)).then("'" + text).otherwise(text).alias(name)
