"""How a verb of the command line ends, as a number (the design, section 7), and how the process then leaves."""

import os
import sys
from typing import NoReturn

DONE = 0
NOTHING_NEW = 2
SOME_REFUSED = 3
BLOCKED = 4
USAGE = 64
BAD_INPUT = 65
OUR_BUG = 70
DISK = 74
ACTIVE = 75
CONFIGURATION = 78


def leave(code: int) -> NoReturn:
    """Ends the process with this code as it stands: taking down all that it holds is a twentieth of a small run.

    What a verb writes is written and closed when it ends; what it says is handed over here.
    """
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # nobody listens any more: Python's own way out says so
        sys.exit(code)
    os._exit(code)
