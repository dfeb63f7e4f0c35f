"""Why a delivery that could be read is held for a word from a person.

A held delivery speaks for nobody; what was accepted before it goes on speaking. The rules are `transforms.holds`.
"""

from dataclasses import dataclass

#: Fewer records than this show no share worth judging: one patient more or less would turn it.
FEWEST_JUDGED = 20
#: A delivery with less than this share of the records that it would replace is held (RELIABILITY B06).
LEAST_KEPT = 0.80
#: A delivery with less than this share of the patients that it would replace is held (RELIABILITY B07).
LEAST_KNOWN = 0.80
#: A delivery with so much more or less than the one before is worth a word (RELIABILITY D21).
MOST_CHANGE = 0.50
#: How many accepted deliveries a delivery is held against.
LOOKED_BACK = 3


@dataclass(frozen=True)
class Hold:
    """A reason to hold a delivery: the rule, and where, what was found, what was expected and what to do.

    The explanation is published: it repeats no cell and no exact number of lines or patients.
    """

    rule: str
    explanation: str
