"""What holds for every test: properties are not timed, and where CI is set they are tried with fixed examples.

Where several processes share the tests, each takes a file at a time: the files that take longest come first, so that no
process works at one of them alone when the others have ended; and each process has one thread of Polars.

Ten thousand tests are a million objects that live to the end. Python looks for cycles among them neither while they are
gathered nor afterwards, which had cost a third of all tests; what a test makes is looked through as ever.
"""

import gc
import os
import shutil
from collections.abc import Generator
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import settings

#: One of several processes: they are as many as the cores, so that more threads would wait for each other.
SHARED = "PYTEST_XDIST_WORKER" in os.environ
if SHARED:
    os.environ.setdefault("POLARS_MAX_THREADS", "1")  # read when Polars is imported

#: Files that take half a minute or more on a slow day, the longest first.
LONGEST = (
    "browser/test_every_page_in_a_browser.py",
    "orchestration/test_dagster_web.py",
    "orchestration/test_suites.py",
    "orchestration/kept/test_kept.py",
    "orchestration/test_last_marts.py",
    "browser/test_pages_in_a_browser.py",
    "browser/test_filters_in_a_browser.py",
    "browser/test_views_in_a_browser.py",
    "end_to_end/test_repeatable.py",
    "end_to_end/test_offline.py",
    "end_to_end/test_wheel.py",
    "orchestration/kept/test_kept_in_parts.py",
    "orchestration/test_release.py",
    "transforms/test_second_opinion.py",
    "orchestration/test_dagster_assets.py",
    "end_to_end/test_bad_files.py",
    "faults/test_detection_matrix.py",
    "orchestration/test_handover.py",
    "orchestration/test_edits.py",
    "orchestration/test_calibration.py",
    "orchestration/test_dagster_sensor.py",
    "browser/test_print_in_a_browser.py",
    "browser/test_context_in_a_browser.py",
    "browser/test_waiting_for_charts.py",
    "browser/test_outcomes_in_a_browser.py",
    "browser/test_readme_picture.py",
    "browser/test_downloads_in_a_browser.py",
    "benchmarks/test_bench.py",
    "faults/test_fuzz.py",
    "faults/test_hostile_files.py",
    "end_to_end/test_all_or_nothing.py",
    "orchestration/test_warehouse.py",
    "orchestration/test_sample.py",
    "dashboards/test_pages_that_stand_again.py",
)

settings.register_profile("verum", deadline=None, derandomize=bool(os.environ.get("CI")), print_blob=True)
settings.load_profile("verum")


def pytest_configure() -> None:
    """A folder for what is made once for all tests, in however many processes (`tests/end_to_end/sample_home.py`)."""
    if not SHARED:
        os.environ["VERUM_TESTS_SHARE"] = mkdtemp(prefix="verum-sample-")


def pytest_unconfigure() -> None:
    """The folder is taken away when all processes have ended."""
    if not SHARED:
        shutil.rmtree(os.environ["VERUM_TESTS_SHARE"])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, the others in their order."""
    here = Path(__file__).parent
    places = {here / name: place for place, name in enumerate(LONGEST)}
    if gone := [str(path) for path in places if not path.is_file()]:
        raise pytest.UsageError(f"tests/conftest.py names files that are not there: {gone}")
    if SHARED:
        items.sort(key=lambda item: places.get(item.path, len(places)))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What was gathered stays, and is not looked through again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_sessionfinish() -> None:
    gc.unfreeze()  # libraries complain of what is left at the very end
