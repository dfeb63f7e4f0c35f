"""The sample network on disk: landing files, contracts and the truth behind them, written once.

How clinics are drawn, spoiled and counted is in `orchestration.sampling`.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from orchestration.sampling import truth
from orchestration.sampling.files import contract_text, file_bytes
from orchestration.sampling.lines import Line, clean_lines, header
from orchestration.sampling.patients import draw_patients
from orchestration.sampling.settings import Clinic, Network, read_network
from orchestration.sampling.spoiling import spoiled
from schemas.resources import folder
from schemas.vocabulary import Vocabulary, load

MANIFEST = "truth/sample.json"
NO_CONTRACT, UNDECLARED_COLUMN = "no_contract", "undeclared_column"


@dataclass(frozen=True)
class SampleReport:
    """What the sample holds; `written` is false where the very same sample was there already."""

    home: Path
    written: bool
    clinics: int
    patients: int
    lines: int
    files: int


@dataclass(frozen=True)
class Delivery:
    """One file that a clinic sends: its columns, its lines, and the rule by which it is refused, if it is."""

    clinic: Clinic
    name: str
    columns: tuple[str, ...]
    lines: list[Line]
    refusal: str = ""


@dataclass(frozen=True)
class Sample:
    """The whole sample in memory: the bytes of each file by its path below the home, and how much it is."""

    content: dict[str, bytes]
    clinics: int
    patients: int
    lines: int


def write_sample(home: Path) -> SampleReport:
    """Writes the sample network below `home`, unless the very same one is there; says which.

    The same code, settings and vocabulary give the same bytes, on any day. Raises `SampleError` where the
    settings ask for what cannot be drawn, and `OSError` where `home` cannot be written.
    """
    vocabulary, origin = load(), _origin()
    origin += vocabulary.fingerprint
    before = _manifest(home)
    if before.get("origin") == origin and all((home / path).is_file() for path in before["files"]):
        return _report(home, before, written=False)
    sample = draw_sample(read_network(_settings()), vocabulary)
    manifest = {
        "origin": origin,
        "clinics": sample.clinics,
        "patients": sample.patients,
        "lines": sample.lines,
        "files": sorted(sample.content),
    }
    _remove(home, set(before.get("files", ())) - set(sample.content))
    for path, content in (sample.content | {MANIFEST: _json(manifest)}).items():
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_bytes(content)
    return _report(home, manifest, written=True)


def draw_sample(network: Network, vocabulary: Vocabulary) -> Sample:
    """All the files of the network, in memory; nothing is written."""
    content: dict[str, bytes] = {}
    lines: list[truth.Row] = [truth.LINES_HEADER]
    reasons: list[truth.Row] = [truth.REASONS_HEADER]
    counts: list[truth.Row] = [truth.COUNTS_HEADER]
    for clinic in network.clinics:
        deliveries = list(_deliveries(clinic, network, vocabulary))
        for delivery in deliveries:
            path = f"landing/{clinic.alias}/{delivery.name}"
            content[path] = file_bytes(clinic, delivery.columns, delivery.lines)
            lines.append(_line_row(delivery))
            reasons.extend(_reason_rows(delivery))
        if clinic.has_contract:
            content[f"contracts/{clinic.alias}.toml"] = contract_text(clinic, network).encode()
            read = [line for delivery in deliveries if not delivery.refusal for line in delivery.lines]
            counts.extend(truth.count_rows(clinic, read, network, vocabulary))
    for name, rows in (("lines", lines), ("reasons", reasons), ("counts", counts)):
        content[f"truth/{name}.csv"] = _csv(rows)
    return Sample(
        content=content,
        clinics=len(network.clinics),
        patients=sum(clinic.patients for clinic in network.clinics),
        lines=sum(int(row[2]) for row in lines[1:]),
    )


def _deliveries(clinic: Clinic, network: Network, vocabulary: Vocabulary) -> Iterator[Delivery]:
    chance = network.chance(clinic.alias, "lines")
    lines = clean_lines(clinic, draw_patients(clinic, network, vocabulary), chance)
    refusal = "" if clinic.has_contract else NO_CONTRACT
    for name, part in _files(clinic, lines):
        made = spoiled(part, clinic, network, vocabulary, chance)
        yield Delivery(clinic, name, header(clinic), made, refusal)
    if clinic.refused_file_name:
        wider = [replace(line, cells=(*line.cells, "none")) for line in lines]
        columns = (*header(clinic), clinic.refused_column)
        yield Delivery(clinic, clinic.refused_file_name, columns, wider, UNDECLARED_COLUMN)


def _files(clinic: Clinic, lines: list[Line]) -> Iterator[tuple[str, list[Line]]]:
    """The lines by file: one, or one up to a day and one from that day on."""
    later = clinic.later_file_from
    if later is None:
        yield clinic.file_name, lines
        return
    is_late = [line.statement is not None and line.statement.scores[0].on >= later for line in lines]
    yield clinic.file_name, [line for line, late in zip(lines, is_late, strict=True) if not late]
    yield clinic.later_file_name, [line for line, late in zip(lines, is_late, strict=True) if late]


def _line_row(delivery: Delivery) -> truth.Row:
    where = delivery.clinic.alias, delivery.name
    if delivery.refusal:
        return truth.refused_row(*where, delivery.lines, delivery.refusal)
    return truth.line_row(*where, delivery.lines)


def _reason_rows(delivery: Delivery) -> Iterable[truth.Row]:
    return () if delivery.refusal else truth.reason_rows(delivery.clinic.alias, delivery.name, delivery.lines)


def _settings() -> Path:
    return folder("orchestration", "samples") / "network.toml"


def _origin() -> str:
    """What the sample is made from, in one word: its settings and the code that draws it."""
    seal = hashlib.sha256(_settings().read_bytes())
    package = files("orchestration")
    for source in sorted(str(part) for part in package.joinpath("sampling").iterdir() if part.name.endswith(".py")):
        seal.update(Path(source).read_bytes())
    seal.update(package.joinpath("sample.py").read_bytes())
    return seal.hexdigest()


def _manifest(home: Path) -> dict[str, Any]:
    try:
        written = json.loads((home / MANIFEST).read_text("utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}  # never written, or cut off while it was: written now
    return written if isinstance(written, dict) else {}


def _remove(home: Path, paths: Iterable[str]) -> None:
    """Takes away files of an earlier sample that this one no longer has, and nothing outside the home."""
    for path in paths:
        if (home / path).resolve().is_relative_to(home.resolve()):
            (home / path).unlink(missing_ok=True)


def _report(home: Path, manifest: dict[str, Any], *, written: bool) -> SampleReport:
    amounts = {name: int(manifest[name]) for name in ("clinics", "patients", "lines")}
    return SampleReport(home=home, written=written, files=len(manifest["files"]), **amounts)


def _csv(rows: Iterable[truth.Row]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, indent=1) + "\n").encode()
