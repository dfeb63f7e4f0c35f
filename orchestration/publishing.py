"""The last steps of a run: marts are put where a site is drawn from, the site is drawn, and both are swapped in.

How tables are made is `pipeline`, how a release lies on disk `release`, what a page is drawn from `dashboards`.
"""

import sys
import zlib
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import polars as pl

from orchestration import fingerprints, handover, looking, release
from orchestration.parts import Digests
from orchestration.release import Release
from orchestration.report import BlockedByChecks, Report
from orchestration.settings import Home
from transforms import checks


class Made(dict[str, pl.DataFrame]):
    """The tables of a run by name, with the hashes of their rows, part by part, of those where they are known."""

    def __init__(self, tables: Mapping[str, pl.DataFrame], digests: Mapping[str, Digests]) -> None:
        super().__init__(tables)
        self.digests = digests


def build_release(home: Home, tables: Made) -> None:
    """Puts the marts where the site is drawn from, unless they are the current release's; raises `BlockedByChecks`."""
    release.clear_unfinished(home)
    stopping = checks.blocking(tables["checks"])
    if stopping.height:
        about = "; ".join(f"{check} on {what}" for check, what in stopping.select("check_id", "object").iter_rows())
        raise BlockedByChecks(
            f"{stopping.height} blocking check(s) failed: {about}. The last release stands as it was."
        )
    rows = release.rows_of(tables, tables.digests)
    now, named = release.current(home), release.id_of(rows)
    if now is None or now.id != named or not release.is_sound(now):
        release.build_marts(home, tables, named, rows)
    handover.leave(home, "release", {"release": named, "seen": handover.left(home, "sources").get("seen", {})})


def publish_release(home: Home, report: Report, tables: Mapping[str, pl.DataFrame] | None = None) -> None:
    """Draws the site of the release that was built and swaps it in; if it is the current one already, it stands.

    `tables` are those that were stored in it, where the same process has made them: they need not be read again.
    Raises `OutOfOrder` where no release was built, or what was built is no longer there.
    """
    left, building = handover.left(home, "release"), release.unfinished(home)
    if building is not None and left.get("release") == release.named(building):
        draw_site(building, release.current(home), tables)
        release.publish(home, building)
        report.published = True
    now = release.current(home)
    if now is None or now.id != left.get("release"):
        raise handover.OutOfOrder("No release is waiting for its site. Build the release first, or run everything.")
    report.release, report.index = now.id, str(now.index)
    if left["seen"]:
        looking.remember(home, left["seen"])


def draw_site(building: Path, last: Release | None = None, tables: Mapping[str, pl.DataFrame] | None = None) -> None:
    """Draws the site of a release that is being built; what the last one drew of the same is taken from there.

    It is drawn from `tables` where they are given, which are then those that were stored; else from what is stored.
    """
    from dashboards import marts, shelf, site  # noqa: PLC0415 - plotly and templates are needed only here

    before = shelf.Before(last.id, last.folder, release.sealed(last)) if last else None
    drawn_from = building / "marts.duckdb" if tables is None else marts.of(tables)
    site.build(drawn_from, building / "site", release.named(building), _drawn_with(), before)


def _drawn_with() -> str:
    """Names the code that draws pages: ours, and of what is not ours all that puts text together, or packs it."""
    libraries = [*(version(name) for name in ("jinja2", "markupsafe", "polars")), zlib.ZLIB_RUNTIME_VERSION]
    return fingerprints.of_values([fingerprints.code_of("dashboards", "schemas"), libraries, sys.version])
