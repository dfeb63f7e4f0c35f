"""What a reader meets: functions that fit on a screen, modules that open with a sentence, telling names."""

import ast
import re

import pytest

from tests.architecture.sources import ROOT, Module, modules, repository_files

LINES_OF_A_FUNCTION = 40
LINES_OF_A_MODULE = 350

#: Names that say nothing about what is inside.
EMPTY_WORDS = {"util", "utils", "helper", "helpers", "manager", "managers", "misc", "common", "stuff"}
EMPTY_NAMES = {"process", "processing", "data", "info", "core", "base", "main", "functions"}

Defined = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module

each_module = pytest.mark.parametrize("module", modules(), ids=lambda module: module.place)


@each_module
def test_a_function_fits_on_a_screen(module: Module) -> None:
    functions = [n for n in ast.walk(module.tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert {f.name: _lines(f) for f in functions if _lines(f) > LINES_OF_A_FUNCTION} == {}


@each_module
def test_a_module_is_read_in_one_sitting(module: Module) -> None:
    documented = [n for n in ast.walk(module.tree) if isinstance(n, Defined)]
    assert len(module.text.splitlines()) - sum(map(_docstring_lines, documented)) <= LINES_OF_A_MODULE


@each_module
def test_a_module_opens_by_saying_what_lives_there(module: Module) -> None:
    assert (ast.get_docstring(module.tree) or "").strip()


@each_module
def test_a_module_is_named_for_what_it_holds(module: Module) -> None:
    stem = module.path.stem
    assert stem not in EMPTY_NAMES
    assert not EMPTY_WORDS & set(stem.split("_"))


@each_module
def test_a_class_or_a_table_is_named_for_what_it_holds(module: Module) -> None:
    classes = [n.name for n in ast.walk(module.tree) if isinstance(n, ast.ClassDef)]
    variables = [n.id for n in ast.walk(module.tree) if isinstance(n, ast.Name)]
    assert not [name for name in classes if re.search(r"(Manager|Helper|Util|Utils|Info)$", name)]
    assert "df" not in variables or module.place.startswith("transforms/statistics/")  # there: degrees of freedom


def test_nothing_is_left_to_be_done_later() -> None:
    unfinished = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X])\b|NotImplemented[E]rror")
    written = [place for place in repository_files() if place.endswith((".py", ".js", ".toml", ".html", ".css"))]
    assert not [place for place in written if unfinished.search(_text(place))]


def test_a_silenced_type_error_says_why() -> None:
    silenced = re.compile(r"# type: [i]gnore(?!\[[\w, -]+\] +(#|-) *\S)")
    places = [place for place in repository_files() if place.endswith(".py")]
    assert not [place for place in places if silenced.search(_text(place))]


def _text(place: str) -> str:
    return (ROOT / place).read_text("utf-8")


def _lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    assert function.end_lineno is not None
    return function.end_lineno - function.lineno + 1 - _docstring_lines(function)


def _docstring_lines(node: Defined) -> int:
    if ast.get_docstring(node) is None:
        return 0
    first = node.body[0]
    assert first.end_lineno is not None
    return first.end_lineno - first.lineno + 1


@pytest.mark.parametrize(
    ("source", "lines"),
    [("def f():\n    return 1\n", 2), ('def f():\n    """a\n\n    b"""\n    return 1\n', 2)],
)
def test_a_docstring_is_not_counted(source: str, lines: int) -> None:
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    assert _lines(function) == lines
