"""Where the secret key lies; `secret` reads it."""

import os
from pathlib import Path


def place() -> Path:
    """The key file: at `VERUM_KEY_FILE`, else in the user's own settings; never inside a home."""
    named = os.environ.get("VERUM_KEY_FILE")
    if named:
        return Path(named).resolve()
    folder = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(folder).resolve() / "verum" / "key"
