"""What other methods say of one comparison, in words, for whoever wants to look behind the verdict."""

from dashboards.marts import Row
from dashboards.wording import points

NOTE = (
    "None of this decides anything: the verdict is read off the 90% limits. Chances are those given these data and no "
    "other information; they inherit every bias of a comparison without a control group."
)
#: A chance this small, or this large, is told by its limit alone.
LEAST, MOST = 0.001, 0.999


def by_other_methods(row: Row | None, margin: int) -> list[tuple[str, str]]:
    """Each method with its result, for a row of `technical_panel`; empty where a comparison has none.

    `margin` is the comparison's, in percentage points.
    """
    if row is None:
        return []
    low, high = (points(row[f"difference_score_{end}"]) for end in ("low", "high"))
    below, above = (chance(row[f"p_{side}_margin"]) for side in ("below", "above"))
    within = f"{margin} points"
    return [
        ("Difference by the score method (95% interval)", f"{low} to {high} percentage points"),
        (f"One-sided tests at {within} below, and above", f"p {below}, and p {above}"),
        ("Ratio of the two rates (95% interval)", ratio(row)),
        ("Chance that the rate is above the published one", chance(row["chance_higher"])),
        (f"Chance that it is not {within} or more below", chance(row["chance_not_below"])),
        (f"Chance that it lies within {within}", chance(row["chance_within"])),
    ]


def chance(value: float) -> str:
    """A chance to a thousandth: "0.042", "below 0.001"."""
    if value < LEAST:
        return f"below {LEAST}"
    return f"above {MOST}" if value > MOST else f"{value:.3f}"


def ratio(row: Row) -> str:
    """The ratio of two rates with its interval: "1.08 (0.96 to 1.21)"."""
    if row["ratio"] is None:
        return "not estimable, for nobody responded in the study"
    high = "no upper limit" if row["ratio_high"] is None else f"{row['ratio_high']:.2f}"
    return f"{row['ratio']:.2f} ({row['ratio_low']:.2f} to {high})"
