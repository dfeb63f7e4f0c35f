"""Published results of open trials, recomputed by the ordinary pipeline from their patient-level data.

It works in a temporary home with a key of its own, prints private counts of public data, and publishes nothing.
"""

import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import tomli

from orchestration import computing, fingerprints, landing
from orchestration.judging import Reading
from orchestration.reading import Reader
from orchestration.settings import Home
from schemas import evidence, strict_toml, vocabulary
from schemas.contract_reading import contract_from
from schemas.delivery_contract import ContractError, DeliveryContract
from schemas.sources import Source
from schemas.vocabulary import Vocabulary

KEYS = ("study", "where", "sha256", "licence", "note", "contract", "expected")
EXPECTED_KEYS = ("arm", "definition", "endpoint", "analysis_set", "responders", "n", "basis")


class DataDiffers(Exception):
    """The file given is not the one that the replication describes (exit 65)."""


@dataclass(frozen=True)
class Line:
    """One published figure beside ours: the same arm, rule, time and way of counting the missing."""

    arm: str
    definition: str
    endpoint: str
    analysis_set: str
    published: tuple[int, int]
    ours: tuple[int, int]
    basis: str

    @property
    def agrees(self) -> bool:
        """Whether both counts are the same."""
        return self.published == self.ours


@dataclass(frozen=True)
class Replication:
    """What a replication found: the lines of the file by fate, and each figure beside ours."""

    study: str
    reading: Reading
    lines: tuple[Line, ...]

    @property
    def agrees(self) -> bool:
        """Whether every figure agrees."""
        return all(line.agrees for line in self.lines)


def known() -> list[str]:
    """Studies that can be replicated."""
    return sorted(path.stem for path in _folder().glob("*.toml"))


def replicate(study: str, data: Path) -> Replication:
    """The published figures of `study` beside those that its open data give, computed by the ordinary pipeline.

    Raises `DataDiffers` where the file is not the one described, `ContractError` where the study is not known.
    """
    recipe = _recipe(study)
    found = fingerprints.of_file(data)
    if found != recipe["sha256"]:
        raise DataDiffers(
            f"{data.name}: its SHA-256 begins {found[:12]}; expected {recipe['sha256'][:12]}. "
            f"Get the file again: {recipe['where']}"
        )
    words = vocabulary.load()
    contract = contract_from(recipe["contract"], words, where=f"replications/{study}.toml")
    with tempfile.TemporaryDirectory() as folder:
        reading, counted = _counted(Home(Path(folder).resolve()), contract, words, data)
    lines = tuple(_line(expected, counted) for expected in recipe["expected"])
    return Replication(study, reading, lines)


def as_text(found: Replication) -> str:
    """The replication as a table for a terminal; rates are labelled with how the missing were counted."""
    reading = found.reading
    fates = f"{reading.header} header + {reading.accepted} accepted + {reading.quarantined} set aside"
    fates += f" + {reading.blank} blank"
    said = [
        f"{found.study}: {reading.lines} lines = {fates}; {reading.left_out} accepted ones are not part of the trial.",
        "",
        f"{'arm':<28}{'counted':<26}{'published':>12}{'ours':>12}{'rate':>8}   ",
    ]
    for line in found.lines:
        (x, n), (ours, of) = line.published, line.ours
        sign = "agrees" if line.agrees else "DIFFERS"
        said.append(
            f"{line.arm:<28}{line.analysis_set:<26}{f'{x}/{n}':>12}{f'{ours}/{of}':>12}{ours / of:>8.1%}   {sign}"
        )
    rules = sorted({(line.definition, line.endpoint) for line in found.lines})
    said += ["", *(f"Rule: {definition} at {endpoint}." for definition, endpoint in rules)]
    said += sorted({f"Published {line.published[0]}/{line.published[1]}: {line.basis}." for line in found.lines})
    return "\n".join(said)


def _folder() -> Path:
    return evidence.packaged() / "replications"


def _recipe(study: str) -> Mapping[str, Any]:
    path = _folder() / f"{study}.toml"
    if not path.is_file():
        raise ContractError(f"{study}: no replication of that name; known: {', '.join(known())}")
    recipe: dict[str, Any] = tomli.loads(path.read_text("utf-8"))
    place = strict_toml.Place(path.name, strict_toml.TomlError)
    strict_toml.refuse_unknown(recipe, KEYS, place)
    for row in recipe["expected"]:
        strict_toml.refuse_unknown(row, EXPECTED_KEYS, place.at("expected"))
    return recipe


def _counted(home: Home, contract: DeliveryContract, words: Vocabulary, data: Path) -> tuple[Reading, pl.DataFrame]:
    home.prepare()
    arrived = home.landing / contract.source
    arrived.mkdir()
    (arrived / data.name).write_bytes(data.read_bytes())
    (delivery,) = landing.receive(home, clock=lambda: datetime(2000, 1, 1, tzinfo=UTC))
    (reading,) = Reader(home, words, secrets.token_bytes(32)).read([(delivery, contract)])
    if reading.refusal:
        raise DataDiffers(f"{data.name}: refused ({reading.refusal}). {reading.explanation}")
    nothing = pl.DataFrame(schema={"definition": pl.String, "endpoint": pl.String, "population": pl.String})
    job = computing.job_of(Source(contract, None), [reading], words, nothing)
    return reading, computing.tables_of(home, [job], words, nothing)["counts"]


def _line(expected: Mapping[str, Any], counted: pl.DataFrame) -> Line:
    wanted = {name: expected[name] for name in ("definition", "endpoint")} | {"cohort": expected["arm"]}
    cell = counted.filter(**wanted, population="everyone", period_kind="all").row(0, named=True)
    analysed = cell["responders"] + cell["non_responders"]
    n = analysed if expected["analysis_set"] == "completers" else analysed + cell["missing"]
    return Line(
        **{name: expected[name] for name in ("arm", "definition", "endpoint", "analysis_set", "basis")},
        published=(expected["responders"], expected["n"]),
        ours=(cell["responders"], n),
    )
