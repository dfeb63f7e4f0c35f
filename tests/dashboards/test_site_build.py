"""The built site: same rows, same bytes; every link leads somewhere; nothing a label says is ever markup."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboards import navigation
from dashboards.drawing import Chart
from dashboards.layout import POLICY
from dashboards.plain import slug
from dashboards.site import build
from dashboards.slices import Column, Download, View, script
from dashboards.wording import ONCE_PER_PAGE, SYNTHETIC
from schemas.tables import PUBLIC_TABLES
from tests.dashboards import hostile, made_up_release

RELEASE = "2026-11-21.1-3fa9c2d1"
SOURCES = Path(__file__).parents[2] / "dashboards"
VOID = {"meta", "link", "br", "input"}


class Reader(HTMLParser):
    """A page as a list of elements, each with its attributes, its own text and the elements around it."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[dict[str, Any]] = []
        self.open: list[dict[str, Any]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = {"tag": tag, "text": "", "around": list(self.open), **{name: value or "" for name, value in attrs}}
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()["tag"] == tag, f"<{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element["text"] += data

    def all(self, tag: str) -> list[dict[str, Any]]:
        return [element for element in self.elements if element["tag"] == tag]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("release"), made_up_release.tables())


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("hostile"), hostile.tables())


def built(folder: Path, tables: dict[str, list[dict[str, Any]]]) -> Path:
    build(made_up_release.write(folder / "marts.duckdb", tables), folder / "site", RELEASE)
    return folder / "site"


#: Pages that draw clinics.
OF_CLINICS = {"benchmark.html", "variation.html", "trends.html", "casemix.html", "followup.html", "rules.html"}


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


def test_every_published_number_on_the_benchmark_page_leads_to_its_record(site: Path) -> None:
    page = Reader((site / "benchmark.html").read_text("utf-8"))
    published = [
        element for element in page.elements if element.get("class") == "rate" and any(
            around["tag"] == "dl" or around.get("class") == "published" for around in element["around"]
        )
    ]  # fmt: skip
    assert len(published) > 8
    for element in published:
        link = element["around"][-1]
        assert link["tag"] == "a"
        assert re.fullmatch(r"evidence/[a-z0-9-]+\.html#r-[a-z0-9-]+", link["href"])


def test_no_rate_is_printed_without_an_interval(site: Path) -> None:
    told = 0
    for path, page in pages(site):
        for element in page.elements:
            if "data-rate" in element:
                told += 1
                if element.get("data-interval") == "unknown":
                    assert "data-lo" not in element
                else:
                    low, rate, high = (float(element[name]) for name in ("data-lo", "data-rate", "data-hi"))
                    assert low <= rate <= high, path
    assert told > 50


def test_every_rate_column_of_a_download_has_limits_beside_it(site: Path) -> None:
    for found in slices(site).values():
        for download in found["downloads"].values():
            names = [column["name"] for column in download["columns"]]
            for rate in {"percent", "points"} & set(names):
                assert {f"{rate}_low", f"{rate}_high"} <= set(names)
            assert all(len(row) == len(names) for row in download["rows"])


def test_a_refused_comparison_has_its_reasons_and_no_published_rate_near_it(site: Path) -> None:
    page = Reader((site / "benchmark.html").read_text("utf-8"))
    refused = [element for element in page.elements if element.get("class") == "refused"]
    assert len(refused) == 2
    for section in refused:
        assert "Not comparable: " in section["text"]
        assert "questionnaire" in section["text"]
        reasons = [element["href"] for element in page.all("a") if section in element["around"]]
        assert reasons
        assert all(re.fullmatch(r"clinics/[a-z0-9.-]+\.html#b-[a-z0-9.-]+", address) for address in reasons)
        inside = [element for element in page.elements if section in element["around"]]
        assert not [element for element in inside if "data-rate" in element]
        assert not re.search(r"47\.6|77%|60%", section["text"])


def test_every_comparison_shows_its_twelve_dimensions(site: Path) -> None:
    told = 0
    for path in sorted((site / "clinics").iterdir()):
        page = Reader(path.read_text("utf-8"))
        for article in (element for element in page.all("article") if element["id"].startswith("b-")):
            rows = [element for element in page.all("tr") if article in element["around"]]
            assert len(rows) == 1 + len(made_up_release.DIMENSIONS)
            told += 1
    assert told == len(made_up_release.comparisons())


def test_every_clinic_has_a_sentence_on_the_overview(site: Path) -> None:
    page = Reader((site / "index.html").read_text("utf-8"))
    for label in made_up_release.COHORTS.values():
        assert sum(item["text"].strip().startswith(f"{label}.") for item in page.all("li")) == 1, label
    assert page.all("h1")[0]["text"] == (
        "12 clinics beside published rates, margin 10 points: "
        "1 above, 1 within, 1 below, 1 not below, 2 cannot tell and 6 without a verdict."
    )


def test_a_clinic_that_was_never_compared_is_listed(tmp_path: Path) -> None:
    tables = made_up_release.tables()
    tables["comparisons"] = [row for row in tables["comparisons"] if row["source"] != "faraway"]
    page = Reader((built(tmp_path, tables) / "index.html").read_text("utf-8"))
    section = next(element for element in page.all("section") if element.get("aria-labelledby") == "g-uncompared")
    assert "Faraway" in section["text"]


def test_unattainable_figures_are_shown_as_printed_with_the_reason(site: Path) -> None:
    text = Reader((site / "evidence.html").read_text("utf-8")).all("main")[0]["text"]
    assert "no whole number of 387 patients gives 47.6%" in text
    assert "no whole number of 388 patients gives 27.4%" in text
    assert "171 of 387 patients gives 44.2%" in text
    assert "55.0%" in text


def test_a_study_page_says_what_is_not_known(site: Path) -> None:
    text = Reader((site / "evidence" / "molsberger-2002.html").read_text("utf-8")).all("main")[0]["text"]
    assert "none yet" in text
    assert "cannot be tested: the number of patients is not known" in text
    assert "no: The responder rule is recalled" in text


def test_the_files_page_shows_the_arithmetic_and_the_reasons(site: Path) -> None:
    text = Reader((site / "files.html").read_text("utf-8")).all("main")[0]["text"]
    assert "2,011 lines = 1 header + 1,990 accepted + 20 set aside + 0 blank: adds up" in text
    assert "1 to 7 lines: The date is not one." in text
    assert "does not add up" in text
    assert "Refused by rule undeclared_column" in text
    assert "1 of the files does not add up" in text


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
def test_a_release_with_an_empty_table_can_still_be_drawn(table: str, tmp_path: Path) -> None:
    tables = made_up_release.tables() | {table: []}
    if table == "published_rates":
        tables["comparisons"] = []
    assert (built(tmp_path, tables) / "index.html").is_file()


# --- hostile labels ---------------------------------------------------------------------------------------------


def test_the_fixture_is_hostile_everywhere() -> None:
    used = {
        value for rows in hostile.tables().values() for row in rows for value in row.values() if isinstance(value, str)
    }
    assert set(hostile.PAYLOADS) <= used


def test_a_hostile_label_adds_no_element_and_no_attribute(site: Path, poisoned: Path) -> None:
    known = {(element["tag"], name) for _, page in pages(site) for element in page.elements for name in element}
    known |= {("p", "data-rate"), ("section", "aria-labelledby")}
    for path, page in pages(poisoned):
        assert {(element["tag"], name) for element in page.elements for name in element} <= known, path
        assert not page.open


def test_a_hostile_label_adds_no_address(poisoned: Path) -> None:
    for _, page in pages(poisoned):
        for element in page.all("a"):
            plain = (
                r"(\.\./)?[a-z0-9/._-]*\.html(#.*)?$|downloads/[a-z_]+\.(csv|json|zip)$|#|https://doi\.org/[^\"'<>\s]*$"
            )
            assert re.match(plain, element["href"])


def test_a_hostile_label_writes_no_file_outside(poisoned: Path) -> None:
    for path in poisoned.rglob("*"):
        assert path.resolve().is_relative_to(poisoned.resolve())
        assert re.fullmatch(r"[a-z0-9._-]+", path.name)


def test_a_slice_cannot_be_left(poisoned: Path) -> None:
    for path in (poisoned / "data").iterdir():
        text = path.read_text("utf-8")
        assert not set("<>&\u2028\u2029\u202e\u200b") & set(text)
        assert text.count("\n") == 1
    assert slices(poisoned)


def test_a_hostile_label_never_reaches_a_chart_as_a_tag(poisoned: Path) -> None:
    ours = {"<b>", "</b>", "<br>"}
    for found in slices(poisoned).values():
        for chart in found["charts"].values():
            for text in texts(chart):
                assert set(re.findall(r"<[^<>]*>?", text)) <= ours


def texts(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for each in part.values():
            yield from texts(each)
    elif isinstance(part, list):
        for each in part:
            yield from texts(each)
    elif isinstance(part, str):
        yield part


def test_hostile_ids_get_harmless_names(tmp_path: Path) -> None:
    tables = made_up_release.tables()
    renamed = json.loads(json.dumps(tables, default=str).replace('"gerac-2007"', '"../../<b>x"'))
    dated = ("data_to", "due_from", "margin_fixed_on", "window_fixed_on")
    for row in renamed["cohorts"] + renamed["deliveries"] + renamed["observed_rates"] + renamed["comparisons"]:
        row |= {name: None for name in dated if name in row}
    site = built(tmp_path, renamed)
    assert not [path for path in site.rglob("*") if not re.fullmatch(r"[a-z0-9._-]+", path.name)]
    assert (site / "evidence" / f"{slug('../../<b>x')}.html").is_file()


# --- slices -------------------------------------------------------------------------------------------------------

cells = st.one_of(st.none(), st.integers(0, 10**6), st.floats(0, 100, allow_nan=False), st.text(max_size=40))


@settings(max_examples=50)
@given(st.lists(st.lists(cells, min_size=2, max_size=2), max_size=8), st.text(max_size=20))
def test_whatever_a_slice_holds_is_read_back_unchanged(rows: list[list[Any]], name: str) -> None:
    download = Download("one row each", [Column("a", "text", "A"), Column("b", "number", "B")], rows)
    written = script(View("view", {name: download}, {}), release="r", data_to="d", disclosure="e")
    assert not set("<>&\u2028\u2029") & set(written)
    body = written.removeprefix('window.__slice("view", ').removesuffix(");\n")
    assert json.loads(body)["downloads"][name]["rows"] == rows


def test_a_slice_with_a_number_that_is_none_is_refused() -> None:
    download = Download("one row", [Column("a", "number", "A")], [[float("nan")]])
    with pytest.raises(ValueError, match="Out of range float"):
        script(View("view", {"x": download}, {}), release="r", data_to="d", disclosure="")


def test_the_keys_of_a_slice_stand_in_a_fixed_order() -> None:
    chart = Chart([], {"b": 1, "a": 2}, {}, {}, {"z": 1, "y": 0})
    written = script(View("view", {}, {"one": chart}), release="r", data_to="d", disclosure="")
    assert '"places":{"y":0,"z":1}' in written
    assert '"wide":{"a":2,"b":1}' in written


# --- what the sources may not contain ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "forbidden",
    ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "|safe", "| safe",
     "Markup(", "srcdoc", "fetch(", "XMLHttpRequest", "import(", "write_html", "to_html"],
)  # fmt: skip
def test_no_source_uses_a_way_to_turn_text_into_markup_or_a_request(forbidden: str) -> None:
    sources = [path for path in SOURCES.rglob("*") if path.suffix in {".py", ".js", ".html", ".css"}]
    assert len(sources) > 20
    assert not [path for path in sources if forbidden in path.read_text("utf-8")]


def test_the_one_script_shares_no_chart_and_shows_no_bar() -> None:
    script_text = (SOURCES / "assets" / "app.js").read_text("utf-8")
    for setting in (
        "displayModeBar: false", "displaylogo: false", "doubleClick: false", 'plotlyServerURL: ""',
        "responsive: true", "scrollZoom: false", "showSendToCloud: false",
    ):  # fmt: skip
        assert Counter(script_text.split("\n"))[f"    {setting},"] == 1, setting


def test_no_template_holds_an_inline_script_or_style_block() -> None:
    for path in (SOURCES / "templates").iterdir():
        text = path.read_text("utf-8")
        assert "<style" not in text
        assert not re.search(r"<script(?![^>]*\bsrc=)", text)
        assert not re.search(r"\son[a-z]+=", text)
