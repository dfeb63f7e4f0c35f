"""Pages that stand again: drawn for the release before from the same material, and taken from it with the new id.

A page is drawn by a function of its material and of what holds for every page of its release. Its key is a hash of all
of the material, of what holds for every page but the release's id, of the function's name and of the code. What a
function is not given its page cannot show, and its key cannot lack. Which release was before, and what its files should
hash to, is known to `orchestration.release`; what a page is drawn from, to `pages`.
"""

import copyreg
import io
import json
import pickle
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from dashboards.layout import Page, Release
from dashboards.packed_blocks import Blocks
from schemas.seals import named_by_hashes

#: Beside the site: what each page that may stand again was drawn from.
KEYS = "pages.json"
KEY_DIGITS = 32
#: Where the parts of a page belong: no text that comes from outside can look like it.
PLACE = "<!-- parts -->\n"
M = TypeVar("M")
#: By source a hash of all that its pages are drawn from, where somebody has made one.
Marks = Mapping[str, str]
NO_MARKS: Marks = {}


@dataclass(frozen=True)
class Before:
    """The release before: its id, its folder, and the SHA-256 that each of its files had, by path from the folder."""

    id: str
    folder: Path
    sealed: Mapping[str, str]

    def read(self, path: str) -> bytes | None:
        """The bytes of a file of the release, if they are still those that were sealed."""
        try:
            held = (self.folder / path).read_bytes()
        except OSError:
            return None
        return held if sha256(held).hexdigest() == self.sealed.get(path) else None


@dataclass
class Shelf:
    """What of the release before may stand again in this one; `made_with` names the code that draws.

    `drawn` and `standing` are the pages that were drawn for this release and those that were taken from the one before;
    `refilled` are those of which only the parts are new.
    """

    stands: Release
    made_with: str = ""
    before: Before | None = None
    drawn: list[str] = field(default_factory=list)
    standing: list[str] = field(default_factory=list)
    refilled: list[str] = field(default_factory=list)
    _keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    _packed: Blocks = field(default_factory=Blocks)

    def knows(self, path: str, mark: str | None) -> bool:
        """Whether the release before drew the page at `path` from something of this mark."""
        return mark is not None and self._known.get(path, {}).get("mark") == self._marked(mark)

    def marked(self, path: str, mark: str | None) -> Page | None:
        """The page at `path` of the release before if `knows` it and its files are whole; without a look at material.

        A mark stands for all that the page is drawn from besides what holds for every page of a release and the code.
        """
        if not self.knows(path, mark):
            return None
        entry = self._known[path]
        page = self._again(path, entry["key"])
        if page is not None:
            self.standing.append(path)
            self._keys[path] = entry
        return page

    def page(self, path: str, draw: Callable[[M, Release], Page], material: M, mark: str | None = None) -> Page:
        """The page at `path` as `draw` makes it of `material`: taken from the release before, or drawn.

        `draw` is a function of a module, so that it sees nothing that is not its material; raises `TypeError` where
        it is not. `mark` stands for the material in the release after this one.
        """
        key = self._key(draw, material)
        found = self._again(path, key)
        (self.drawn if found is None else self.standing).append(path)
        page = draw(material, self.stands) if found is None else found
        files = [f"data/{view.id}.js" for view in page.views] or sorted(page.files)
        self._keys[path] = {"key": key, "charts": page.charts, "files": files, **self._noted(mark)}
        return page

    def page_around(
        self, path: str, draw: Callable[[M, Release], Page], material: M, parts: str, mark: str | None = None
    ) -> Page:
        """The page at `path` as `draw` makes it of `material`, with `parts` put where `PLACE` is; a chart has no place.

        Parts are drawn for every release, and do not name it. Where they are not those of the release before, what is
        around them may stand all the same.
        """
        outer = self._key(draw, material)
        key = sha256(json.dumps([outer, parts]).encode()).hexdigest()[:KEY_DIGITS]
        page, known = self._again(path, key), self._known.get(path, {})
        around = self._around(path) if page is None and known.get("frame") == outer else None
        (self.standing if page else self.drawn if around is None else self.refilled).append(path)
        if page is None:
            around = draw(material, self.stands).html.partition(PLACE)[::2] if around is None else around
            page, known = Page(path, parts.join(around)), {"start": len(around[0]), "parts": len(parts)}
        of_parts = {name: known[name] for name in ("start", "parts")} | self._noted(mark)
        self._keys[path] = {"key": key, "frame": outer, "charts": 0, "files": [], **of_parts}
        return page

    def _around(self, path: str) -> tuple[str, str] | None:
        """What is before and after the parts of a page of the release before, if it is whole."""
        known, old = self._known[path], self._text(path)
        return None if old is None else (old[: known["start"]], old[known["start"] + known["parts"] :])

    def blocks(self, archive: str) -> Blocks:
        """What the release before had packed in its archive at this path, and a place for what this one packs."""
        told = self._told.get("packed", {})
        held = self.before.read(f"site/{archive}") if told and self.before else None
        self._packed = Blocks() if held is None else Blocks(held, told)
        return self._packed

    def keys(self) -> str:
        """The keys of this release's pages and the places of what it packed, for the release after it."""
        told = {"made_with": self.made_with, "pages": self._keys, "packed": self._packed.places}
        return json.dumps(told, sort_keys=True, separators=(",", ":")) + "\n"

    def _noted(self, mark: str | None) -> dict[str, str]:
        return {} if mark is None else {"mark": self._marked(mark)}

    def _marked(self, mark: str) -> str:
        """A mark with what holds for every page of this release."""
        return sha256(json.dumps([self._every_page, mark]).encode()).hexdigest()[:KEY_DIGITS]

    @cached_property
    def _every_page(self) -> str:
        return sha256(_told(self._facts)).hexdigest()

    def _key(self, draw: Callable[..., object], material: object) -> str:
        if getattr(draw, "__closure__", "none") is not None:
            raise TypeError(f"{draw}: a page that may stand again is drawn by a plain function, which sees no more")
        told = _told((draw.__module__, draw.__qualname__, self._facts, material))
        return sha256(told.replace(self.stands.id.encode(), b"")).hexdigest()[:KEY_DIGITS]

    @cached_property
    def _facts(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self.stands).items() if name != "id"}

    @cached_property
    def _told(self) -> Mapping[str, Any]:
        """What the release before left for this one, if it was made by the same code and the ids are of one length."""
        if self.before is None or not self.made_with or len(self.before.id) != len(self.stands.id):
            return {}
        told: dict[str, Any] = json.loads(self.before.read(KEYS) or b"{}")
        return told if told.get("made_with") == self.made_with else {}

    @property
    def _known(self) -> Mapping[str, dict[str, Any]]:
        """The pages of the release before that were drawn by the same code."""
        pages: Mapping[str, dict[str, Any]] = self._told.get("pages", {})
        return pages

    def _again(self, path: str, key: str) -> Page | None:
        """The page of the release before with the new id, if it was drawn of the same and its files are whole."""
        entry = self._known.get(path)
        if entry is None or entry["key"] != key:
            return None
        html, files = self._text(path), {name: self._text(name) for name in entry["files"]}
        slices = {name: text.encode() for name, text in files.items() if text is not None}
        whole = html is not None and len(slices) == len(files)
        return Page(path, html or "", files=slices, taken=entry["charts"]) if whole else None

    def _text(self, path: str) -> str | None:
        """A file of the site before with the new id, if it is known what it was drawn from and it is whole.

        A release's id is a hash of all of its rows, so none of them holds it: where it stands, it was put by a page.
        """
        held = self.before.read(f"site/{path}") if self._known and self.before else None
        return None if held is None or self.before is None else held.decode().replace(self.before.id, self.stands.id)


def _told(value: object) -> bytes:
    """All of a value, as it could be read back: what differs in anything that a page could show is told otherwise."""
    told = io.BytesIO()
    teller = pickle.Pickler(told, protocol=5)
    teller.fast = True  # without references: whether two parts of a value are one object must make no difference
    teller.dispatch_table = {**copyreg.dispatch_table, pl.DataFrame: _frame_told}
    teller.dump(value)
    return told.getvalue()


def _frame_told(frame: pl.DataFrame) -> tuple[type[str], tuple[str]]:
    """A table by its columns, types and the hashes of its rows, whatever its layout in memory."""
    return str, (named_by_hashes(frame),)
