"""The picture in the README is taken from a real page, by the command that `make picture` gives."""

import os
import struct
import subprocess
import sys
from pathlib import Path

from tests.browser.readme_picture import WIDTH

ROOT = Path(__file__).resolve().parents[2]
CONTENTS = "IHDR"


def size(picture: bytes) -> tuple[int, int]:
    """Width and height of a PNG, in pixels."""
    assert picture[12:16] == CONTENTS.encode()
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def test_a_home_named_by_a_relative_path_is_pictured(site: Path, tmp_path: Path) -> None:
    (tmp_path / "releases").mkdir()
    (tmp_path / "releases" / "current").symlink_to(site.parent)
    home = os.path.relpath(tmp_path, ROOT)
    asked = [sys.executable, "-m", "tests.browser.readme_picture", home, str(tmp_path / "picture.png")]
    subprocess.run(asked, cwd=ROOT, check=True)
    width, height = size((tmp_path / "picture.png").read_bytes())
    assert width == WIDTH
    assert height > WIDTH / 2, "it reaches as far down as the sentence under the first chart"


def test_the_picture_of_the_readme_is_as_wide_as_the_page() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert "docs/benchmark.png" in readme
    assert size((ROOT / "docs" / "benchmark.png").read_bytes())[0] == WIDTH
