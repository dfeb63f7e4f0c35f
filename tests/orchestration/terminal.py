"""The command line as a person at a terminal uses it: words in, an exit code out; what is printed is `capsys`'s."""

import io

import pytest

from orchestration import cli


def verum(*words: str, codes: str = "") -> int:
    """The code with which `verum` leaves, after these words, with `codes` on its standard input."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("sys.argv", ["verum", *words])
        patched.setattr("sys.stdin", io.StringIO(codes))
        try:
            cli.main()
        except SystemExit as left:
            return int(left.code or 0)
    return cli.DONE
