"""FHIR's JSON taken apart into resources, strictly: a Bundle, or one resource a line. What they say is `fhir`.

Numbers stay the text that was sent, so that 5 and 5.0 are told apart. A key that stands twice is an error, and so is a
bundle that says that more of it follows.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transforms.sources import RefusedDelivery

#: A bundle is taken apart in memory, and so is each line of the other form.
MOST_BYTES, MOST_BYTES_OF_A_LINE = 256 * 2**20, 16 * 2**20

Resource = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """A line of the delivery: its place from 1, its resource or the reason why there is none, and its full address."""

    line: int
    resource: Resource | None = None
    reason: str = ""
    address: str = ""


def entries(path: Path) -> Iterator[Entry]:
    """The lines of a delivery in their order; one without a resource and without a reason is blank.

    Of a bundle a line is an entry. Raises `RefusedDelivery` for what is no FHIR, not UTF-8, or not the whole.
    """
    size = path.stat().st_size
    if size == 0:
        raise RefusedDelivery("empty", "The file has no bytes. Export it again and send it again.")
    whole = _whole(path) if size <= MOST_BYTES else None
    if whole is not None and whole.get("resourceType") == "Bundle":
        yield from _of_bundle(whole)
    else:
        yield from _of_lines(path)


def read_strictly(text: str) -> Any:
    """What a JSON text says, numbers as they are written; raises `ValueError`, also for a key that stands twice."""
    try:
        return json.loads(
            text, parse_int=str, parse_float=str, parse_constant=lambda name: name, object_pairs_hook=_once
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None


def parts(resource: Any, *path: str) -> list[Any]:
    """Every value at a path of keys, lists followed into; whatever has another shape is not there."""
    found = [resource]
    for key in path:
        held = [one[key] for one in found if isinstance(one, dict) and key in one]
        found = [each for one in held for each in (one if isinstance(one, list) else [one])]
    return found


def text_at(resource: Any, *path: str) -> str | None:
    """The one text at a path of keys; None where there is none, or another thing, or several."""
    if len(path) == 1 and isinstance(resource, dict) and isinstance(found := resource.get(path[0]), str):
        return found or None  # what nearly every text is; the rest is for lists
    found = parts(resource, *path)
    return found[0] if len(found) == 1 and isinstance(found[0], str) and found[0] else None


def _whole(path: Path) -> Resource | None:
    try:
        found = read_strictly(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise RefusedDelivery(
            "encoding", f"The bytes are not UTF-8 (near byte {error.start}), as FHIR's always are. Export it again."
        ) from None
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _of_bundle(bundle: Resource) -> Iterator[Entry]:
    if "next" in parts(bundle, "link", "relation"):
        raise RefusedDelivery(
            "incomplete_bundle", "The bundle says that a next page follows. Send all pages in one bundle."
        )
    for line, entry in enumerate(parts(bundle, "entry"), start=1):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if resource is None and isinstance(entry, dict):
            yield Entry(line)
        elif isinstance(resource, dict) and text_at(resource, "resourceType"):
            yield Entry(line, resource, address=text_at(entry, "fullUrl") or "")
        else:
            yield Entry(line, reason="damaged_record")


def _of_lines(path: Path) -> Iterator[Entry]:
    known = False
    waiting: list[Entry] = []  # until one line is a resource, the file may be something else
    with path.open("rb") as stream:
        line = 0
        while written := stream.readline(MOST_BYTES_OF_A_LINE):
            line += 1
            if len(written) == MOST_BYTES_OF_A_LINE:
                raise RefusedDelivery(
                    "too_large",
                    f"Line {line} is longer than {MOST_BYTES_OF_A_LINE // 2**20} MB, or the bundle is larger than "
                    f"{MOST_BYTES // 2**20} MB. Send a resource a line.",
                )
            entry = _of_line(line, written)
            known = known or entry.resource is not None
            waiting.append(entry)
            if known:
                yield from waiting
                waiting = []
    if not known:
        raise RefusedDelivery(
            "not_fhir", "The file holds no FHIR resource: neither a Bundle nor one a line. Export FHIR R4 as JSON."
        )


def _of_line(line: int, written: bytes) -> Entry:
    if not written.strip():
        return Entry(line)
    try:
        resource = read_strictly(written.decode("utf-8-sig" if line == 1 else "utf-8"))
    except ValueError:
        return Entry(line, reason="damaged_record")
    sound = isinstance(resource, dict) and text_at(resource, "resourceType") not in (None, "Bundle")
    return Entry(line, resource) if sound else Entry(line, reason="damaged_record")


def _once(pairs: list[tuple[str, Any]]) -> Resource:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found
