"""The built site: same rows, same bytes; every link leads somewhere; every page carries what every page must."""

import re
from dataclasses import replace
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import pytest
from plotly.offline import get_plotlyjs_version

from dashboards import navigation
from dashboards.layout import POLICY, release
from dashboards.marts import Marts
from dashboards.site import LIBRARY, _pages  # the pages alone, without writing them thirty times
from dashboards.wording import ONCE_PER_PAGE, SYNTHETIC
from schemas.tables import PUBLIC_TABLES
from tests.dashboards import made_up_release
from tests.dashboards.built_site import RELEASE, built, contents, pages, slices


def test_the_pages_of_the_site_are_there(site: Path) -> None:
    found = {str(path.relative_to(site)) for path in site.rglob("*.html")}
    named = {place.address for _, places in navigation.GROUPS for place in places}
    studies = {f"evidence/{row['study']}.html" for row in made_up_release.studies()}
    clinics = {f"clinics/{source}.html" for source in made_up_release.COHORTS}
    tables = {f"tables/{name}.html" for name in PUBLIC_TABLES}
    assert {path for path in found if "/" not in path} == named
    assert studies | clinics | tables <= found
    assert {path.split("/")[0] for path in found if "/" in path} <= set(navigation.FOLDERS)


def test_every_page_leads_to_every_listed_page_and_marks_where_it_stands(site: Path) -> None:
    named = [place.address for _, places in navigation.GROUPS for place in places]
    for path, page in pages(site):
        inside = [element for element in page.all("a") if any(a.get("class") == "all" for a in element["around"])]
        assert [
            (path.parent / element["href"]).resolve().relative_to(site.resolve()).as_posix() for element in inside
        ] == named
        header = [element for element in page.all("a") if any(a.get("class") == "top" for a in element["around"])]
        marked = [element["href"] for element in header if "aria-current" in element]
        assert len(marked) == 2, path
        assert [element["text"].endswith("?") for element in page.elements if element.get("class") == "question"] == [
            True
        ]


def test_the_same_rows_give_the_same_bytes(site: Path, tmp_path: Path) -> None:
    backwards = {name: rows[::-1] for name, rows in made_up_release.tables().items()}
    assert contents(built(tmp_path, backwards)) == contents(site)


def test_every_page_carries_release_policy_label_and_one_heading(site: Path) -> None:
    for path, page in pages(site):
        policy = [meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
        assert policy == [POLICY], path
        assert page.all("html")[0]["lang"] == "en"
        assert page.all("html")[0]["data-release"] == RELEASE
        assert len(page.all("h1")) == 1, path
        body = page.all("body")[0]["text"]
        assert RELEASE in body
        assert SYNTHETIC in body
        assert body.count(ONCE_PER_PAGE) == 1, path


def test_a_real_network_is_not_labelled_synthetic(tmp_path: Path) -> None:
    tables = made_up_release.tables()
    tables["cohorts"] = [row | {"synthetic": False} for row in tables["cohorts"]]
    tables["release_notes"] = [{"key": "synthetic", "value": "false"}]
    assert not [path for path, page in pages(built(tmp_path, tables)) if SYNTHETIC in page.all("body")[0]["text"]]


def test_the_policy_forbids_every_request_and_inline_script() -> None:
    assert "default-src 'none'" in POLICY
    assert "connect-src 'none'" in POLICY
    assert "form-action 'none'" in POLICY
    assert "script-src 'self';" in POLICY
    assert "frame-ancestors" not in POLICY


def test_no_page_holds_a_script_or_a_handler_of_its_own(site: Path) -> None:
    for path, page in pages(site):
        root = "../" * (len(path.relative_to(site).parts) - 1)
        assert [element["src"] for element in page.all("script")] == [f"{root}assets/app.js"]
        assert page.all("script")[0]["text"] == ""
        assert not [name for element in page.elements for name in element if name.startswith("on")]


def test_only_pages_with_charts_name_the_drawing_library(site: Path) -> None:
    for path, page in pages(site):
        drawn = [element for element in page.elements if element.get("role") == "img"]
        assert ("data-library" in page.all("html")[0]) == bool(drawn), path
    assert "showSendToCloud" in (site / "assets" / "plotly.min.js").read_text("utf-8")


def test_the_drawing_library_is_plotlys_own_of_the_version_that_the_python_package_speaks() -> None:
    held = (files("dashboards") / "assets" / LIBRARY).read_bytes()
    assert sha256(held).hexdigest() == "99784e3abfb07b142a15e521a439e6d9addceadb3f79553fd24c72774f0649ba"
    assert f"plotly.js (basic - minified) v{get_plotlyjs_version()}\n".encode() in held[:100]
    licence = (files("dashboards") / "assets" / "plotly-basic.LICENSE").read_text("utf-8")
    assert licence.startswith("MIT License")


def test_nothing_is_requested_from_anywhere(site: Path) -> None:
    for path, page in pages(site):
        loaded = [element.get("src", "") for element in page.elements if "src" in element]
        loaded += [element["href"] for element in page.all("link")]
        assert not [address for address in loaded if re.match(r"[a-z]+:|//", address) and address != "data:,"], path
        away = [element for element in page.all("a") if re.match(r"[a-z]+:|//", element["href"])]
        assert all(each["href"].startswith("https://doi.org/") and each["rel"] == "noreferrer" for each in away)


def test_every_link_leads_to_something(site: Path) -> None:
    ids = {path: {element["id"] for element in page.elements if "id" in element} for path, page in pages(site)}
    for path, page in pages(site):
        assert len(ids[path]) == sum("id" in element for element in page.elements), f"{path}: an id is used twice"
        for element in page.all("a"):
            if element["href"].startswith("https:"):
                continue
            place, _, anchor = element["href"].partition("#")
            target = (path.parent / place).resolve() if place else path
            assert target in ids or (target.is_file() and not anchor), element["href"]
            if anchor and "=" in anchor:
                assert anchor.split("&")[0] in ids[target] or anchor.startswith("c="), element["href"]
            elif anchor:
                assert anchor in ids[target], element["href"]


def test_every_chart_has_title_summary_table_source_and_buttons(site: Path) -> None:
    charts = 0
    for _, page in pages(site):
        for chart in (element for element in page.elements if element.get("role") == "img"):
            charts += 1
            figure = chart["around"][-1]
            inside = [element for element in page.elements if figure in element["around"]]
            ids = {element["id"]: element for element in inside if "id" in element}
            assert ids[chart["aria-labelledby"]]["text"].strip()
            assert ids[chart["aria-describedby"]]["text"].strip()
            assert {"details", "table", "caption", "figcaption"} <= {element["tag"] for element in inside}
            assert {"data-csv", "data-png"} <= {name for element in inside for name in element}
            assert all("scope" in element for element in inside if element["tag"] == "th")
            assert RELEASE in next(element for element in inside if element["tag"] == "figcaption")["text"]
    assert charts > 6


def test_every_view_has_its_slice_and_every_slice_its_page(site: Path) -> None:
    named = {
        element[name] for _, page in pages(site) for element in page.elements for name in ("data-slice", "data-rows")
        if name in element
    }  # fmt: skip
    found = slices(site)
    assert set(found) == named
    for name, each in found.items():
        assert (each["slice_id"], each["release_id"], each["schema"]) == (name, RELEASE, 1)


def test_a_slice_stays_light(site: Path) -> None:
    assert max(path.stat().st_size for path in (site / "data").iterdir()) <= 250_000
    light = [site / name for name in ("index.html", "files.html", "evidence.html")]
    assert all(path.stat().st_size < 60_000 for path in light)


@pytest.mark.parametrize("table", sorted(made_up_release.tables()))
def test_a_release_with_an_empty_table_can_still_be_drawn(marts: Marts, table: str) -> None:
    lacking = {table, "comparisons"} if table == "published_rates" else {table}
    emptied = replace(marts, **{name: getattr(marts, name).clear() for name in lacking})
    made = list(_pages(emptied, release(emptied, "made-up")))
    assert {place.address for _, places in navigation.GROUPS for place in places} <= {page.path for page in made}
