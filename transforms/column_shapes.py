"""What the cells of an export look like, column by column: dates in which order, numbers, few codes, or text.

No value is kept: only what a draft of a contract has to know. The draft itself is `contract_drafts`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

#: What is blank, or a code for missing that many programs write; never counted as a value.
BLANK = ("", "na", "n/a", "nan", "null", "none", ".", "-", "?")
#: Up to so many different texts in a column are codes, if each comes several times.
MOST_CODES = 12
_NAME_LIKE = re.compile(r"[^\W\d_][\w .%()/-]{0,39}")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_SLASHED = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-]\d{4}")
_NUMBER = re.compile(r"-?\d+(?:[.]\d+)?")
_COMMA = re.compile(r"-?\d+,\d+")


@dataclass(frozen=True)
class ColumnShape:
    """A column: its place from 1, its name, what most of its cells are, and how many different ones there are.

    `orders` are the orders of day and month that fit every date of it; `commas` whether numbers have decimal commas.
    """

    place: int
    name: str
    kind: str
    different: int = 0
    orders: tuple[str, ...] = ()
    commas: bool = False

    @property
    def named(self) -> bool:
        """Whether the name looks like one: what stands in line 1 may be a value."""
        return bool(_NAME_LIKE.fullmatch(self.name))

    @property
    def shown(self) -> str:
        """The name, if it looks like one."""
        return repr(self.name) if self.named else "(name not shown)"


def looks_like_header(names: Sequence[str]) -> bool:
    """Whether the first line names columns: no blank, date or number among them, and none twice."""
    values = [name for name in names if not name or _is_date(name) or _NUMBER.fullmatch(name) or _COMMA.fullmatch(name)]
    named = [name for name in names if _NAME_LIKE.fullmatch(name)]
    return not values and len(set(names)) == len(names) and 5 * len(named) >= 4 * len(names)


def shapes(names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[ColumnShape]:
    """The shape of each column, from its name and the cells of some rows that have a cell for each name."""
    return [_shape(place, name, [row[place - 1].strip() for row in rows]) for place, name in enumerate(names, start=1)]


def _shape(place: int, name: str, cells: Sequence[str]) -> ColumnShape:
    filled = [cell for cell in cells if cell.casefold() not in BLANK]
    different = len(set(filled))
    if not filled:
        return ColumnShape(place, name, "empty")
    if _most(filled, _is_date):
        return ColumnShape(place, name, "date", different, orders=_orders(filled))
    if _most(filled, lambda cell: bool(_NUMBER.fullmatch(cell) or _COMMA.fullmatch(cell))):
        commas = any(_COMMA.fullmatch(cell) for cell in filled)
        return ColumnShape(place, name, "number", different, commas=commas)
    few = different <= MOST_CODES and len(filled) >= 2 * different
    return ColumnShape(place, name, "code" if few else "text", different)


def _most(filled: Sequence[str], is_so: Callable[[str], bool]) -> bool:
    return 10 * sum(map(is_so, filled)) >= 9 * len(filled)


def _is_date(cell: str) -> bool:
    return bool(_ISO.fullmatch(cell) or _SLASHED.fullmatch(cell))


def _orders(filled: Sequence[str]) -> tuple[str, ...]:
    slashed = [found for cell in filled if (found := _SLASHED.fullmatch(cell))]
    if 2 * len(slashed) < len(filled):
        return ("iso",)
    later = {"dmy": max(int(one[2]) for one in slashed), "mdy": max(int(one[1]) for one in slashed)}
    fitting = tuple(order for order, month in later.items() if month <= 12)
    return fitting or ("dmy", "mdy")
