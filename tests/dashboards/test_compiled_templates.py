"""What Jinja compiled is kept beside the templates, and used for nothing but the text that it was compiled from."""

import sys
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

from dashboards.compiled import Compiled
from dashboards.layout import SYNTAX, templates

TEXT = "<p>{{ name }}</p>\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A template of its own, where Python may keep what it compiles."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    (tmp_path / "page.html").write_text(TEXT, "utf-8")
    return tmp_path


def _filled(folder: Path, **rules: bool) -> str:
    syntax = SYNTAX | rules
    loader = jinja2.FileSystemLoader(folder)
    made = jinja2.Environment(loader=loader, bytecode_cache=Compiled(syntax), **syntax)
    return made.get_template("page.html").render(name="a < b")


@pytest.fixture
def never_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    def compiled(*_: object, **__: object) -> None:
        pytest.fail("compiled again")

    monkeypatch.setattr(jinja2.Environment, "compile", compiled)


def _kept(folder: Path) -> list[Path]:
    return sorted(folder.glob("__pycache__/*"))


def test_what_was_compiled_once_is_not_compiled_again(folder: Path, request: pytest.FixtureRequest) -> None:
    first = _filled(folder)
    request.getfixturevalue("never_compiled")
    assert _filled(folder) == first == "<p>a &lt; b</p>\n"
    assert [path.name for path in _kept(folder)] == [f"page.{sys.implementation.cache_tag}.pyc"]


def test_a_text_that_changed_is_compiled_again(folder: Path) -> None:
    _filled(folder)
    (folder / "page.html").write_text("<b>{{ name }}</b>\n", "utf-8")
    assert _filled(folder) == "<b>a &lt; b</b>\n"
    (folder / "page.html").write_text(TEXT, "utf-8")
    assert _filled(folder) == "<p>a &lt; b</p>\n"


def test_what_was_compiled_under_other_rules_is_not_used(folder: Path) -> None:
    assert _filled(folder, autoescape=False) == "<p>a < b</p>\n"
    assert _filled(folder) == "<p>a &lt; b</p>\n"


def test_what_was_compiled_of_another_template_is_not_used(folder: Path) -> None:
    (folder / "page.html").write_text("<b>{{ name }}</b>\n", "utf-8")
    _filled(folder)
    (kept,) = _kept(folder)
    other = kept.read_bytes()
    (folder / "page.html").write_text(TEXT, "utf-8")
    _filled(folder)
    kept.write_bytes(other)
    assert _filled(folder) == "<p>a &lt; b</p>\n"


@pytest.mark.parametrize("left", [0, 20, 40, -1])
@pytest.mark.parametrize("end", [b"", b"\0"])
def test_what_is_damaged_is_compiled_again(folder: Path, left: int, end: bytes) -> None:
    _filled(folder)
    (kept,) = _kept(folder)
    whole = kept.read_bytes()
    kept.write_bytes(whole[:left] + end)
    assert _filled(folder) == "<p>a &lt; b</p>\n"
    assert kept.read_bytes() == whole


def test_nothing_is_kept_where_python_keeps_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert _filled(folder) == "<p>a &lt; b</p>\n"
    assert not _kept(folder)


def test_it_is_kept_where_python_was_told_to_keep_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "pycache_prefix", str(folder / "elsewhere"))
    assert _filled(folder) == "<p>a &lt; b</p>\n"
    assert not _kept(folder)
    assert len(list((folder / "elsewhere").rglob("page.*.pyc"))) == 1


def test_a_site_is_drawn_where_nothing_can_be_written(folder: Path) -> None:
    (folder / "__pycache__").write_text("no folder", "utf-8")
    assert _filled(folder) == "<p>a &lt; b</p>\n"


def test_no_template_hands_a_constant_to_a_filter() -> None:
    """Such a constant would be filtered as the template is compiled, by a filter that may have changed since."""
    assert not list(_filtered_constants())


def _filtered_constants() -> Iterator[tuple[str, int]]:
    made = templates()
    assert made.loader is not None
    for name in made.list_templates(extensions=["html"]):
        text, _, _ = made.loader.get_source(made, name)
        for found in made.parse(text).find_all((nodes.Filter, nodes.Test)):
            if isinstance(found.node, nodes.Const | nodes.TemplateData | nodes.List | nodes.Tuple):
                yield name, found.lineno
