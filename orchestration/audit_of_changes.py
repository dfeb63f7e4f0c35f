"""What an auditor expects of the tables of change: shares of what is released, curves that fall, nothing small.

The other expectations are in `audit`.
"""

from orchestration.expectations import ROUNDING, Expected, no_row, no_small_count, outside
from schemas.improvements import OfScores
from transforms.checks import COUNTED
from transforms.masking import ROUNDED_TO

#: The count that a share is of, and how the columns of the share and its limits begin, by table.
SHARES = {
    "change_groups": ("courses", "group"),
    "improvement_curves": ("improved", "improved"),
}


def of_changes() -> list[Expected]:
    """Everything that is expected of `score_changes`, `change_groups` and `improvement_curves`."""
    return [*_of_counts(), *_of_shares(), *_of_means(), _of_curves()]


def _of_counts() -> list[Expected]:
    made = []
    for table in ("score_changes", *SHARES):
        finer = ", ".join(f"{name} = {name} // {ROUNDED_TO}" for name in COUNTED[table])
        made.append(no_small_count(table, COUNTED[table], f"UPDATE {table} SET {finer}"))
    return made


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
    alike = " AND ".join(f"lower.{name} = improvement_curves.{name}" for name in OfScores.KEY)
    below = "lower.threshold < improvement_curves.threshold"
    fewer = f"SELECT 1 FROM improvement_curves AS lower WHERE {alike} AND {below}"
    return no_row("curve_falls", "improvement_curves", "No more patients improve by more than by less.",
                  f"EXISTS ({fewer} AND lower.improved < improvement_curves.improved)",
                  "UPDATE improvement_curves SET threshold = 100 - threshold")  # fmt: skip
