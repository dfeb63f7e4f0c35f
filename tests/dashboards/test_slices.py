"""Slices: whatever they hold is read back unchanged, in a fixed order, and nothing in them ends their script."""

import json
import math
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboards import panels
from dashboards.drawing import Chart
from dashboards.panels import _values, rounded
from dashboards.slices import Column, Download, View, script

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


near_a_half = st.integers(-(10**6), 10**6).flatmap(
    lambda half: st.sampled_from([half / 2000, math.nextafter(half / 2000, 9e9), math.nextafter(half / 2000, -9e9)])
)


@given(st.lists(st.one_of(st.none(), near_a_half, st.floats(-1, 1), st.floats(-1e15, 1e15)), min_size=1))
def test_a_column_is_rounded_as_each_of_its_numbers_is(values: list[float | None]) -> None:
    each = [None if value is None else rounded(value) for value in values]
    for few in (0, panels.FEW_VALUES):  # all at once, and one by one
        with mock.patch.object(panels, "FEW_VALUES", few):
            assert list(map(repr, _values("share", values))) == list(map(repr, each))
