"""Has anything changed since the last run? Answered from names, sizes, times and hashes, without any heavy import.

What a run does when something has changed is `pipeline`.
"""

import json
import os

from orchestration import fingerprints, landing
from orchestration.settings import Home
from schemas.resources import folder

OUR_PACKAGES = ("schemas", "transforms", "dashboards", "orchestration")


def nothing_new(home: Home) -> bool:
    """Whether landing folder, contracts, words, settings, key and code are what they were at the end of the last run."""
    if not home.last_look.is_file() or not (home.current / "release.json").is_file():
        return False
    return bool(json.loads(home.last_look.read_text("utf-8")) == _look(home))


def remember(home: Home) -> None:
    """Notes what this run has seen, for the next one to compare with."""
    unfinished = home.last_look.with_suffix(".writing")
    unfinished.write_text(json.dumps(_look(home)), "utf-8")
    unfinished.replace(home.last_look)


def current_release(home: Home) -> str:
    """The id of the release that readers see."""
    return home.current.readlink().name


def _look(home: Home) -> dict[str, str]:
    seen = {
        "landing": landing.look(home),
        "contracts": fingerprints.of_folder(home.contracts, "*.toml"),
        "vocabulary": fingerprints.of_folder(home.vocabulary, "*.toml"),
        "evidence": fingerprints.of_folder(folder("schemas", "evidence"), "*.toml"),
        "settings": fingerprints.of_folder(home.root, "verum.toml"),
        "key": os.environ.get("VERUM_KEY_FILE", ""),
        "code": fingerprints.code_of(*OUR_PACKAGES),
        "warehouse": home.warehouse.is_file(),
        "release": home.current.readlink().name if home.current.is_symlink() else "",
    }
    return {name: fingerprints.of_values(value) for name, value in seen.items()}
