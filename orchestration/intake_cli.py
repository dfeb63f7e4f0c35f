"""The command line of what clinics send: `check`, `receipt`, `hold`, `quarantine`, `patient`, `vault`, ...

Exit codes are those of `exit_codes`; no verb repeats a cell.
"""

# ruff: noqa: PLC0415 - a verb imports what it needs, and no more

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from orchestration import options
from orchestration.exit_codes import BAD_INPUT, DONE, SOME_REFUSED
from orchestration.settings import ConfigurationError, Home


def _in_a_folder(_context: click.Context, _option: click.Parameter, place: Path | None) -> Path | None:
    """The file to write, once its folder is there: nobody waits for a report that can then not be written."""
    if place is not None and not place.parent.is_dir():
        raise click.BadParameter(f"found no folder {place.parent}; expected one to write the file into. Make it first")
    return place


_AFRESH = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--contract", "named", required=True, help="The contract's TOML file, or a source of the home.")
@options.home
@click.option(
    "--html", "html", default=None, type=_AFRESH, callback=_in_a_folder, help="Write the report as a page, too."
)
@click.option(
    "--csv",
    "csv",
    default=None,
    type=_AFRESH,
    callback=_in_a_folder,
    help="Write every line set aside, with its reasons, too.",
)
@options.as_json
def check(file: Path, named: str, place: str | None, html: Path | None, csv: Path | None, as_json: bool) -> None:
    """Say what a run would do with FILE, line by line, and store nothing.

    Ends with 0 if every line would be accepted, 3 if some would be set aside or the file held, 65 if it would be
    refused, 78 if the contract cannot be used.
    """
    from orchestration import dry_run

    found = dry_run.check(file, *dry_run.agreed(named, place), Home.at(place))
    if html is not None:
        from dashboards import dry_run as drawn

        html.write_text(drawn.page(dry_run.told(found)), "utf-8")
    if csv is not None:
        from orchestration.receipts import as_csv

        csv.write_text(as_csv(found.receipt), "utf-8")
    click.echo(json.dumps(dry_run.told(found), sort_keys=True) if as_json else dry_run.as_text(found))
    sys.exit({"accepted": DONE, "refused": BAD_INPUT}.get(found.ending, SOME_REFUSED))


@click.command()
@click.argument("delivery")
@options.home
@click.option("--out", "out", default=None, type=click.Path(file_okay=False, path_type=Path), help="Write both there.")
@options.as_json
def receipt(delivery: str, place: str | None, out: Path | None, as_json: bool) -> None:
    """Write the clinic's receipt of DELIVERY: every line set aside, with its reasons, as CSV; no cell is repeated.

    With --out also <delivery>.json: the file's SHA-256, and its lines by fate, which add up.
    """
    from orchestration import receipts

    found = receipts.receipt_of(place, delivery)
    if out is not None:
        for path in receipts.write(found, out):
            click.echo(str(path), err=as_json)
    if as_json:
        click.echo(json.dumps(receipts.told(found), sort_keys=True))
    elif out is None:
        click.echo(receipts.as_csv(found.lines), nl=False)


def _tell_each(found: list[Any], as_text: Callable[[list[Any]], str], as_json: bool) -> None:
    """Prints records as JSON, or in the words of their desk."""
    click.echo(json.dumps([asdict(one) for one in found]) if as_json else as_text(found))


@click.group()
def hold() -> None:
    """List the deliveries that wait for a word from a person, and give it."""


_by = click.option("--by", "by", required=True, help="Who decides; kept in the private log, never published.")
_why = click.option("--why", "why", required=True, help="Why; kept in the private log, never published.")


@hold.command("list")
@options.home
@options.as_json
def list_(place: str | None, as_json: bool) -> None:
    """List what the last run held, by which rule, and what to do."""
    from orchestration import hold_desk

    _tell_each(hold_desk.waiting(Home.there(place)), hold_desk.as_text, as_json)


def _decided(decision: str, told: str) -> None:
    """Adds the verb by which a person decides on a delivery: a function of that name of `hold_desk`."""

    @hold.command(decision, help=told)
    @click.argument("delivery")
    @_by
    @_why
    @options.home
    @options.as_json
    def decide(delivery: str, by: str, why: str, place: str | None, as_json: bool) -> None:
        from orchestration import hold_desk

        made = getattr(hold_desk, decision)(Home.there(place), delivery, by=by, why=why)
        said = f"{made.source}/{made.sha256[:12]}: {decision}, entered for the next run. {hold_desk.NEXT}"
        click.echo(json.dumps(asdict(made), sort_keys=True) if as_json else said)


_decided("release", "Let DELIVERY speak from the next run on.")
_decided("reject", "Turn DELIVERY down from the next run on; what was accepted before it goes on speaking.")


@hold.command()
@options.home
@options.as_json
def log(place: str | None, as_json: bool) -> None:
    """Show every decision that was made: who, why and when. Private: it names people."""
    from orchestration import decisions

    made = decisions.log(Home.there(place))
    if as_json:
        click.echo(json.dumps([asdict(one) for one in made]))
        return
    for one in made:
        click.echo(f"{one.at}  {one.source}/{one.sha256[:12]}  {one.decision}  by {one.by}: {one.why}")


@click.group()
def quarantine() -> None:
    """List the lines of a delivery that were set aside, and give a person's word on them."""


_reason = click.option("--reason", "reason", required=True, help="The reason for which they were set aside.")
_lines = click.option("--line", "lines", multiple=True, type=int, help="One line of the file; left out: all of them.")


@quarantine.command("list")
@click.argument("delivery")
@options.home
@options.as_json
def list_lines(delivery: str, place: str | None, as_json: bool) -> None:
    """List why lines of DELIVERY were set aside, how many, and what was said of them; `verum receipt` has each line."""
    from orchestration import quarantine_desk

    found = quarantine_desk.listed(Home.there(place), delivery)
    click.echo(json.dumps(found) if as_json else quarantine_desk.as_text(found))


def _spoken(decision: str, told: str) -> None:
    """Adds the verb by which people say `decision` of lines."""

    @quarantine.command(decision, help=told)
    @click.argument("delivery")
    @_reason
    @_lines
    @_by
    @_why
    @options.home
    @options.as_json
    def decide(
        delivery: str, reason: str, lines: tuple[int, ...], by: str, why: str, place: str | None, as_json: bool
    ) -> None:
        from orchestration import quarantine_desk

        home = Home.there(place)
        made = quarantine_desk.decide(home, delivery, decision, reason=reason, lines=lines, by=by, why=why)
        said = (
            f"{made.source}/{made.sha256[:12]}: {decision} of lines set aside for {reason}, entered for the next run."
        )
        click.echo(json.dumps(asdict(made), sort_keys=True) if as_json else said)


_spoken("release", "Let lines of DELIVERY count from the next run on, though they have this reason.")
_spoken("reject", "Say that lines of DELIVERY stay set aside for good.")
_spoken("withdraw", "Say that the clinic has taken lines of DELIVERY back.")


@click.group()
def patient() -> None:
    """Say that patients take no part any more; their codes come on standard input, one a line, and are not kept."""


def _codes() -> list[str]:
    """The lines of standard input; raises `ConfigurationError` where they are no text."""
    try:
        return [line.strip() for line in sys.stdin or () if line.strip()]
    except UnicodeDecodeError:
        raise ConfigurationError(
            "standard input: found bytes that are no text in this terminal's encoding; expected codes, one a line, in "
            "UTF-8. Nothing was entered"
        ) from None


def _said_of_patients(decision: str, told: str) -> None:
    """Adds the verb by which people say `decision` of patients."""

    @patient.command(decision, help=told)
    @click.argument("clinic")
    @_by
    @_why
    @options.home
    @options.as_json
    def decide(clinic: str, by: str, why: str, place: str | None, as_json: bool) -> None:
        from orchestration import patient_desk

        codes = _codes()
        number = patient_desk.decide(Home.there(place), clinic, codes, decision, by=by, why=why)
        said = f"{clinic}: {decision} of {number} patient(s), entered for the next run. {patient_desk.NEXT}"
        said += f" {patient_desk.STAYS}" if decision == "withdraw" else ""
        click.echo(json.dumps({"source": clinic, "decision": decision, "patients": number}) if as_json else said)


_said_of_patients("withdraw", "From the next run on, keep and count nothing of patients of CLINIC.")
_said_of_patients("restore", "Take a withdrawal of patients of CLINIC back.")


@patient.command("list")
@options.home
@options.as_json
def list_patients(place: str | None, as_json: bool) -> None:
    """List how many patients of each clinic were withdrawn; no patient is told."""
    from orchestration import patient_desk

    _tell_each(patient_desk.listed(Home.there(place)), patient_desk.as_text, as_json)


@click.group()
def vault() -> None:
    """Remove the bytes of deliveries that count for nothing; what is on record of them stays."""


@vault.command()
@click.argument("delivery")
@_by
@_why
@options.home
@options.as_json
def remove(delivery: str, by: str, why: str, place: str | None, as_json: bool) -> None:
    """Remove the bytes of DELIVERY, which is superseded or rejected."""
    from orchestration import vault_desk

    made = vault_desk.remove(Home.there(place), delivery, by=by, why=why)
    lines = made.record["lines"]
    said = f"{made.source}/{made.sha256[:12]}: its bytes are removed, its {lines:,} lines stay on record."
    click.echo(json.dumps(asdict(made), sort_keys=True) if as_json else said)


@vault.command("list")
@options.home
@options.as_json
def list_removed(place: str | None, as_json: bool) -> None:
    """List the deliveries whose bytes were removed, and when."""
    from orchestration import removals, vault_desk

    _tell_each(list(removals.removed(Home.there(place)).values()), vault_desk.as_text, as_json)


@click.group()
def contract() -> None:
    """Help a person to write the contract of a clinic."""


@contract.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@options.home
@options.as_json
def draft(file: Path, place: str | None, as_json: bool) -> None:
    """Propose a contract from FILE's header and the shapes of its cells; a person finishes it. No cell is shown."""
    from orchestration.drafting import drafted
    from schemas import vocabulary

    text = drafted(file, vocabulary.load(Home.at(place).vocabulary))
    click.echo(json.dumps({"contract": text}) if as_json else text, nl=as_json)
