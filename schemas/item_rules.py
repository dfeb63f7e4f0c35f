"""How items become a score, instrument by instrument: METHODS section 9, as numbers. No item is worded here.

Only instruments whose published rule is a sum or a mean of their items are listed; the same rules, one record at a
time, are in `transforms.scoring`.
"""

from dataclasses import dataclass

FORMS = ("checkbox", "yes_no")


@dataclass(frozen=True)
class ItemRule:
    """A score of `full` times the sum over `most` times the items answered; too few answered leave no score.

    Answers are whole numbers from 0 to `most`. `forms`: the ways in which the form may be answered, where that decides
    what a blank means: on a checkbox it is a 0.
    """

    items: int
    most: int
    fewest: int
    full: int
    forms: tuple[str, ...] = ()


ITEM_RULES = {
    "rmdq-24": ItemRule(24, most=1, fewest=20, full=24, forms=FORMS),  # METHODS 9.1
    "rmdq-23": ItemRule(23, most=1, fewest=19, full=23, forms=FORMS),  # METHODS 9.1
    "odi": ItemRule(10, most=5, fewest=8, full=100),  # METHODS 9.2
    "ffbh-r": ItemRule(12, most=2, fewest=10, full=100),  # METHODS 9.3
    "peg": ItemRule(3, most=10, fewest=3, full=10),  # METHODS 9.4
    "cpgs-pain": ItemRule(3, most=10, fewest=3, full=100),  # METHODS 9.5
    "cpgs-disability": ItemRule(3, most=10, fewest=3, full=100),  # METHODS 9.5
}
