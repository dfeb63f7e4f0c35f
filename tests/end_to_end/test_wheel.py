"""What is installed: the wheel alone, outside the repository, does the whole job."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import duckdb
import pytest

ROOT = Path(__file__).resolve().parents[2]

#: Where the repository's folders lie inside the wheel.
PLACES = {
    "schemas": "schemas",
    "transforms": "transforms",
    "orchestration": "orchestration",
    "dashboards": "dashboards",
    "evidence": "schemas/_evidence",
    "samples": "orchestration/_samples",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source distribution, as a release would be."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    built = subprocess.run(build, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty environment that holds the wheel and sees this one's libraries, but not the repository."""
    folder = tmp_path_factory.mktemp("elsewhere")
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    python = folder / "venv/bin/python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-deps", "--no-index"]
    subprocess.run([*pip, str(wheel)], check=True)
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True).stdout.strip()
    libraries = dict.fromkeys([sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
    # Folders named in a path file are searched, but path files inside them are not read: an editable install
    # of the repository stays unseen.
    Path(packages, "libraries.pth").write_text("\n".join(libraries), "utf-8")
    return folder


@pytest.fixture(scope="module")
def home(elsewhere: Path) -> Path:
    """A home that the installed `verum` has filled with the sample network and run."""
    sample = _verum(elsewhere, "sample", "d")
    assert sample.returncode == 0, sample.stdout + sample.stderr
    run = _verum(elsewhere, "run", "--home", "d")
    assert run.returncode in (0, 3), run.stdout + run.stderr
    return elsewhere / "d"


def test_everything_that_is_read_at_run_time_travels_in_the_wheel(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    needed = {
        f"{place}/{path.relative_to(ROOT / folder).as_posix()}"
        for folder, place in PLACES.items()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert needed - inside == set()


def test_nothing_else_travels_in_the_wheel(wheel: Path) -> None:
    folders = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in folders if not name.endswith(".dist-info")} == {
        "schemas",
        "transforms",
        "orchestration",
        "dashboards",
    }


def test_the_repository_is_out_of_sight(elsewhere: Path) -> None:
    asked = "import orchestration as o, schemas as s, sys; print(*sys.path, o.__file__, s.__file__, sep='\\n')"
    told = subprocess.run(
        [elsewhere / "venv/bin/python", "-P", "-c", asked],
        cwd=elsewhere,
        env=_surroundings(elsewhere),
        capture_output=True,
        text=True,
        check=True,
    )
    *path, orchestration, schemas = told.stdout.splitlines()
    assert ROOT not in [Path(entry).resolve() for entry in path]
    assert Path(orchestration).is_relative_to(elsewhere)
    assert Path(schemas).is_relative_to(elsewhere)


def test_the_installed_program_publishes_the_sample_network(home: Path) -> None:
    release = home / "releases/current"
    assert (release / "site/index.html").stat().st_size > 0
    with duckdb.connect(str(release / "marts.duckdb"), read_only=True) as marts:
        for table in (
            "deliveries",
            "released_counts",
            "observed_rates",
            "published_rates",
            "studies",
            "comparisons",
        ):
            (rows,) = marts.execute(f'SELECT count(*) FROM "{table}"').fetchone() or (0,)
            assert rows > 0, table


def test_the_installed_program_has_nothing_to_do_the_second_time(home: Path, elsewhere: Path) -> None:
    before = (home / "releases/current").resolve()
    again = _verum(elsewhere, "run", "--home", "d")
    assert again.returncode == 2, again.stdout + again.stderr
    assert (home / "releases/current").resolve() == before


def _verum(elsewhere: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [elsewhere / "venv/bin/verum", *arguments],
        cwd=elsewhere,
        env=_surroundings(elsewhere),
        capture_output=True,
        text=True,
        check=False,
    )


def _surroundings(elsewhere: Path) -> dict[str, str]:
    """The environment of a newcomer: no path to the repository, an own place for the key."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VERUM", "COV"))}
    return {**kept, "HOME": str(elsewhere), "XDG_CONFIG_HOME": str(elsewhere / "config")}
