"""The report of a calibration in a home: written by `verum calibrate`, read when a release is made.

Imports nothing of what simulates or judges, since every release looks here.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from orchestration import fingerprints
from orchestration.settings import ConfigurationError, Home
from orchestration.whole_files import write_whole

#: The code that a report speaks of.
PACKAGES = ("schemas", "transforms")


def write(home: Home, findings: Sequence[Mapping[str, Any]], *, networks: int, seed: int, patients: int) -> None:
    """Puts the report into the home, in one rename, for the next release to show."""
    content = {
        "networks": networks,
        "seed": seed,
        "patients": patients,
        "code": fingerprints.code_of(*PACKAGES),
        "findings": [dict(one) for one in findings],
    }
    write_whole(home.calibration, json.dumps(content, indent=1) + "\n")


def read(home: Home) -> list[dict[str, Any]]:
    """The rows of the home's report; none where there is no report. Raises `ConfigurationError` where it is broken."""
    if not home.calibration.is_file():
        return []
    try:
        written: Mapping[str, Any] = json.loads(home.calibration.read_text("utf-8"))
        whole = {name: written[name] for name in ("networks", "seed")}
        whole["same_code"] = written["code"] == fingerprints.code_of(*PACKAGES)
        return [dict(one) | whole for one in written["findings"]]
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"{home.calibration.name}: found no report ({type(error).__name__}); expected one of `verum calibrate`. "
            "Run it again, or remove the file."
        ) from None
