"""What a clinic may be called in public: its folder, its contract and its pages go by this name."""

import re

ALIAS = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def told(folder: str) -> str:
    """How a message names a clinic's folder: not by its name, if that is none that a clinic may have."""
    return folder if ALIAS.fullmatch(folder) else "undeclared"
