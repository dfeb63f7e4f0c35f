"""The command line of what was released: `releases`, `suites`, `ui`. Others do the work."""

# ruff: noqa: PLC0415 - a verb imports what it needs, and no more

import json
import sys
from dataclasses import asdict

import click

from orchestration import options
from orchestration.exit_codes import BLOCKED, DONE
from orchestration.settings import ConfigurationError, Home

#: What is said of a release that lost a file without which readers can use none of it.
DAMAGED = "  (damaged: a file is missing or empty; `verum run` publishes the current one again)"


@click.command()
@options.home
@options.as_json
def releases(place: str | None, as_json: bool) -> None:
    """List the releases that are kept; an arrow marks the one that readers see."""
    from orchestration import looking, release

    home = Home.there(place)
    now = release.current(home)
    kept = [(one.id, bool(now and one.id == now.id), looking.is_whole(one.folder)) for one in release.released(home)]
    if as_json:
        click.echo(json.dumps([{"release": name, "current": now, "whole": whole} for name, now, whole in kept]))
        return
    for name, is_now, whole in kept:
        click.echo(f"{'->' if is_now else '  '} {name}{'' if whole else DAMAGED}")


@click.command()
@options.home
@options.as_json
def suites(place: str | None, as_json: bool) -> None:
    """Let Great Expectations judge the release that readers see; exit 4 if an expectation that blocks does not hold."""
    from orchestration import release

    now = release.current(Home.there(place))
    if now is None:
        raise ConfigurationError("There is no release to judge yet. Run `verum run` first, or name another --home.")
    from orchestration import suites as auditor

    verdicts = [*auditor.judge(now), auditor.seal(now)]
    click.echo(json.dumps([asdict(one) for one in verdicts]) if as_json else auditor.as_text(verdicts))
    sys.exit(BLOCKED if any(one.blocks for one in verdicts) else DONE)


@click.command()
@options.home
@click.option("--port", default=3000, help="Port on this machine.")
def ui(place: str | None, port: int) -> None:
    """Open Dagster's web page on this machine; Ctrl-C ends it."""
    from orchestration import web

    web.serve(Home.at(place), port)
