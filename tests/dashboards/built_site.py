"""A built site as tests read it: its pages as elements, its slices as rows, its files as bytes. No test lives here."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from dashboards.site import build
from tests.dashboards import made_up_release

RELEASE = "2026-11-21.1-3fa9c2d1"
VOID = {"meta", "link", "br", "input"}


class Reader(HTMLParser):
    """A page as a list of elements, each with its attributes, its own text and the elements around it."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[dict[str, Any]] = []
        self.open: list[dict[str, Any]] = []
        self.words: list[list[str]] = []
        self.feed(html)
        self.close()
        for element, words in zip(self.elements, self.words, strict=True):
            element["text"] = "".join(words)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = {"tag": tag, "text": "", "around": list(self.open), **{name: value or "" for name, value in attrs}}
        element["place"] = len(self.elements)
        self.elements.append(element)
        self.words.append([])
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()["tag"] == tag, f"<{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        for element in self.open:
            self.words[element["place"]].append(data)

    def all(self, tag: str) -> list[dict[str, Any]]:
        return [element for element in self.elements if element["tag"] == tag]


def built(folder: Path, tables: dict[str, list[dict[str, Any]]]) -> Path:
    build(made_up_release.write(folder / "marts.duckdb", tables), folder / "site", RELEASE)
    return folder / "site"


def pages(site: Path) -> Iterator[tuple[Path, Reader]]:
    for path in sorted(site.rglob("*.html")):
        yield path, Reader(path.read_text("utf-8"))


def slices(site: Path) -> dict[str, dict[str, Any]]:
    found = {}
    for path in sorted((site / "data").glob("*.js")):
        name, body = re.fullmatch(r'window\.__slice\("([^"]+)", (.*)\);\n', path.read_text("utf-8"), re.DOTALL).groups()  # type: ignore[union-attr]  # a mismatch fails the test
        assert name == path.stem
        found[name] = json.loads(body)
    return found


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
