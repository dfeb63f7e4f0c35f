"""The command line of the evidence: `list`, `show`, `check` and `import`. What each finds is in `registry` and beside.

Exit codes are those of `cli`. A finding is a fact about print, so `check` ends with 0 wherever every file loads.
"""

# ruff: noqa: PLC0415 - a verb imports what it needs, and no more

import json
from dataclasses import asdict
from pathlib import Path

import click

from orchestration import options


@click.group(invoke_without_command=True)
@options.as_json
@click.pass_context
def evidence(context: click.Context, as_json: bool) -> None:
    """List, show, check or import the published figures; without a word, list them."""
    if context.invoked_subcommand is None:
        context.invoke(list_, as_json=as_json)


@evidence.command("list")
@options.as_json
def list_(as_json: bool) -> None:
    """List the studies."""
    from orchestration import registry

    click.echo(registry.listed(as_json=as_json))


@evidence.command()
@click.argument("study")
@options.as_json
def show(study: str, as_json: bool) -> None:
    """Show the figures of STUDY, with what may carry a verdict and what our checks found."""
    from orchestration import registry

    click.echo(registry.shown(study, as_json=as_json))


@evidence.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@options.as_json
def check(folder: Path | None, as_json: bool) -> None:
    """Check every study of FOLDER (default: those that travel with Verum) and list what was found."""
    from orchestration import registry

    click.echo(registry.checked(folder, as_json=as_json))


@evidence.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--to", "folder", default=".", type=click.Path(file_okay=False, path_type=Path), help="Where the draft goes."
)
@options.as_json
def import_(file: Path, folder: Path, as_json: bool) -> None:
    """Draft a study's file from FILE, a ClinicalTrials.gov record (API v2, JSON); it never overwrites."""
    from orchestration import evidence_import

    made = evidence_import.import_record(file, folder)
    click.echo(json.dumps(asdict(made), sort_keys=True) if as_json else evidence_import.as_text(made))
