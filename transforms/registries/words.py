"""Registry words and ours: ids from titles, and which instrument, treatment, condition or time a text names."""

import re
from collections.abc import Mapping
from typing import Any

from schemas.vocabulary import Vocabulary

#: What stands where the draft cannot know; the loader names it as not defined until a person has filled it in.
FILL_IN = "fill-in"
LONGEST_ID = 40

_DAYS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}
_SPAN = re.compile(r"(\d+(?:\.\d+)?)[\s-]*(day|week|month|year)s?\b|\b(day|week|month|year)s?\s+(\d+(?:\.\d+)?)", re.I)


def slug(title: str, taken: set[str]) -> str:
    """An id for a title, unlike those taken, which it joins."""
    words = re.findall(r"[a-z0-9]+", title.casefold().encode("ascii", "ignore").decode())
    stem = "-".join(words)[:LONGEST_ID].strip("-") or "unnamed"
    found = next(each for n in range(1, len(taken) + 2) if (each := stem if n == 1 else f"{stem}-{n}") not in taken)
    taken.add(found)
    return found


def named(title: str, rows: Mapping[str, Any]) -> str | None:
    """The id of the vocabulary row that a text names, by id or name as whole words; the longest name wins.

    None where no name occurs, or two different rows are named equally well.
    """
    known = {
        plain(name): row
        for row, each in rows.items()
        for name in (
            row.replace("-", " "),
            each.name,
            getattr(each, "full_name", ""),
            *getattr(each, "also_known_as", ()),
        )
        if len(plain(name)) > 2
    }
    inside = f" {plain(title)} "
    found = sorted((name for name in known if f" {name} " in inside), key=len, reverse=True)
    rivals = {known[name] for name in found if len(name) == len(found[0])}
    return known[found[0]] if len(rivals) == 1 else None


def plain(words: str) -> str:
    """Lower-case words and numbers with single spaces between."""
    return " ".join(re.findall(r"[a-z0-9]+", words.casefold()))


def day_of(time_frame: str) -> int | None:
    """The one day that a time frame names, counted from its start; None where it names none or several."""
    spans = {
        round(float(before or after) * _DAYS[(unit or other).casefold()])
        for before, unit, other, after in _SPAN.findall(time_frame)
    }
    return spans.pop() if len(spans) == 1 else None


def endpoint_of(day: int | None, vocabulary: Vocabulary) -> str | None:
    """The endpoint whose window holds the day; None where none or several do."""
    if day is None:
        return None
    found = [each.id for each in vocabulary.endpoints.values() if each.holds(day)]
    return found[0] if len(found) == 1 else None
