"""Numbers, dates and states in words: how one value is written. Whole sentences are in `sentences`."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from math import floor

from dashboards.marts import Row
from dashboards.plain import clean

#: A count from 1 to 7 is never written (METHODS 8.1).
MASKED = "1 to 7"
ONCE_PER_PAGE = "Clinic patients differ from trial patients. A difference is a reason to look, not a verdict."
SYNTHETIC = "Synthetic sample data: no real patient, no real clinic."
#: Data older than this are late: a file is expected every 31 days by the contracts of the sample, and a week's grace.
AGREED_DAYS = 38
#: Why a rate has no mark, by its status; what stands in the place of the mark.
HIDDEN = {
    "suppressed": "Not shown: fewer than 8 patients in a group",
    "no_data": "No data received",
    "not_due": "Not due yet",
    "too_few": "Too few followed up: bounds only",
}
#: After the name of a clinic of which a check failed.
DAGGER = " †"
DAGGER_NOTE = (
    "† Not every check of this clinic's files passed: its page says which failed, and which of its files are used."
)
#: Fewest outcomes that may be set beside a published figure (METHODS 2.4).
FEWEST_OUTCOMES = 30


@dataclass(frozen=True)
class Rate:
    """One rate as a page prints it: words for the reader, four-decimal shares for the markup."""

    words: str
    rate: str
    low: str
    high: str

    @property
    def has_interval(self) -> bool:
        """Whether an interval is known; where it is not, the words say so."""
        return bool(self.low)


def whole(share: float) -> int:
    """A share in whole percent, halves rounded up (METHODS 10)."""
    return _halves_up(share, 100)


@lru_cache(maxsize=2**17)
def tenths(share: float | None) -> float | None:
    """A share in percent to one decimal, for axes and downloads; null stays null."""
    if share is None:
        return None
    return _halves_up(share, 1000) / 10


def _halves_up(share: float, parts: int) -> int:
    """The nearest number of parts; decimal arithmetic decides only what may be a half, for it is slow."""
    above = share * parts + 0.5
    below = floor(above)
    if 1e-6 < above - below < 1 - 1e-6:
        return below
    return int((Decimal(repr(share)) * parts).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def percent(share: float) -> str:
    """A share as a whole percentage."""
    return f"{_halves_up(share, 100)}%"


def interval(low: float, high: float) -> str:
    """An interval of shares: "54% to 71%"."""
    return f"{percent(low)} to {percent(high)}"


@lru_cache(maxsize=2**17)  # a rate stands in a list, a chart, on its clinic's page and on its receipt
def observed(share: float, low: float, high: float) -> Rate:
    """An observed rate with its 95% interval."""
    return Rate(f"{percent(share)} ({interval(low, high)})", attribute(share), attribute(low), attribute(high))


def printed(row: Row) -> str:
    """A published figure exactly as printed, with its unit."""
    figure = clean(row["printed"], 40)
    return figure if figure.endswith("%") or not figure else f"{figure}%"


def published(row: Row) -> Rate | None:
    """A published rate as printed with our interval around it, or words where there can be none."""
    if row["rate"] is None:
        return None
    if row["rate_low"] is None or row["rate_high"] is None:
        return Rate(f"{printed(row)} (interval unknown: number of patients not known)", attribute(row["rate"]), "", "")
    words = f"{printed(row)} ({interval(row['rate_low'], row['rate_high'])})"
    return Rate(words, attribute(row["rate"]), attribute(row["rate_low"]), attribute(row["rate_high"]))


def attribute(share: float) -> str:
    """A share for an attribute: four decimals, always."""
    return f"{share:.4f}"


def points(difference: float) -> str:
    """A difference of shares in signed whole percentage points: "+9", "−4", "0"."""
    rounded = whole(abs(difference))
    return "0" if rounded == 0 else f"{'+' if difference > 0 else '−'}{rounded}"


def difference(row: Row) -> Rate | None:
    """The difference of a comparison with its 95% interval, in percentage points."""
    if row["difference"] is None or row["difference_low"] is None or row["difference_high"] is None:
        return None
    return apart(row["difference"], row["difference_low"], row["difference_high"])


def apart(difference: float, low: float, high: float) -> Rate:
    """A difference of shares with its 95% interval, in percentage points."""
    words = f"{points(difference)} ({points(low)} to {points(high)})"
    return Rate(words, attribute(difference), attribute(low), attribute(high))


def hidden(row: Row) -> str:
    """Why nothing is drawn in a row: words by its status."""
    return HIDDEN.get(row["status"], "Not shown")


def about(count: int | None) -> str:
    """A released count, already rounded to 5: "about 115"; "not shown" where it is withheld."""
    if count is None:
        return "not shown"
    return "none" if count == 0 else f"about {count:,}"


def lines(count: int | None) -> str:
    """A count of lines; null means that it is one of 1 to 7 and masked."""
    return MASKED if count is None else f"{count:,}"


def day(when: date | None) -> str:
    """A date: "21 Nov 2026"; "unknown" where there is none."""
    return "unknown" if when is None else f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def month(when: date) -> str:
    """A month: "Feb 2027"."""
    return f"{_MONTHS[when.month - 1]} {when.year}"


def counted(count: int, one: str, many: str) -> str:
    """A count with its noun: "1 clinic", "12 clinics"."""
    return f"{count:,} {one if count == 1 else many}"


def listed(parts: list[str]) -> str:
    """Parts of a sentence: "a, b and c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def capital(text: str) -> str:
    """`text` with its first letter in upper case and the rest untouched."""
    return text[:1].upper() + text[1:]


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
