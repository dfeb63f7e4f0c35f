"""One simulated network as a home on disk, and what the pipeline makes of it: files, reading, counts, public tables.

The pipeline itself is called, all of it up to the site. What is simulated is `design`; its truth, `drawing`.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from orchestration import pipeline
from orchestration.calibration.design import (
    DATA_CUT,
    FIRST_START,
    MARGIN,
    PUBLISHED_RATE,
    PUBLISHED_SIZE,
    Clinic,
    Scale,
)
from orchestration.calibration.drawing import MILDEST, WORST, Drawn, draw
from orchestration.handover import Network
from orchestration.pipeline import Setting
from orchestration.report import Report
from orchestration.sampling.files import toml_text
from orchestration.settings import Home, Policy
from schemas import vocabulary
from schemas.contract_reading import read_contract
from schemas.study_rows import Arm, Baseline, Result, Study
from schemas.vocabulary import Endpoint, Vocabulary

RULE = "relative-30"
#: The first file of a clinic, and the one with what came late.
FILES = ("first.csv", "later.csv")
#: One line in so many comes in the second file.
ARRIVES_LATER = 10


@dataclass(frozen=True)
class Walked:
    """What the pipeline made of a simulated network, beside its truth: one row of `truth` per clinic and outcome."""

    truth: pl.DataFrame
    network: Network
    tables: Mapping[str, pl.DataFrame]
    report: Report
    duplicates: int


def walk(folder: Path, clinics: Sequence[Clinic], scale: Scale, chance: np.random.Generator, *, study: bool) -> Walked:
    """Writes a home of these clinics below `folder` and sends it through the pipeline; nothing is published.

    With `study` the clinics stand beside a published study whose counts are drawn as well.
    """
    home = Home.at(folder / "home")
    home.prepare()
    words = _words(home, clinics, scale)
    endpoints = [words.endpoints[name] for name in scale.endpoints]
    truth: list[dict[str, object]] = []
    twice = 0
    for place, clinic in enumerate(clinics):
        drawn = draw(clinic, scale.instruments, endpoints, chance)
        name = f"c{place:04d}"
        twice += _write(home, name, drawn, scale)
        truth += _truth(name, drawn, scale)
    published = _study(scale, endpoints, chance) if study else {}
    contracts = {path.stem: read_contract(path, words) for path in sorted(home.contracts.glob("*.toml"))}
    setting = Setting(home, Policy(margin=MARGIN), words, published, {}, contracts, secrets.token_bytes(32))
    report = Report(received=len(pipeline.receive(home).new))
    network = pipeline.update_sources(setting, report)
    tables = pipeline.network_tables(setting, network)
    return Walked(pl.DataFrame(truth, infer_schema_length=None), network, tables, report, twice)


def definition(instrument: int) -> str:
    """The id of the responder definition of a simulated instrument."""
    return f"calibration-{instrument}-{RULE}"


def _truth(name: str, drawn: Drawn, scale: Scale) -> Iterator[dict[str, object]]:
    clinic = {key: value for key, value in asdict(drawn.clinic).items() if key != "rate"}
    for (instrument, endpoint), true in drawn.truth.items():
        outcome = {"definition": definition(instrument), "endpoint": scale.endpoints[endpoint]}
        yield {"source": name, **outcome, **clinic, **asdict(true)}


# --- words ---


def _words(home: Home, clinics: Sequence[Clinic], scale: Scale) -> Vocabulary:
    """The vocabulary with made-up scales, and a made-up condition for each network, so that none meets another."""
    instruments = {
        f"calibration-{place}": {
            "name": f"Made-up scale {place}", "construct": f"made up {place}", "better": "lower",
            "confidence": "recalled", "decimals": 0, "low": 0, "high": 100,
        }
        for place in range(scale.instruments)
    }  # fmt: skip
    conditions = {name: {"name": f"made up: {name}"} for name in {clinic.network: 0 for clinic in clinics}}
    kinds: dict[str, dict[str, Any]] = {
        "instruments": instruments,
        "conditions": conditions,
        "definitions": {RULE: {"kind": "relative", "threshold": 30, "instruments": list(instruments)}},
    }
    home.vocabulary.mkdir(exist_ok=True)
    for kind, rows in kinds.items():
        (home.vocabulary / f"{kind}.toml").write_text(toml_text(rows), "utf-8")
    return vocabulary.load(home.vocabulary)


# --- files ---


def _write(home: Home, name: str, drawn: Drawn, scale: Scale) -> int:
    """One clinic's files and contract; returns the number of lines that stand there twice."""
    lines = _lines(drawn)
    columns = ["patient", "start", "visit", *(f"s{place}" for place in range(scale.instruments))]
    folder = home.landing / name
    folder.mkdir()
    later = pl.int_range(pl.len()) % ARRIVES_LATER == 0
    for file, part in zip(FILES, (~later, later), strict=True):
        lines_of = lines.filter(part)
        again = pl.concat([lines_of, lines_of.filter("twice")])
        (folder / file).write_bytes(again.select(columns).write_csv().encode())
    (home.contracts / f"{name}.toml").write_text(toml_text(_contract(name, drawn, scale)), "utf-8")
    return int(lines["twice"].sum())


def _lines(drawn: Drawn) -> pl.DataFrame:
    """One row per visit that took place by the data cut; a score that was not taken is empty."""
    visits = [_visit(drawn, drawn.start, drawn.before, np.zeros(drawn.clinic.size, dtype=np.bool_))]
    for place, day in enumerate(drawn.day):
        scores = np.where(drawn.seen[:, place], drawn.after[:, place], -1)
        visits.append(_visit(drawn, drawn.start + day, scores, drawn.twice[place]))
    lines = pl.concat(visits)
    scores_of = pl.selectors.starts_with("s").exclude("start")
    return lines.filter(pl.any_horizontal(scores_of.is_not_null()) & (pl.col("visit") <= DATA_CUT)).sort(
        "visit", "patient"
    )


def _visit(drawn: Drawn, day: np.ndarray, scores: np.ndarray, twice: np.ndarray) -> pl.DataFrame:
    columns = {f"s{place}": pl.Series(row).replace(-1, None) for place, row in enumerate(scores)}
    patient = [f"P-{number:05d}" for number in range(drawn.clinic.size)]
    about = {"patient": patient, "start": _dates(drawn.start), "visit": _dates(day), "twice": pl.Series(twice)}
    return pl.DataFrame(about | columns)


def _dates(days: np.ndarray) -> pl.Series:
    since_1970 = (FIRST_START - date(1970, 1, 1)).days
    return pl.Series((days + since_1970).astype(np.int32)).cast(pl.Date)


def _contract(name: str, drawn: Drawn, scale: Scale) -> dict[str, object]:
    return {
        "clinic": name,
        "version": 1,
        "format": "delimited",
        "layout": "visits",
        "condition": drawn.clinic.network,
        "treatment": "acupuncture",
        "covers": "additions",
        "data_cut": DATA_CUT,
        "synthetic": True,
        "endpoints": list(scale.endpoints),
        "started": drawn.clinic.size,
        "file": {"missing": [""]},
        "columns": {"patient": "patient", "start": "start", "date": "visit"},
        "measure": [
            {"instrument": f"calibration-{place}", "column": f"s{place}"} for place in range(scale.instruments)
        ],
    }


# --- the published study ---


def _study(scale: Scale, endpoints: Sequence[Endpoint], chance: np.random.Generator) -> dict[str, Study]:
    """A study without any fault whose responders are drawn at their true rate, apart for each outcome."""
    arm = Arm("treated", "Made-up arm", "active", "acupuncture", "checked", n=PUBLISHED_SIZE, n_confidence="checked")
    mean, deviation = (MILDEST + WORST) / 2, (WORST - MILDEST) / 12**0.5
    baselines = tuple(
        Baseline(f"calibration-{place}", Decimal(str(mean)), "checked", sd=Decimal(f"{deviation:.1f}"))
        for place in range(scale.instruments)
    )
    results = tuple(
        _result(place, endpoint, int(chance.binomial(PUBLISHED_SIZE, PUBLISHED_RATE)))
        for place in range(scale.instruments)
        for endpoint in endpoints
    )
    made_up = Study(
        "calibration", "Made-up study", "Made up by `verum calibrate`", "trial", "checked", year=2026,
        condition="study", treatment="acupuncture", population="everyone", arms=(arm,), baselines=baselines,
        results=results, n_randomised=PUBLISHED_SIZE, low_risk_of_bias=True,
    )  # fmt: skip
    return {made_up.id: made_up}


def _result(instrument: int, endpoint: Endpoint, responders: int) -> Result:
    return Result(
        f"r{instrument}-{endpoint.id}", "responder-percent", "checked", arm="treated",
        printed=f"{100 * responders / PUBLISHED_SIZE:.2f}", definition=definition(instrument),
        definition_confidence="checked", endpoint=endpoint.id, day=endpoint.target, analysis_set="completers",
        n=PUBLISHED_SIZE, n_confidence="checked", responders=responders, responders_basis="printed",
        locator="made up", benchmark_ok="yes",
    )  # fmt: skip
