"""Text from outside made safe for a page, a chart, a file name or an address; its meaning is not judged."""

import re
import unicodedata
from functools import lru_cache
from hashlib import sha256

LONGEST = 400

#: Control, format (all bidirectional marks are among them), surrogate and private-use characters.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_TAG = re.compile(r"</?[A-Za-z][^<>]*>?")
_SPACES = re.compile(r"\s+")
_SLUG = re.compile(r"[^a-z0-9._-]+")


@lru_cache(maxsize=16_384)  # the same labels stand in every row
def clean(text: str | None, longest: int = LONGEST) -> str:
    """`text` on one line without control, bidirectional or invisible characters, cut at `longest`."""
    spaced = _SPACES.sub(" ", text or "")
    if not spaced.isprintable():  # all that is unseen is not printable, so most text needs no second look
        spaced = "".join(character for character in spaced if unicodedata.category(character) not in _UNSEEN)
    seen = spaced.strip()
    return seen if len(seen) <= longest else seen[: longest - 1].rstrip() + "…"


def without_middle(text: str, longest: int) -> str:
    """`text` cleaned, with an ellipsis in the place of its middle where it is longer than `longest`."""
    seen = clean(text)
    if len(seen) <= longest:
        return seen
    end = (longest - 1) // 2
    return f"{seen[: longest - 1 - end].rstrip()}…{seen[-end:].lstrip()}"


@lru_cache(maxsize=16_384)
def chart_text(text: str | None, longest: int = LONGEST) -> str:
    """`text` for a Plotly label: cleaned, without pseudo-tags; any `<`, `>` and `&` left are escaped."""
    bare = clean(text, longest)
    while _TAG.search(bare):
        bare = _TAG.sub("", bare)
    return bare.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").strip()


def slug(text: str) -> str:
    """A name for files and anchors: `text` where it is plain already, else its plain part and a hash."""
    plain = _SLUG.sub("-", text.lower()).strip("-.")
    if plain and plain == text and ".." not in plain:
        return plain
    digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{plain.replace('..', '-')[:60]}-{digest}".strip("-")


def in_numbers(text: str) -> tuple[tuple[int, str], ...]:
    """What names are sorted by where they begin with numbers: "6 months" comes before "12 months"."""
    parts = re.split(r"(\d+)", text)
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in parts if part)


def wrapped(text: str, width: int, lines: int) -> list[str]:
    """`text` in at most `lines` lines of about `width` characters; what does not fit ends in an ellipsis."""
    found: list[str] = [""]
    for word in text.split(" "):
        longer = f"{found[-1]} {word}".strip()
        if len(longer) <= width or not found[-1]:
            found[-1] = longer
        else:
            found.append(word)
    kept = found[:lines]
    if len(found) > lines:
        kept[-1] += "…"
    return [line if len(line) <= width + 1 else line[:width] + "…" for line in kept]
