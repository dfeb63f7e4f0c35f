"""The command line: `run`, `sample`, `replicate`, `calibrate`, `evidence` ...; Python can call each of them too.

Exit codes and errors are those of the design, section 7: what, where, which rule, what to do next; never a value.
"""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from orchestration import intake_cli, options, places, release_cli
from orchestration.evidence_cli import evidence
from orchestration.exit_codes import (
    ACTIVE,
    BAD_INPUT,
    BLOCKED,
    CONFIGURATION,
    DISK,
    DONE,
    NOTHING_NEW,
    OUR_BUG,
    SOME_REFUSED,
    USAGE,
    leave,
)
from orchestration.garbage import seldom_collected
from orchestration.settings import ConfigurationError, Home

__all__ = [
    "ACTIVE", "BAD_INPUT", "BLOCKED", "CONFIGURATION", "DISK", "DONE", "NOTHING_NEW", "OUR_BUG", "SOME_REFUSED",
    "USAGE", "command", "main", "verum",
]  # fmt: skip


@click.group()
def verum() -> None:
    """Puts observed responder rates beside published ones, and refuses bad comparisons."""


def command() -> None:
    """The installed command: `main`, and then out without a look back."""
    try:
        with seldom_collected():  # importing libraries makes nothing but what stays
            main()
    except SystemExit as ended:
        if not isinstance(ended.code, int):
            raise
        leave(ended.code)
    leave(DONE)


def main() -> None:
    """Runs the command line and leaves with the exit code of the design."""
    try:
        verum(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE)
    except Exception as error:  # the last door: every error leaves with a code and a sentence
        sys.exit(_explain(error))


def _explain(error: Exception) -> int:
    """Prints an error for the person who gets it, and gives the exit code that belongs to it."""
    from orchestration.dry_run import CannotBeRead
    from orchestration.handover import OutOfOrder
    from orchestration.judging import LinesDoNotAddUp
    from orchestration.lock import AnotherRunIsActive
    from orchestration.replication import DataDiffers
    from orchestration.report import BlockedByChecks
    from schemas.contract import BrokenPromise
    from schemas.delivery_contract import ContractError
    from schemas.strict_toml import TomlError
    from transforms.registries.record import NotImportable

    codes: list[tuple[type[Exception] | tuple[type[Exception], ...], int, str]] = [
        ((ConfigurationError, ContractError, TomlError), CONFIGURATION, "Configuration"),
        (AnotherRunIsActive, ACTIVE, "Busy"),
        ((BlockedByChecks, OutOfOrder), BLOCKED, "Blocked"),
        ((CannotBeRead, DataDiffers, NotImportable), BAD_INPUT, "Input"),
        ((BrokenPromise, LinesDoNotAddUp), OUR_BUG, "Our fault"),
        (places.MISPLACED, CONFIGURATION, "Configuration"),
        (OSError, DISK, "Disk"),
    ]
    for kind, code, word in codes:
        if isinstance(error, kind):
            click.echo(f"{word}: {places.told(error) if isinstance(error, OSError) else error}", err=True)
            return code
    return _explain_library(error)


def _explain_library(error: Exception) -> int:
    """The same for an error that is none of ours: a full disk, whoever noticed it, or our own fault."""
    if _is_full(error):
        click.echo(
            "Disk: no room is left. Nothing was published; the last release stands. Make room, run again.", err=True
        )
        return DISK
    # A library's own message may hold a patient's value: name the kind of error and the place, nothing else.
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    where = f"{Path(at.tb_frame.f_code.co_filename).name}, line {at.tb_lineno}" if at else "unknown"
    click.echo(
        f"Our fault: {type(error).__name__} at {where}. Nothing was published; the last release stands. "
        "Set VERUM_DEBUG=1 to see the whole trace (it may hold values of patients), and report it.",
        err=True,
    )
    if os.environ.get("VERUM_DEBUG"):
        raise error
    return OUR_BUG


def _is_full(error: BaseException | None) -> bool:
    """Whether the disk is full in the words of a library that raises errors of its own for it."""
    while error is not None:
        if any(words in str(error).lower() for words in ("no space left", "disk full", "could not write all bytes")):
            return True
        error = error.__cause__ or error.__context__
    return False


@verum.command()
@options.home
@click.option("--only", default=None, help="Compute this source alone.")
@click.option("--force", is_flag=True, help="Compute again what is there already.")
@options.as_json
def run(place: str | None, only: str | None, force: bool, as_json: bool) -> None:
    """One pass: receive, check, compute, publish."""
    from orchestration import looking

    home = Home.there(place)
    if not force and only is None and looking.nothing_new(home):
        index = home.current.resolve() / "site" / "index.html"
        said = {"release": looking.current_release(home), "published": False, "looked_only": True, "index": str(index)}
        click.echo(json.dumps(said) if as_json else f"Nothing new. Release {said['release']} stands: {index}")
        sys.exit(NOTHING_NEW)
    from orchestration import pipeline

    report = pipeline.run(home, only=only, force=force, tell=_teller(as_json))
    click.echo(json.dumps(asdict(report), sort_keys=True) if as_json else _about_run(report, home))
    sys.exit(_code_of(report))


def _code_of(report: Any) -> int:
    if not report.published:
        return SOME_REFUSED if report.unreadable else NOTHING_NEW
    return SOME_REFUSED if report.refused or report.held or report.failed or report.unreadable else DONE


def _teller(silent: bool) -> Callable[[str], None]:
    return (lambda _: None) if silent else (lambda text: click.echo(f"  {text} ...", err=True))


def _about_run(report: Any, home: Home) -> str:
    said = [f"{report.received} new file(s); {report.lines:,} lines in all, {report.quarantined:,} set aside."]
    said += [
        f"Received before: a file of {source}. It changes nothing, unless it was refused for the name that it had."
        for source in report.again
    ]
    said += [*report.left, *report.mended]
    said += [f"Refused: {source}, delivery {delivery}. {why}" for source, delivery, why in report.refused]
    said += [f"Held: {source}, delivery {delivery}. {why}" for source, delivery, why in report.held]
    said += [f"Not computed, last counts kept: {source}" for source in report.failed]
    said.append(f"{len(report.computed)} source(s) computed.")
    said += _findings(home)
    what = "Published release" if report.published else "Nothing changed; release"
    said.append(f"{what} {report.release}")
    said.append(f"Site: {report.index}")
    return "\n".join(said)


def _findings(home: Home) -> list[str]:
    """One line for each way a comparison ended, counted."""
    from orchestration import release
    from orchestration.warehouse import connect

    now = release.current(home)
    if now is None:
        return []
    connection = connect(now.folder / "marts.duckdb", read_only=True)
    try:
        rows = connection.execute("SELECT outcome_kind, count(*) FROM comparisons GROUP BY 1 ORDER BY 1").fetchall()
    finally:
        connection.close()
    counted = ", ".join(f"{number} {kind.replace('_', ' ')}" for kind, number in rows)
    return [f"Comparisons with published figures: {counted}."] if rows else []


@verum.command()
@click.argument("folder", type=click.Path(path_type=Path))
@options.as_json
def sample(folder: Path, as_json: bool) -> None:
    """Write a synthetic network into FOLDER: landing files, contracts, and the truth behind them."""
    from orchestration.sample import write_sample

    report = write_sample(folder)
    if as_json:
        click.echo(json.dumps(asdict(report), default=str, sort_keys=True))
        return
    done = "Wrote" if report.written else "Already there:"
    size = f"{report.clinics} clinics, {report.patients:,} patients, {report.lines:,} lines"
    click.echo(f"{done} a synthetic network of {size} in {report.home}")


@verum.command()
@click.argument("study")
@click.option(
    "--data",
    "data",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The open data file.",
)
@options.as_json
def replicate(study: str, data: Path, as_json: bool) -> None:
    """Recompute a published result from open patient-level data; print ours beside theirs."""
    from orchestration import replication

    found = replication.replicate(study, data)
    click.echo(json.dumps(asdict(found), default=str, sort_keys=True) if as_json else replication.as_text(found))
    sys.exit(DONE if found.agrees else BLOCKED)


@verum.command()
@options.home
@click.option("--networks", default=None, type=int, help="How many networks to simulate.")
@click.option("--seed", default=None, type=int, help="Seed of chance; the same one gives the same report.")
@click.option("--scale", default="full", type=click.Choice(["small", "full"]), help="How much to simulate in each.")
@options.as_json
def calibrate(place: str | None, networks: int | None, seed: int | None, scale: str, as_json: bool) -> None:
    """Simulate networks with a known truth; say how often what comes out is right. Exit 4 if not often enough."""
    from orchestration.calibration import findings, running

    found = running.calibrate(
        running.NETWORKS if networks is None else networks,
        running.SEED if seed is None else seed,
        running.SCALES[scale],
        _teller(as_json),
    )
    home = Home.at(place)
    running.report(home, found)
    click.echo(json.dumps(found.told(), sort_keys=True) if as_json else findings.as_text(found.findings))
    if not as_json:
        click.echo(
            f"{found.networks} simulated network(s), {found.patients:,} patients, seed {found.seed}. "
            f"The report is {home.calibration}; the next release shows it."
        )
    sys.exit(DONE if found.holds else BLOCKED)


verum.add_command(evidence)
verum.add_command(intake_cli.check)
verum.add_command(intake_cli.receipt)
verum.add_command(intake_cli.hold)
verum.add_command(intake_cli.quarantine)
verum.add_command(intake_cli.patient)
verum.add_command(intake_cli.vault)
verum.add_command(intake_cli.contract)
verum.add_command(release_cli.releases)
verum.add_command(release_cli.suites)
verum.add_command(release_cli.ui)


if __name__ == "__main__":
    command()
