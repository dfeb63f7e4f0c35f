"""Items of a record become its score, by expressions over whole columns; the rules are `schemas.item_rules`.

`transforms.scoring` has the same rules one record at a time. How a text is read as an answer is decided here too.
"""

from collections.abc import Callable

import polars as pl

from schemas.delivery_contract import Measure
from schemas.item_rules import ITEM_RULES, ItemRule

#: An answer given as a number: whole, without a sign.
WHOLE_ANSWER = r"^\d{1,3}$"
#: Two numbers that were computed in different ways are the same up to this.
ALIKE = 1e-9


class ItemScores:
    """Expressions for one measure that has items; `place` is its place in the contract."""

    def __init__(self, measure: Measure, place: int) -> None:
        self.measure, self.place = measure, place
        self.rule: ItemRule = ITEM_RULES[measure.instrument]

    # --- what a text means ----------------------------------------------------

    def meanings(self, absent: Callable[[pl.Expr], pl.Expr]) -> dict[str, pl.Expr]:
        """What each item says, every expression over one text column: its answer, and whether it was left out.

        With a total, also by how much a total may miss its items: half of its last digit, as rounding does.
        """
        found: dict[str, pl.Expr] = {}
        for at in range(self.rule.items):
            text = pl.col(f"item_{self.place}_{at}")
            found[f"answer_{self.place}_{at}"] = self._answer(text)
            found[f"skipped_{self.place}_{at}"] = absent(text)
        if self.measure.column:
            digits = pl.col(f"measure_{self.place}").str.extract(r"[.,](\d+)$").str.len_chars().fill_null(0)
            found[f"rounding_{self.place}"] = 0.5 / pl.lit(10.0).pow(digits)
        return found

    def _answer(self, text: pl.Expr) -> pl.Expr:
        if self.measure.answers:
            codes, numbers = list(self.measure.answers), list(self.measure.answers.values())
            number = text.replace_strict(codes, numbers, default=None, return_dtype=pl.Int32)
        else:
            number = pl.when(text.str.contains(WHOLE_ANSWER)).then(text.cast(pl.Int32, strict=False))
        return pl.when(number.is_between(0, self.rule.most)).then(number)

    # --- what a record is worth ------------------------------------------------

    def score(self) -> pl.Expr:
        """The score of the items in points; null where too few were answered."""
        total = pl.sum_horizontal(self._each("answer")).cast(pl.Float64)
        counted, enough = self.answered(), self.answered() >= self.rule.fewest
        if self.measure.form == "checkbox":
            counted, enough = pl.lit(self.rule.items), self.answered() > 0
        return pl.when(enough).then(self.rule.full * total / (self.rule.most * counted))

    def answered(self) -> pl.Expr:
        """How many items were answered."""
        return pl.sum_horizontal(answer.is_not_null().cast(pl.Int32) for answer in self._each("answer"))

    def impossible(self) -> pl.Expr:
        """Whether an item has an answer that its form does not have."""
        return pl.any_horizontal(
            ~skipped & answer.is_null()
            for answer, skipped in zip(self._each("answer"), self._each("skipped"), strict=True)
        )

    def disagrees(self) -> pl.Expr:
        """Whether there is a total that its items do not give, however it was rounded."""
        if not self.measure.column:
            return pl.lit(value=False)
        apart = (pl.col(f"number_{self.place}") - self.score()).abs()
        given = pl.col(f"number_{self.place}").is_not_null() & (self.answered() > 0)
        return given & ~(apart <= pl.col(f"rounding_{self.place}") + ALIKE).fill_null(value=False)

    def rounded(self) -> pl.Expr:
        """Whether the total is its items' score, but rounded."""
        if not self.measure.column:
            return pl.lit(value=False)
        apart = (pl.col(f"number_{self.place}") - self.score()).abs()
        return (apart > ALIKE).fill_null(value=False) & ~self.disagrees()

    def _each(self, kind: str) -> list[pl.Expr]:
        return [pl.col(f"{kind}_{self.place}_{at}") for at in range(self.rule.items)]
