"""How a word on patients is given: by the clinic's own codes, which are hashed at once, repeated nowhere and not kept.

The log of what was said is `withdrawals`; the next run acts on it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from orchestration import withdrawals
from orchestration.secret import key_of
from orchestration.settings import ConfigurationError, Home
from schemas import vocabulary
from schemas.contract_reading import read_contract
from transforms import pseudonyms

NEXT = "Run `verum run` to act on it."
#: What a withdrawal does not reach.
STAYS = "The bytes in vault/ and landing/ stay, and so do releases that are published."


@dataclass(frozen=True)
class Withdrawn:
    """How many patients of a clinic take no part any more, and the day of the last word."""

    source: str
    patients: int
    last: str


def decide(home: Home, source: str, codes: Sequence[str], decision: str, *, by: str, why: str) -> int:
    """Enters `withdraw` or `restore` for the patients with these codes of a clinic; gives how many they are.

    Raises `ConfigurationError`, and enters nothing, where one of the codes is none, or is of nobody who can be
    withdrawn (no patient of that code was read) or restored (that patient was not withdrawn).
    """
    patients = _patients(home, source, codes)
    gone = set(withdrawals.withdrawn(home).get(source, ()))
    known = gone if decision == "restore" else gone | _read(home, source)
    strange = [at for at, patient in enumerate(patients, start=1) if patient not in known]
    if strange or not patients:
        found = f"code {strange[0]} of {len(patients)} to be nobody's" if strange else "no code"
        whom = "who were withdrawn" if decision == "restore" else "in files that were read"
        raise ConfigurationError(
            f"{source}: found {found}; expected codes of patients {whom}, as the clinic writes them, one a line on "
            "standard input. Nothing was entered"
        )
    return len(withdrawals.enter(home, source, list(dict.fromkeys(patients)), decision, by=by, why=why))


def _patients(home: Home, source: str, codes: Sequence[str]) -> list[int]:
    """The keyed hash of each code, as readings hash it; raises `ConfigurationError` for what is no code."""
    place = home.contracts / f"{source}.toml"
    if not place.is_file():
        known = ", ".join(sorted(one.stem for one in home.contracts.glob("*.toml"))) or "none"
        raise ConfigurationError(f"clinic: found {source!r}; expected one that has a contract: {known}")
    contract = read_contract(place, vocabulary.load(home.vocabulary))
    hashed = pseudonyms.keyed(
        pl.Series(codes, dtype=pl.String),
        source=source,
        key=key_of(home),
        shape=contract.patient_pattern or "",
        blank=contract.file.missing,
    )
    if hashed.null_count():
        raise ConfigurationError(
            f"{source}: found code {(hashed.is_null().arg_max() or 0) + 1} of {len(hashed)} to be none; expected codes "
            "of the shape that the contract declares. Nothing was entered"
        )
    return hashed.to_list()


def _read(home: Home, source: str) -> set[int]:
    """The keyed hashes of every patient in what was read of a clinic."""
    files = sorted((home.readings / source).glob("[!.]*/readings.parquet"))
    return {patient for file in files for patient in pl.read_parquet(file, columns=["patient"])["patient"].unique()}


def listed(home: Home) -> list[Withdrawn]:
    """The clinics of which patients take no part any more, in the order of their names; no patient is told."""
    last = {one.source: one.at for one in withdrawals.log(home)}
    counted = Counter({source: len(patients) for source, patients in withdrawals.withdrawn(home).items()})
    return [Withdrawn(source, counted[source], last[source][:10]) for source in sorted(counted)]


def as_text(found: Sequence[Withdrawn]) -> str:
    """The list for a terminal."""
    if not found:
        return "Nobody was withdrawn."
    rows = [f"{one.patients:>8,}  {one.last}  {one.source}" for one in found]
    return "\n".join([f"{'patients':>8}  {'last word':<10}  clinic", *rows])
