"""Where a running Verum keeps things, and the few numbers that a home may set. Telemetry of every tool is off here.

Nothing is read on import but the environment's names of two places.
"""

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

#: Set before any tool is imported: none of them may call home (PRIVACY, section 11).
NO_TELEMETRY = {
    "DAGSTER_DISABLE_TELEMETRY": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
}
os.environ.update(NO_TELEMETRY)

#: Ten percentage points, fixed before data are loaded (METHODS, section 2.4).
MARGIN = 0.10
#: More failing sources than this block the release (DESIGN, section 2).
MOST_FAILED_SOURCES = 0.05
#: A delivery with a larger share of its lines set aside is worth a look (RELIABILITY D04).
MOST_QUARANTINED = 0.05


class ConfigurationError(Exception):
    """The home, its settings or its key cannot be used: what was found, expected, and to do (exit 78)."""


@dataclass(frozen=True)
class Home:
    """The folders of one running Verum; `../shared` of the design, section 6."""

    root: Path

    @classmethod
    def at(cls, place: str | Path | None = None) -> "Home":
        """The home at `place`, else at `VERUM_HOME`, else `./home`."""
        return cls(Path(place or os.environ.get("VERUM_HOME") or "home").resolve())

    landing = property(lambda self: self.root / "landing")
    contracts = property(lambda self: self.root / "contracts")
    vocabulary = property(lambda self: self.root / "vocabulary")
    vault = property(lambda self: self.root / "vault")
    readings = property(lambda self: self.root / "readings")
    results = property(lambda self: self.root / "results")
    warehouse = property(lambda self: self.root / "warehouse.duckdb")
    releases = property(lambda self: self.root / "releases")
    current = property(lambda self: self.root / "releases" / "current")
    scratch = property(lambda self: self.root / ".scratch")
    lock = property(lambda self: self.root / ".lock")
    ledger = property(lambda self: self.root / "ledger.jsonl")
    last_look = property(lambda self: self.root / ".last-look.json")
    dagster = property(lambda self: self.root / "dagster")
    settings = property(lambda self: self.root / "verum.toml")

    def prepare(self) -> None:
        """Makes the folders that a run needs, readable by their owner alone, and clears what a killed run left."""
        if not self.root.parent.is_dir():
            raise ConfigurationError(f"{self.root}: its parent folder does not exist; make it, or name another --home")
        self.root.mkdir(mode=0o700, exist_ok=True)
        for folder in (self.landing, self.contracts, self.vault, self.readings, self.results, self.releases):
            folder.mkdir(mode=0o700, exist_ok=True)


@dataclass(frozen=True)
class Policy:
    """What a home decides before it sees data."""

    margin: float = MARGIN


def read_policy(home: Home) -> Policy:
    """The home's `verum.toml`, or the defaults; raises `ConfigurationError` on an unknown key or an odd margin."""
    if not home.settings.is_file():
        return Policy()
    try:
        written = tomllib.loads(home.settings.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"verum.toml: not readable as TOML ({error})") from None
    unknown = set(written) - {"margin"}
    if unknown:
        raise ConfigurationError(f"verum.toml: unknown key {sorted(unknown)[0]!r}; the known key is 'margin'")
    margin = written.get("margin", MARGIN)
    if not isinstance(margin, float) or not 0 < margin < 1:
        raise ConfigurationError(f"verum.toml: margin: found {margin!r}; expected a share between 0 and 1, such as 0.10")
    return Policy(margin)
