"""What an auditor expects of the tables of change: shares of what is released, curves that fall, nothing small.

The other expectations are in `audit`.
"""

from orchestration.expectations import ROUNDING, SMALLEST_SHOWN, Expected, any_of, no_row, outside, small_or_exact
from schemas.score_changes import ChangeGroups, ImprovementCurves, ScoreChanges
from transforms.masking import ROUNDED_TO

#: Whole numbers of people, and a share with its limits, by table.
COUNTS = {
    ScoreChanges: ("measured", "missing"),
    ChangeGroups: ("courses", "measured"),
    ImprovementCurves: ("improved", "measured"),
}
SHARES = {
    "change_groups": ("courses", "group"),
    "improvement_curves": ("improved", "improved"),
}


def of_changes() -> list[Expected]:
    """Everything that is expected of `score_changes`, `change_groups` and `improvement_curves`."""
    return [*_of_counts(), *_of_shares(), *_of_means(), _of_curves()]


def _of_counts() -> list[Expected]:
    sentence = f"A count of people is 0, or {SMALLEST_SHOWN} or more and a multiple of {ROUNDED_TO}, or is not shown."
    finer = {
        table: ", ".join(f"{name} = {name} // {ROUNDED_TO}" for name in columns) for table, columns in COUNTS.items()
    }
    return [
        no_row("no_small_count", table.NAME, sentence, any_of(small_or_exact, [(name,) for name in columns]),
               f"UPDATE {table.NAME} SET {finer[table]}")
        for table, columns in COUNTS.items()
    ]  # fmt: skip


def _of_shares() -> list[Expected]:
    sentence = "Every share is a released count over another, between its own limits."
    made = []
    for table, (count, of) in SHARES.items():
        low, share, high = (f"{of}_{part}" for part in ("low", "share", "high"))
        wrong = f"abs({share} - {count} / measured) > {ROUNDING} OR {outside(low, share, high)}"
        fault = f"UPDATE {table} SET {share} = {high}, {high} = {share} WHERE {high} < 1"
        made.append(no_row("share_of_released_counts", table, sentence, wrong, fault))
    return made


def _of_means() -> list[Expected]:
    return [
        no_row("limits_enclose", "score_changes", "Every mean lies between its own limits.",
               outside("mean_low", "mean", "mean_high"),
               "UPDATE score_changes SET mean_low = mean_high, mean_high = mean_low"),
        no_row("mean_where_ok", "score_changes", "A mean is shown exactly where the status is ok.",
               "(status = 'ok') <> (mean IS NOT NULL)", "UPDATE score_changes SET mean = NULL WHERE status = 'ok'"),
    ]  # fmt: skip


def _of_curves() -> Expected:
    cell = [name for name in ImprovementCurves.KEY if name != "threshold"]
    alike = " AND ".join(f"lower.{name} = improvement_curves.{name}" for name in cell)
    below = "lower.threshold < improvement_curves.threshold"
    fewer = f"SELECT 1 FROM improvement_curves AS lower WHERE {alike} AND {below}"
    return no_row("curve_falls", "improvement_curves", "No more patients improve by more than by less.",
                  f"EXISTS ({fewer} AND lower.improved < improvement_curves.improved)",
                  "UPDATE improvement_curves SET threshold = 100 - threshold")  # fmt: skip
