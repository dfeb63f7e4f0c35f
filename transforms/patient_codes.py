"""Whether a patient's code can be trusted to be the clinic's own: damaged text, sums, codes that only look different.

Expressions over one text column. Codes are hashed in `pseudonyms`; which records are set aside is decided in
`typed_cells` and, over whole deliveries, in `mistaken`.
"""

import polars as pl

from transforms.pseudonyms import INVISIBLE

#: What stands for the bytes 0x80 to 0x9f in Windows-1252: the second half of a letter that was decoded wrongly.
_SECOND_HALVES = bytes(range(0x80, 0xA0)).decode("windows-1252", "ignore")
#: Replacement and control characters; UTF-8 that was read as Windows-1252 or Latin-1 (RELIABILITY C04).
DAMAGED_TEXT = rf"[\x{{fffd}}\x00-\x08\x0b-\x1f\x7f-\x{{9f}}]|[ÂÃÅ][\x{{80}}-\x{{bf}}{_SECOND_HALVES}]|â[\x{{80}}€]"
#: A blank that does not break, within a code: it may stand for a blank, or for nothing.
_INNER_BLANK = r"\S[\x{a0}\x{202f}\x{2007}]+\S"
#: Codes of lines that sum others up, in the languages of exports (RELIABILITY C11).
SUMMARY_WORDS = (
    "total", "totals", "subtotal", "grand total", "sum", "mean", "average", "median", "summe", "gesamt", "mittelwert",
    "anzahl", "somme", "moyenne", "suma", "promedio", "totaal", "totale",
)  # fmt: skip


def unclear(code: pl.Expr) -> pl.Expr:
    """Whether a code is damaged text, or no patient's but a word such as total."""
    word = code.str.strip_chars().str.to_lowercase().str.strip_suffix(":")
    return code.str.contains(DAMAGED_TEXT) | code.str.contains(_INNER_BLANK) | word.is_in(SUMMARY_WORDS)


def disguise(code: pl.Expr) -> pl.Expr:
    """A number for the way in which a code is written that has characters nobody sees; null for any other."""
    return pl.when(code.str.contains(INVISIBLE)).then(code.hash())


def mistaken(rows: pl.DataFrame) -> pl.DataFrame:
    """`delivery` and `patient` of those whose code is written in two ways that look alike (RELIABILITY C13).

    `rows` have `delivery`, `patient` and `disguise`. Both are set aside: nobody can say whether they are one patient.
    """
    seen = rows.filter(pl.col("disguise").is_not_null()).select("delivery", "patient").drop_nulls().unique()
    if seen.is_empty():
        return seen
    each = rows.join(seen, on=["delivery", "patient"], how="semi").with_columns(pl.col("disguise").fill_null(0))
    ways = each.group_by("delivery", "patient").agg(pl.col("disguise").n_unique())
    return ways.filter(pl.col("disguise") > 1).select("delivery", "patient")
