"""Which of two deliveries of one source is the older one: by the day they speak for, or by dates and versions in names.

The order of arrival decides only where neither says anything.
"""

import re
from dataclasses import dataclass
from datetime import date

from schemas.delivery_contract import DeliveryContract

_DATE = re.compile(r"(?<!\d)(20\d{2})[-_.]?(0[1-9]|1[0-2])(?:[-_.]?(0[1-9]|[12]\d|3[01]))?(?!\d)")
_VERSION = re.compile(r"(?<![A-Za-z])(?:v|ver|version|rev)[-_ ]?(\d{1,4})(?!\d)", re.IGNORECASE)
#: Data cuts that a delivery itself declares; the others follow from its rows, or are the same for all deliveries.
DECLARED = ("column", "name")


@dataclass(frozen=True)
class Named:
    """What a file's name says of its place in time: what is left of it, the last date in it, and its version."""

    rest: str
    date: tuple[int, int, int]
    version: int


def named(name: str) -> Named:
    """The place in time that a file's name gives; (0, 0, 0) and 0 where it gives none."""
    dates = list(_DATE.finditer(name))
    versions = list(_VERSION.finditer(name))
    rest = _VERSION.sub("#", _DATE.sub("#", name)).casefold()
    day = dates[-1].groups("0") if dates else ("0", "0", "0")
    return Named(rest, (int(day[0]), int(day[1]), int(day[2])), int(versions[-1][1]) if versions else 0)


def is_older(one: tuple[str, date | None], standing: tuple[str, date | None], contract: DeliveryContract) -> bool:
    """Whether a delivery is older than one that stands: each given by its file's name and the day it speaks for.

    The declared day decides; where it is the same, or none is declared, names decide that differ in nothing but dates
    and versions.
    """
    (name, day), (other, other_day) = one, standing
    if contract.data_cut.kind in DECLARED and day is not None and other_day is not None and day != other_day:
        return day < other_day
    mine, theirs = named(name), named(other)
    return mine.rest == theirs.rest and (mine.date, mine.version) < (theirs.date, theirs.version)
