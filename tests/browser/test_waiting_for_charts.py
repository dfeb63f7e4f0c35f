"""The stopwatch of the benchmark opens real pages and stops at their last chart. How long it takes is not judged."""

import json
import subprocess
import sys
from pathlib import Path

from tests.browser.test_readme_picture import ROOT


def test_the_first_page_and_the_next_are_waited_for(site: Path, tmp_path: Path) -> None:
    result = tmp_path / "waiting.json"
    subprocess.run([sys.executable, "-m", "benchmarks.waiting", str(site), str(result)], cwd=ROOT, check=True)
    waited = json.loads(result.read_text("utf-8"))
    assert waited.keys() == {"first", "next"}
    assert min(waited.values()) > 0


def test_a_site_that_is_not_there_gives_no_figure(tmp_path: Path) -> None:
    asked = [sys.executable, "-m", "benchmarks.waiting", str(tmp_path / "site"), str(tmp_path / "waiting.json")]
    assert subprocess.run(asked, cwd=ROOT, capture_output=True, check=False).returncode != 0
    assert not (tmp_path / "waiting.json").exists()
