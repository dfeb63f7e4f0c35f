"""How the cases that name files are asked of the whole way from a file's bytes to counts and verdicts."""

import csv
import re
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import statsmodels.api as sm

from orchestration import computing
from orchestration.settings import Home
from schemas import evidence
from schemas.contract_reading import contract_from
from schemas.delivery_contract import DeliveryContract
from schemas.sources import Source
from schemas.vocabulary import Population, Vocabulary
from tests.orchestration.one_clinic import a_home, read
from tests.published.courses import ruled
from tests.published.patients import METHODS as OF_PATIENTS
from tests.published.places import found
from tests.published.registry import Inputs, Methods, Result
from tests.transforms.hillside import ENDPOINT, VOCABULARY, contract
from transforms.statistics import change, missing_models
from transforms.statistics.proportions import newcombe, robust_verdict, verdict, wilson
from transforms.statistics.score_intervals import TwoRates, miettinen_nurminen

METHODS = Methods()
NOBODY = pl.DataFrame(schema=dict.fromkeys(("definition", "endpoint", "population"), pl.String))


def tables_of(
    home: Home, content: str | bytes, agreed: DeliveryContract, words: Vocabulary, plan: pl.DataFrame
) -> Mapping[str, pl.DataFrame]:
    """The private tables of one delivery, read and computed as every other; no line may be set aside."""
    reading = read(home, content, agreed)
    assert reading.quarantined == 0
    job = computing.job_of(Source(agreed, computing.data_to([reading])), [reading], words, plan)
    return computing.tables_of(home, [job], words, plan)


# --- a real trial ---

TRIAL, FILE, YEAR = "vickers-2004", "../data/vickers-2004/raw_data.csv", "12-months"
RULE = "headache-severity-relative-35"
#: What the cases call our arms: in words, and as the file's codes.
ARMS = {"acupuncture": "acupuncture", "usual-care": "control"}
CODES = {1: "acupuncture", 0: "control"}
#: What the file's columns are to us, for the cases that name them.
MEASURED = {"pk1": ("before", 0), "pk5": ("after", 365)}


def _agreed(words: Vocabulary = VOCABULARY) -> DeliveryContract:
    recipe = tomllib.loads((evidence.packaged() / "replications" / f"{TRIAL}.toml").read_text("utf-8"))
    return contract_from(recipe["contract"], words, where=TRIAL)


@cache
def _patients(file: Path) -> pl.DataFrame:
    """Severity before and at a year of every patient, as the pipeline reads them, with the arm's name."""
    agreed = _agreed()
    with tempfile.TemporaryDirectory() as folder:
        made = tables_of(a_home(Path(folder)), file.read_bytes(), agreed, VOCABULARY, NOBODY)
    instruments, arms = sorted(VOCABULARY.instruments), list(dict.fromkeys(agreed.cohorts.values.values()))
    scale = VOCABULARY.instruments["headache-severity"].scale
    return (
        made["outcomes"]
        .filter(endpoint=ENDPOINT[YEAR], instrument=instruments.index("headache-severity"))
        .join(made["episodes"].select("episode", "cohort"), on="episode")
        .select(
            arm=pl.col("cohort").replace_strict(range(len(arms)), [ARMS[arm] for arm in arms]),
            before=pl.col("baseline") / scale,
            after=pl.col("score") / scale,
        )
    )


def _by_arm(file: str = FILE) -> Iterator[tuple[str, pl.DataFrame]]:
    everybody = _patients(found(file))
    return ((arm, everybody.filter(arm=arm)) for arm in ARMS.values())


@METHODS.answers("published_summary")
def _abstract(given: Inputs) -> Result:
    after, _ = MEASURED[given["followup"]]
    told: dict[str, dict[str, Any]] = {name: {} for name in ("n_randomised", "n_followed", "mean_12m", "sd_12m")}
    for arm, rows in _by_arm(given["file"]):
        scores = rows[after].drop_nulls()
        told["n_randomised"][arm], told["n_followed"][arm] = rows.height, scores.len()
        told["mean_12m"][arm], told["sd_12m"][arm] = scores.mean(), scores.std()
    return told


@METHODS.answers("relative_responder")
def _trial_responders(given: Inputs) -> Result:
    words = ruled(RULE, "relative", given["threshold"])
    with tempfile.TemporaryDirectory() as folder:
        made = tables_of(a_home(Path(folder)), found(FILE).read_bytes(), _agreed(words), words, NOBODY)
    at_a_year = made["counts"].filter(definition=RULE, endpoint=YEAR, population="everyone", period_kind="all")
    cells = {ARMS[cell["cohort"]]: cell for cell in at_a_year.iter_rows(named=True)}
    (x1, n1), (x2, n2) = (_counted(cells[arm])[:2] for arm in ARMS.values())
    apart, score = newcombe(x1, n1, x2, n2, 0.95), miettinen_nurminen(TwoRates(x1, n1, x2, n2), 0.95)
    assert apart is not None
    return {arm: _rates(cell) for arm, cell in cells.items()} | {
        "difference": x1 / n1 - x2 / n2,
        "difference_newcombe": [apart.low, apart.high],
        "difference_mn95": [score.low, score.high],
    }


def _counted(cell: Mapping[str, Any]) -> tuple[int, int, int]:
    """Responders, those with an outcome, and those due."""
    analysed = cell["responders"] + cell["non_responders"]
    return cell["responders"], analysed, analysed + cell["missing"]


def _rates(cell: Mapping[str, Any]) -> Result:
    x, n, everybody = _counted(cell)
    completers, nri = wilson(x, n), wilson(x, everybody)
    assert completers is not None
    assert nri is not None
    return {
        "x": x,
        "n": n,
        "completer_rate": x / n,
        "completer_wilson": [completers.low, completers.high],
        "nri_rate": x / everybody,
        "nri_wilson": [nri.low, nri.high],
        "bounds": [x / everybody, (x + everybody - n) / everybody],
    }


@METHODS.answers("cumulative_responder_curve")
def _curve(given: Inputs) -> Result:
    if "arm" not in given:
        return OF_PATIENTS["cumulative_responder_curve"](given)
    pairs = dict(_by_arm())[CODES[given["arm"]]].select("before", "after").rows()
    curve = change.cumulative_curve(pairs, given["thresholds"])
    assert curve is not None
    return {"completers": curve.completers, "nri": curve.nri}


@METHODS.answers("ancova_baseline")
def _ancova(given: Inputs) -> Result:
    (after, _), (before, _) = (MEASURED[given[name]] for name in ("outcome", "baseline"))
    measured = _patients(found(FILE)).drop_nulls(after)
    treated = (pl.col("arm") == CODES[1]).cast(pl.Float64)
    fit = sm.OLS(measured[after].to_numpy(), sm.add_constant(measured.select(before, treated).to_numpy())).fit()
    return {"effect": fit.params[2], "se": fit.bse[2], "ci": list(fit.conf_int()[2])}


@METHODS.answers("ipw_hajek_response")
def _weighted(given: Inputs) -> Result:
    """Covariates that no clinic's contract has are read from the file as they stand."""
    named = re.findall(r"[a-z]\w*", given["model"].split("~")[1].split("(")[0])
    code = str(next(code for code, arm in CODES.items() if arm in given["model"]))
    with found(FILE).open(encoding="utf-8", newline="") as lines:
        arm = [row for row in csv.DictReader(lines) if row["group"] == code]
    design = np.array([[float(row[name]) for name in named] for row in arm])
    responded = [_responded(row["pk1"], row["pk5"], given["threshold"]) for row in arm]
    rate = missing_models.weighted_rate(responded, design, truncate=False)
    return {"ipw_rate": rate.rate, "completer_rate": rate.completers, "ess": rate.effective_size}


def _responded(before: str, after: str, threshold: float) -> float | None:
    return None if after == "" else float(float(before) - float(after) >= threshold * float(before))


# --- two files, from end to end ---

SCORE, WINDOW, CHRONIC = "rmdq-24-relative-30", "6-months", "chronic-low-back-pain-3-months"
INSTRUMENTS = {"rmdq": "rmdq-24"}
#: Patients whose lines are traps are asked about one by one.
TRAP = "P9"
STATUSES = {
    "responders": "responder",
    "non_responders": "nonresponder",
    "missing": "missing",
    "not_due": "not_due",
    "left_out": "ineligible_chronicity",
    "no_baseline": "ineligible_baseline_missing",
    "cannot_improve": "ineligible_baseline_floor",
}
EXPORT = ("code", "begun", "visit", "weeks", "measure", "value")


@METHODS.answers("pipeline")
def _end_to_end(given: Inputs) -> Result:
    begun, later = (_rows(name) for name in given["files"])
    clinics = sorted({row["clinic"] for row in begun})
    traps = sorted({row["patient_id"] for row in begun if row["patient_id"].startswith(TRAP)})
    overall = _cell(given, begun, later)
    return {
        "overall": _told(overall),
        "by_clinic": {clinic: _told(_cell(given, _only(begun, "clinic", clinic), later)) for clinic in clinics},
        "trap_status": {
            patient: _only_status(_cell(given, _only(begun, "patient_id", patient), later)) for patient in traps
        },
    } | _verdicts(overall, given)


def _rows(name: str) -> list[dict[str, str]]:
    with found(name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _only(rows: Sequence[dict[str, str]], column: str, value: str) -> list[dict[str, str]]:
    return [row for row in rows if row[column] == value]


def _export(begun: Sequence[dict[str, str]], later: Sequence[dict[str, str]], measure: str) -> str:
    """The courses as one long export: the baseline on the first day, then what followed."""
    courses = {row["episode_id"]: row for row in begun}
    dated = [(row["start_date"], row, row) for row in courses.values()]
    dated += [(row["date"], courses[row["episode_id"]], row) for row in later if row["episode_id"] in courses]
    lines = [
        [course["patient_id"], course["start_date"], day, course["duration_weeks"], measure, row[measure]]
        for day, course, row in dated
    ]
    return "".join(",".join(line) + "\n" for line in [list(EXPORT), *lines])


def _words(given: Inputs) -> Vocabulary:
    """Our words with the rule, the window and the population of the case."""
    changed = ruled(SCORE, given["rule"], given["threshold"])
    endpoint = replace(VOCABULARY.endpoints[WINDOW], **given["window"])
    population = Population(CHRONIC, "low-back-pain", min_duration_weeks=given["min_duration_weeks"])
    return replace(
        changed,
        endpoints=VOCABULARY.endpoints | {WINDOW: endpoint},
        populations=VOCABULARY.populations | {CHRONIC: population},
    )


def _cell(given: Inputs, begun: Sequence[dict[str, str]], later: Sequence[dict[str, str]]) -> Mapping[str, Any]:
    """The private counts of these courses."""
    words, measure = _words(given), given["instrument"]
    agreed = contract(
        condition="low-back-pain",
        keep_dates="day",
        data_cut=given["data_cut"],
        columns={**contract().columns, "duration_weeks": "weeks"},
        codes={"instrument": {measure: INSTRUMENTS[measure]}},
    )
    plan = pl.DataFrame({"definition": [SCORE], "endpoint": [WINDOW], "population": [CHRONIC]})
    with tempfile.TemporaryDirectory() as folder:
        made = tables_of(a_home(Path(folder)), _export(begun, later, measure), agreed, words, plan)
    cells = made["counts"].filter(definition=SCORE, endpoint=WINDOW, period_kind="all")
    whole = cells.filter(population=CHRONIC)
    # Where nobody is chronic, the population has no cell of its own: everyone is left out of it.
    return whole.row(0, named=True) if whole.height else _nobody_in(cells.row(0, named=True))


def _nobody_in(everyone: Mapping[str, Any]) -> dict[str, Any]:
    return dict(everyone) | dict.fromkeys(STATUSES, 0) | {"left_out": everyone["started"], "started": 0}


def _only_status(cell: Mapping[str, Any]) -> str:
    ((status, number),) = [(theirs, cell[ours]) for ours, theirs in STATUSES.items() if cell[ours]]
    assert number == 1
    return status


def _told(cell: Mapping[str, Any]) -> Result:
    """The numbers of a cell under the names of the case."""
    _, n, due = _counted(cell)
    rates = _rates(cell)
    return {theirs: cell[ours] for ours, theirs in STATUSES.items()} | rates | {
        "n_due": due, "followup_rate": n / due, "median_day": cell["median_day"],
    }  # fmt: skip


def _verdicts(cell: Mapping[str, Any], given: Inputs) -> Result:
    """What the counts say beside the published ones, for completers and with missing as non-response."""
    x, n, due = _counted(cell)
    other, margin = (given["benchmark"]["x"], given["benchmark"]["n"]), given["margin"]
    apart, completers, nri = (newcombe(x, size, *other, level) for size, level in ((n, 0.95), (n, 0.90), (due, 0.90)))
    assert apart is not None
    assert completers is not None
    assert nri is not None
    robust = robust_verdict(completers, nri, margin)
    return {
        "difference": x / n - other[0] / other[1],
        "newcombe95": [apart.low, apart.high],
        "mover90": [completers.low, completers.high],
        "verdict_completers": verdict(completers, margin),
        "mover90_nri": [nri.low, nri.high],
        "verdict_nri": verdict(nri, margin),
        "verdict_robust": robust.verdict,
        "depends_on_missing": robust.depends_on_missing,
    }
