"""Where the reference cases are, and the files that they name: beside the cases, or in the shared folder."""

import json
import os
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
VECTORS = Path(os.environ.get("VERUM_VECTORS", SHARED / "vectors"))


def cases() -> list[dict[str, Any]]:
    """Every case of every file, with its topic; none where there is no folder."""
    topics = [json.loads(path.read_text("utf-8")) for path in sorted(VECTORS.glob("*.json"))]
    return [{"topic": topic["topic"], **case} for topic in topics for case in topic["cases"]]


def found(name: str) -> Path:
    """The file that a case names, looked for beside it and then in the shared folder; raises `FileNotFoundError`."""
    below = Path(*[part for part in Path(name).parts if part != ".."])
    places = (VECTORS / name, VECTORS / below, SHARED / "vectors" / name, SHARED / below)
    for place in places:
        if place.is_file():
            return place
    raise FileNotFoundError(f"{name}: not beside the cases in {VECTORS}, nor in {SHARED}")
