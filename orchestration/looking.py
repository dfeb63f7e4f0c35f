"""Has anything changed since the last run? Answered from names, sizes, times and hashes, without any heavy import.

What a run does when something has changed is `pipeline`.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestration import fingerprints, journal, key_file, landing
from orchestration.settings import Home
from orchestration.whole_files import read_whole, write_whole
from schemas.resources import folder

#: Without these a release is none that readers can use.
OF_A_RELEASE = ("release.json", "marts.duckdb", "site/index.html")
OUR_PACKAGES = ("schemas", "transforms", "dashboards", "orchestration")


def nothing_new(home: Home, seen: Mapping[str, str] | None = None) -> bool:
    """Whether landing folder, contracts, words, settings, key and code are what the last run had seen.

    `seen` is what `look` has just found, if somebody has looked.
    """
    there = key_file.place().is_file() and _is_filled(home.warehouse) and is_whole(home.current)
    before, release = _remembered(home), current_release(home)
    same = (before.get("release"), before.get("ledger")) == (release, _ledger(home))
    return there and same and before.get("seen") == (look(home) if seen is None else seen)


def is_whole(release: Path) -> bool:
    """Whether the folder of a release has the files without which readers can use none of it, and none is empty."""
    return all(_is_filled(release / name) for name in OF_A_RELEASE)


def _is_filled(place: Path) -> bool:
    return place.is_file() and place.stat().st_size > 0


def unseen(home: Home) -> list[str]:
    """What is not as the last run had seen it: `landing`, `contracts`, `code` ..."""
    before = _remembered(home).get("seen", {})
    return [name for name, mark in look(home).items() if before.get(name) != mark]


def remember(home: Home, seen: Mapping[str, str]) -> None:
    """Notes what a finished run had seen when it began, for the next one to compare with."""
    kept = {"seen": seen, "release": current_release(home), "decisions": _decisions(home), "ledger": _ledger(home)}
    write_whole(home.last_look, json.dumps(kept))


def decisions_before(home: Home) -> int:
    """How many decisions of people the last run had."""
    return int(_remembered(home).get("decisions", 0))


def _decisions(home: Home) -> int:
    return len(journal.entries(home.decisions))


def _ledger(home: Home) -> str:
    return fingerprints.of_folder(home.root, home.ledger.name)


def current_release(home: Home) -> str:
    """The id of the release that readers see; empty if there is none."""
    return home.current.readlink().name if home.current.is_symlink() else ""


def look(home: Home) -> dict[str, str]:
    """A mark for each thing that a run depends on, taken now."""
    seen = {
        "landing": landing.look(home),
        "contracts": [fingerprints.of_folder(home.contracts, kind) for kind in ("*.toml", "*.csv")],
        "vocabulary": fingerprints.of_folder(home.vocabulary, "*.toml"),
        "evidence": fingerprints.of_folder(folder("schemas", "evidence"), "*.toml"),
        "claims": fingerprints.of_folder(folder("schemas", "evidence") / "claims", "*.toml"),
        "decisions": fingerprints.of_folder(home.root, home.decisions.name),
        "settings": fingerprints.of_folder(home.root, "verum.toml"),
        "calibration": fingerprints.of_folder(home.root, "calibration.json"),
        "key": os.environ.get("VERUM_KEY_FILE", ""),
        "code": fingerprints.code_of(*OUR_PACKAGES),
    }
    return {name: fingerprints.of_values(value) for name, value in seen.items()}


def _remembered(home: Home) -> dict[str, Any]:
    return read_whole(home.last_look) or {}
