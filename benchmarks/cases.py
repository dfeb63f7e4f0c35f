"""The same workload in the shapes that real exports have: quoted, dated otherwise, compressed, in no order, corrected.

Each function writes a home beside the plain one. What must come of it is the same as of the plain one, unless it says
otherwise.
"""

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl

from benchmarks.peers.job import exports
from benchmarks.verum_runs import fresh_home

SEED = 20_261_122
ORDERS = {"iso": "%Y-%m-%d", "dmy": "%d/%m/%Y", "mdy": "%m/%d/%Y"}
LINES_PER_BREAK = 50
CORRECTED_MONTH = "2024-03"


def quoted(plain: Path, home: Path) -> Path:
    """Every treatment holds a comma, so it is quoted; every fiftieth holds a line break too."""
    broken = pl.int_range(pl.len()) % LINES_PER_BREAK == 0
    text = (
        pl.when(broken)
        .then(pl.col("treatment") + ", as before\nno harm")
        .otherwise(pl.col("treatment") + ", as before")
    )
    return _rewritten(plain, home, lambda table, _: table.with_columns(treatment=text))


def dated(plain: Path, home: Path) -> Path:
    """Clinics take turns in writing dates: year first, day first, month first; each contract says which."""

    def in_order(table: pl.DataFrame, at: int) -> pl.DataFrame:
        order = list(ORDERS)[at % len(ORDERS)]
        return table.with_columns(_written(name, ORDERS[order]) for name in ("started_on", "assessed_on"))

    _rewritten(plain, home, in_order)
    for at, path in enumerate(exports(home)):
        contract = home / f"contracts/{Path(path).parent.name}.toml"
        said = contract.read_text("utf-8")
        contract.write_text(said.replace("[file]\n", f'[file]\ndates = "{list(ORDERS)[at % len(ORDERS)]}"\n'), "utf-8")
    return home


def _written(name: str, form: str) -> pl.Expr:
    day = pl.col(name).str.to_date("%Y-%m-%d", strict=False)
    return pl.coalesce(day.dt.to_string(form), name).alias(name)


def compressed(plain: Path, home: Path) -> Path:
    """Every export is a .csv.gz, and its contract says so."""
    fresh_home(plain, home)
    for contract in home.glob("contracts/*.toml"):
        contract.write_text(contract.read_text("utf-8").replace("[file]\n", '[file]\npacked = "gzip"\n'), "utf-8")
    for path in map(Path, exports(home)):
        with path.open("rb") as text, gzip.open(path.with_suffix(".csv.gz"), "wb", compresslevel=6) as packed:
            shutil.copyfileobj(text, packed)
        path.unlink()
    return home


def scattered(plain: Path, home: Path) -> Path:
    """The rows of each file in random order: neither by day nor by course.

    Which of two courses begun on one day is a patient's first may differ from the plain home: the earlier line decides.
    """
    return _rewritten(plain, home, lambda table, at: table.sample(fraction=1, shuffle=True, seed=SEED + at))


def _rewritten(plain: Path, home: Path, change: Callable[[pl.DataFrame, int], pl.DataFrame]) -> Path:
    fresh_home(plain, home)
    for at, path in enumerate(map(Path, exports(home))):
        table = pl.read_csv(path, infer_schema=False)
        path.unlink()  # it is a link to the plain one
        change(table, at).write_csv(path)
    return home


def corrected(home: Path) -> Path:
    """The export of a middling clinic with one month's pain scores a point lower, beside the one it sent before."""
    files = sorted(map(Path, exports(home)), key=lambda path: (path.stat().st_size, path.name))
    before = files[len(files) // 2]
    table = pl.read_csv(before, infer_schema=False)
    score = pl.col("score").cast(pl.Int64, strict=False)
    meant = (pl.col("instrument") == "NRS") & pl.col("assessed_on").str.starts_with(CORRECTED_MONTH) & (score > 0)
    again = before.with_name("export-corrected.csv")
    table.with_columns(score=pl.when(meant).then((score - 1).cast(pl.String)).otherwise("score")).write_csv(again)
    return again
