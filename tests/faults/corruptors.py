"""Sixty ways in which an export goes wrong on its way: each takes a sound file and a source of chance, and gives bytes.

Each corrupts one thing, and is named for it; `None` where a shape of file has nothing of the kind. The first letter and
number of a name are those of the fault catalogue. What becomes of the result is judged in `detection`.
"""

from tests.faults import corruptors_of_text, corruptors_of_values
from tests.faults.corrupting import CORRUPTORS

__all__ = ["CORRUPTORS", "corruptors_of_text", "corruptors_of_values"]
