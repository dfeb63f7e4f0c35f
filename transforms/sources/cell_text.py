"""Typed cells written out as the text that a contract describes, so that every format is judged by the same rules.

Numbers stand without an exponent and with the declared decimal mark, days in the declared order. Nothing is rounded.
"""

import math
from datetime import date, datetime
from decimal import Decimal

import polars as pl

from schemas.delivery_contract import DATE_ORDERS, FileShape


def number_text(number: float, shape: FileShape) -> str:
    """A number as text: whole ones without a decimal mark; what is not finite as a word that no number reads as."""
    if not math.isfinite(number):
        return "not finite"
    text = str(int(number)) if float(number).is_integer() else format(Decimal(repr(float(number))), "f")
    return text.replace(".", shape.decimal)


def day_text(day: date | datetime, shape: FileShape) -> str:
    """A day as text in the declared order; a time of day is left out."""
    year, month, of_month = f"{day.year:04d}", f"{day.month:02d}", f"{day.day:02d}"
    order = DATE_ORDERS[shape.dates] or DATE_ORDERS["iso"]
    return order.replace("%Y", year).replace("%m", month).replace("%d", of_month)


def column_text(cells: pl.Series, shape: FileShape) -> pl.Series | None:
    """A typed column as text, empty text as nothing; None for a type that has no plain text.

    Text, categories, numbers, true and false, days, and timestamps without a zone, of which the day is taken. One with
    a zone keeps it, which no date reads as: the day depends on where the clinic is.
    """
    kind = cells.dtype
    if kind in (pl.String, pl.Categorical, pl.Enum):
        return cells.cast(pl.String).replace("", None)
    if kind.is_integer() or kind in (pl.Boolean, pl.Null):
        return cells.cast(pl.String)
    if kind.is_float():
        return _floats(cells, shape)
    if kind.is_decimal():
        return cells.cast(pl.String).str.replace(".", shape.decimal, literal=True)
    if kind == pl.Date or (kind == pl.Datetime and getattr(kind, "time_zone", None) is None):
        return cells.dt.to_string(DATE_ORDERS[shape.dates] or DATE_ORDERS["iso"])
    return cells.dt.to_string("%Y-%m-%dT%H:%M:%S%z") if kind == pl.Datetime else None


def _floats(cells: pl.Series, shape: FileShape) -> pl.Series:
    """Each distinct number once: the shortest text that gives it back, in its own width."""
    shortest = cells.cast(pl.String)
    distinct = shortest.unique().drop_nulls()
    written = [number_text(float(text), shape) for text in distinct]
    return shortest.replace_strict(distinct, pl.Series(written, dtype=pl.String), default=None, return_dtype=pl.String)
