"""Where a running Verum keeps things, and the few numbers that a home may set. Telemetry of every tool is off here.

Nothing is read on import but the environment's names of two places.
"""

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import tomli

from orchestration.places import misplaced

#: Set before any tool is imported: none of them may call home (PRIVACY, section 11).
NO_TELEMETRY = {
    "DAGSTER_DISABLE_TELEMETRY": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
}
os.environ.update(NO_TELEMETRY)
#: Most frames here are small, and the in-memory engine needs half of the time for them; large files are sunk instead.
os.environ.setdefault("POLARS_ENGINE_AFFINITY", "in-memory")
#: Matrices here are small as well: the threads of NumPy's library wait for each other more than they compute.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

#: Ten percentage points, fixed before data are loaded (METHODS, section 2.4).
MARGIN = 0.10
#: The methods that set it, and the windows of the packaged endpoints, are of September 2026; the day is not on record,
#: so the last of that month is taken.
MARGIN_FIXED_ON = date(2026, 9, 30)
#: A file is taken as soon as nobody on this machine has it open for writing. Where clinics' files come over a network
#: drive, a home sets how long nobody must have written to one.
SETTLED_SECONDS = 0
POLICY_KEYS = ("margin", "margin_fixed_on", "settled_seconds")
#: More failing sources than this block the release (DESIGN, section 2).
MOST_FAILED_SOURCES = 0.05
#: A delivery with a larger share of its lines set aside is worth a look (RELIABILITY D04).
MOST_QUARANTINED = 0.05


class ConfigurationError(Exception):
    """The home, its settings or its key cannot be used: what was found, expected, and to do (exit 78)."""


@dataclass(frozen=True)
class Home:
    """The folders and files of one running Verum."""

    root: Path

    @classmethod
    def at(cls, place: str | Path | None = None) -> "Home":
        """The home at `place`, else at `VERUM_HOME`, else `./home`."""
        return cls(Path(place or os.environ.get("VERUM_HOME") or "home").resolve())

    @classmethod
    def there(cls, place: str | Path | None = None) -> "Home":
        """The home `at` a place, for verbs that begin none; raises `ConfigurationError` where there is no folder."""
        home = cls.at(place)
        if not home.root.is_dir():
            raise ConfigurationError(
                f"{home.root}: found {'a file' if home.root.exists() else 'nothing'}; expected the folder of a home, "
                "with contracts/ and landing/. Name another --home, or begin one: make these two folders, or let "
                "`verum sample FOLDER` write a made-up network"
            )
        home.prove_kinds()
        return home

    @property
    def landing(self) -> Path:
        """Where clinics drop files (untrusted)."""
        return self.root / "landing"

    @property
    def contracts(self) -> Path:
        """One contract for each source."""
        return self.root / "contracts"

    @property
    def vocabulary(self) -> Path:
        """Words of the home's own."""
        return self.root / "vocabulary"

    @property
    def vault(self) -> Path:
        """Every delivery, byte for byte, named by its hash."""
        return self.root / "vault"

    @property
    def readings(self) -> Path:
        """Typed rows of each delivery, pseudonymised."""
        return self.root / "readings"

    @property
    def results(self) -> Path:
        """Episodes, outcomes and counts of each source."""
        return self.root / "results"

    @property
    def kept(self) -> Path:
        """Public tables as the last run made them, to be read where nothing that they depend on has changed."""
        return self.root / ".kept"

    @property
    def warehouse(self) -> Path:
        """The private database."""
        return self.root / "warehouse.duckdb"

    @property
    def releases(self) -> Path:
        """Every release, and the pointer to the current one."""
        return self.root / "releases"

    @property
    def current(self) -> Path:
        """The release that readers see."""
        return self.root / "releases" / "current"

    @property
    def scratch(self) -> Path:
        """Room for work in progress; nothing in it is ever read again."""
        return self.root / ".scratch"

    @property
    def lock(self) -> Path:
        """Held by the one run that is active."""
        return self.root / ".lock"

    @property
    def ledger(self) -> Path:
        """Every delivery ever received, append-only."""
        return self.root / "ledger.jsonl"

    @property
    def arrivals(self) -> Path:
        """Every file that was taken from the landing folder, with the mark by which it is known again; append-only."""
        return self.root / "arrivals.jsonl"

    @property
    def decisions(self) -> Path:
        """What people said of held deliveries and lines, who and why; append-only, and never published."""
        return self.root / "decisions.jsonl"

    @property
    def last_look(self) -> Path:
        """What the last run had seen."""
        return self.root / ".last-look.json"

    @property
    def dagster(self) -> Path:
        """Dagster's own storage."""
        return self.root / "dagster"

    @property
    def calibration(self) -> Path:
        """The report of `verum calibrate` that releases show."""
        return self.root / "calibration.json"

    @property
    def settings(self) -> Path:
        """What the home decides before it sees data."""
        return self.root / "verum.toml"

    @property
    def key_fingerprint(self) -> Path:
        """Tells the key that pseudonyms were made with from another; not the key, which lies outside."""
        return self.root / "key-fingerprint"

    @property
    def handover(self) -> Path:
        """What one phase of a run leaves for the next."""
        return self.root / ".handover"

    def prove_kinds(self) -> None:
        """Raises `ConfigurationError` where a folder lies in the place of a file of the home, or the other way round.

        One that is passed over as absent would be a loss in silence: of what people decided, say.
        """
        files = (
            self.lock, self.ledger, self.arrivals, self.decisions, self.key_fingerprint, self.last_look,
            self.warehouse, self.warehouse.with_name(f"{self.warehouse.name}.wal"),
            self.warehouse.with_suffix(".writing"), self.calibration, self.settings,
        )  # fmt: skip
        folders = (
            self.landing, self.contracts, self.vocabulary, self.vault, self.readings, self.results, self.releases,
            self.handover, self.kept, self.scratch, self.dagster,
        )  # fmt: skip
        if said := misplaced(files, folders, [self.current]):
            raise ConfigurationError(said)

    def prepare(self) -> None:
        """Makes the folders that a run needs, readable by their owner alone, and clears what a killed run left."""
        if not self.root.parent.is_dir():
            raise ConfigurationError(f"{self.root}: its parent folder does not exist; make it, or name another --home")
        if self.root.exists() and not self.root.is_dir():
            raise ConfigurationError(f"{self.root}: found a file; expected a folder. Name another --home")
        self.prove_kinds()
        self.root.mkdir(mode=0o700, exist_ok=True)
        self.root.chmod(0o700)  # it may have been made by somebody else, open to all
        for folder in (self.landing, self.contracts, self.vault, self.readings, self.results, self.releases):
            folder.mkdir(mode=0o700, exist_ok=True)


@dataclass(frozen=True)
class Policy:
    """What a home decides before it sees data; `margin_fixed_on` is None where a home sets a margin and no day."""

    margin: float = MARGIN
    margin_fixed_on: date | None = MARGIN_FIXED_ON
    settled_seconds: int = SETTLED_SECONDS


def read_policy(home: Home) -> Policy:
    """The home's `verum.toml`, or the defaults; raises `ConfigurationError` on an unknown key or an odd value."""
    if not home.settings.is_file():
        return Policy()
    try:
        written = tomli.loads(home.settings.read_text("utf-8"))
    except (tomli.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"verum.toml: not readable as TOML ({error})") from None
    unknown = set(written) - set(POLICY_KEYS)
    if unknown:
        raise ConfigurationError(
            f"verum.toml: unknown key {sorted(unknown)[0]!r}; the known keys are {', '.join(POLICY_KEYS)}"
        )
    return Policy(_margin(written), _fixed_on(written), _settled_seconds(written))


def _settled_seconds(written: dict[str, object]) -> int:
    seconds = written.get("settled_seconds", SETTLED_SECONDS)
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 <= seconds <= 86400:
        raise ConfigurationError(
            f"verum.toml: settled_seconds: found {seconds!r}; expected a whole number of seconds from 0 to 86400"
        )
    return seconds


def _margin(written: dict[str, object]) -> float:
    margin = written.get("margin", MARGIN)
    if not isinstance(margin, float) or not 0 < margin < 1:
        raise ConfigurationError(
            f"verum.toml: margin: found {margin!r}; expected a share between 0 and 1, such as 0.10"
        )
    return margin


def _fixed_on(written: dict[str, object]) -> date | None:
    """The day on which the margin was fixed; a margin of the home's own without one has none that is known."""
    fixed = written.get("margin_fixed_on", None if "margin" in written else MARGIN_FIXED_ON)
    if fixed is not None and type(fixed) is not date:
        raise ConfigurationError(
            f"verum.toml: margin_fixed_on: found {fixed!r}; expected a day without quotes, such as 2026-01-31"
        )
    return fixed
