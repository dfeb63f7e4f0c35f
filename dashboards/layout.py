"""What every page carries, and how a template is filled. What a page says is in `pages`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from dashboards import navigation, wording
from dashboards.compiled import Compiled
from dashboards.marts import Marts, Row, rows
from dashboards.names import failed_sources
from dashboards.plain import clean
from dashboards.sentences import newest
from dashboards.slices import View

#: `frame-ancestors` is left out: a meta element cannot carry it.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'none'; form-action 'none'; base-uri 'none'; object-src 'none'"
)

#: How templates are read. What Jinja compiled under these rules is kept (`compiled`).
SYNTAX: Mapping[str, Any] = {
    "autoescape": True,
    "keep_trailing_newline": True,
    "lstrip_blocks": True,
    "trim_blocks": True,
}


@dataclass(frozen=True)
class Release:
    """What holds for every page of one release; `data_until` is the last day of its data as YYYY-MM-DD, if known.

    `checks_failed` says that a check of some clinic's files failed, so that names may have a dagger.
    """

    id: str
    synthetic: bool
    data_to: str
    disclosure: str
    version: str
    data_until: str = ""
    checks_failed: bool = False

    @property
    def source(self) -> str:
        """The source line burnt into every picture."""
        made_up = f" {wording.SYNTHETIC}" if self.synthetic else ""
        return f"Source: Verum release {self.id}, data to {self.data_to}.{made_up}"

    @property
    def registry(self) -> str:
        """The source line of what holds published figures alone, and no clinic's data."""
        return f"Source: the published studies named here, as recorded in Verum release {self.id}."


@dataclass(frozen=True)
class Page:
    """One finished page: where it goes, what it is, the slices that it loads and the files that it hands out.

    Where the page stood in another release already, its slices are among its files, with `taken` charts in them.
    """

    path: str
    html: str
    views: Sequence[View] = field(default_factory=tuple)
    files: Mapping[str, bytes] = field(default_factory=dict)
    taken: int = 0

    @property
    def charts(self) -> int:
        """How many charts stand on the page."""
        return self.taken + sum(len(view.charts) for view in self.views)


def release(marts: Marts, identity: str) -> Release:
    """The facts of the release called `identity` that every page repeats."""
    notes = marts.notes
    return Release(
        id=clean(identity, 80),
        synthetic=marts.synthetic,
        data_to=newest(rows(marts.cohorts)),
        disclosure=clean(next((value for key, value in sorted(notes.items()) if key.startswith("disclosure")), "")),
        version=clean(notes.get("verum_version", ""), 40),
        checks_failed=bool(failed_sources(rows(marts.checks)) & set(marts.cohorts["source"])),
        data_until=_until(rows(marts.cohorts)),
    )


def _until(cohorts: Sequence[Row]) -> str:
    newest_day = max((row["data_to"] for row in cohorts if row["data_to"] is not None), default=None)
    return newest_day.isoformat() if newest_day else ""


def fill(template: str, stands: Release, *, path: str, sentence: str, charts: bool = False, **content: Any) -> str:
    """The HTML of the page at `path`; `sentence` is its only first-level heading."""
    root = "../" * path.count("/")
    return (
        templates()
        .get_template(template)
        .render(
            dagger_note=wording.DAGGER_NOTE,
            agreed_days=wording.AGREED_DAYS,
            charts=charts,
            once=wording.ONCE_PER_PAGE,
            page_groups=navigation.GROUPS,
            here=path,
            listing=navigation.listing(path),
            group=navigation.group(path),
            question=navigation.question(path),
            policy=POLICY,
            release=stands,
            root=root,
            sentence=sentence,
            synthetic_label=wording.SYNTHETIC,
            **content,
        )
    )


@cache
def templates() -> Environment:
    """The environment that fills templates: everything is escaped, and a name that nobody gave is an error."""
    # Compiling a template costs more than filling it: one environment serves all pages of a run.
    made = Environment(
        auto_reload=False,  # nobody edits a template while a site is drawn; looking would cost more than filling one
        bytecode_cache=Compiled(SYNTAX),
        loader=PackageLoader("dashboards"),
        undefined=StrictUndefined,
        **SYNTAX,
    )
    made.filters.update(capital=wording.capital, clean=clean, doi=doi_address, strong=emphasised)
    return made


def doi_address(doi: str) -> str:
    """The address of an identifier at doi.org; whatever the text holds, it leads nowhere else."""
    return f"https://doi.org/{quote(clean(doi), safe='/.()-_;:')}"


def emphasised(text: str) -> list[tuple[str, bool]]:
    """`text` in pieces with whether each is stressed; two asterisks mark stress (METHODS 10)."""
    pieces = clean(text, 4000).split("**")
    return [(piece, place % 2 == 1 and place < len(pieces) - 1) for place, piece in enumerate(pieces) if piece]
