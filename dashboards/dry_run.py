"""The dry run of one file as a page of its own, which a clinic can keep or send on; no part of a release's site."""

from collections.abc import Mapping
from typing import Any

from dashboards.layout import templates


def page(told: Mapping[str, Any]) -> str:
    """The HTML of what `verum check --json` prints: one file, no script, nothing fetched from anywhere."""
    return templates().get_template("dry_run.html").render(told=told)
