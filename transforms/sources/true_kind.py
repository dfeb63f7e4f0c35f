"""What a file really is, by its first bytes: said when a delivery is not what its contract and its name say.

Only kinds that people send by mistake, or on purpose, are told apart; none of them is opened here.
"""

import json
from pathlib import Path

from transforms.sources import RefusedDelivery

#: So much of a file is looked at.
OPENING = 4096
#: First bytes of files that are no text.
SIGNATURES = (
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a zip archive or an Office document"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document (.xls, .doc) or a protected one"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90\x00", "a program"),
    (b"\x89PNG\r\n", "a picture"),
    (b"GIF8", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"{\\rtf", "an RTF document"),
    (b"$FL2@(#)", "an SPSS file"),
    (b"$FL3@(#)", "an SPSS file"),
)
_PAGE_TAGS = (b"<!doctype html", b"<html", b"<head", b"<body")


def kind_of(opening: bytes) -> str:
    """What a file that opens with these bytes is, in words; empty for what may be text in lines."""
    for signature, kind in SIGNATURES:
        if opening.startswith(signature):
            return kind
    if opening[257:262] == b"ustar":
        return "a tar archive"
    text = opening.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if any(tag in text[:512] for tag in _PAGE_TAGS) and text.startswith(b"<"):
        return "a web page (HTML): an error page or a log-in page, perhaps"
    if text.startswith(b"<?xml"):
        return "an XML document"
    return "a JSON document" if _begins_json(opening.removeprefix(b"\xef\xbb\xbf").lstrip()) else ""


def opening_of(path: Path) -> bytes:
    """The first bytes of a file."""
    with path.open("rb") as stream:
        return stream.read(OPENING)


def refuse_other_kinds(path: Path, wanted: str) -> None:
    """Raises `RefusedDelivery` (`wrong_kind`) where the file is of a kind that is known and not `wanted`."""
    kind = kind_of(opening_of(path))
    if kind:
        raise RefusedDelivery(
            "wrong_kind", f"The file is {kind}, whatever its name says; expected {wanted}. Export it again as that."
        )


def _begins_json(text: bytes) -> bool:
    """Whether a text can only be JSON: an object whose first key follows, or a list of objects or lists."""
    opening = text[:1]
    inside = text[1:].lstrip()[:1]
    if opening == b"{":
        return inside in (b'"', b"}") and _key_follows(text)
    return opening == b"[" and inside in (b"{", b"[", b"]")


def _key_follows(text: bytes) -> bool:
    rest = text[1:].lstrip()
    if rest.startswith(b"}"):
        return True
    try:
        _, end = json.JSONDecoder().raw_decode(rest.decode("utf-8", "replace"))
    except ValueError:
        return True  # a key that is longer than what was looked at
    return rest.decode("utf-8", "replace")[end:].lstrip()[:1] == ":"
