"""What the lines set aside could do to each clinic's rate, as the checks of a release tell it."""

from dashboards.marts import Marts, rows
from dashboards.names import clinic_addresses
from dashboards.plain import clean
from dashboards.sheets import Sheet, line
from dashboards.wording import capital

CHECK = "set_aside_cannot_matter"


def sheet(marts: Marts) -> Sheet:
    """For each clinic whose rates are shown: how far its lines set aside could move the one that most patients have."""
    labels = {row["source"]: clean(row["label"], 60) for row in rows(marts.cohorts) if row["kind"] == "clinic"}
    places = clinic_addresses(marts)
    found = [row for row in rows(marts.checks) if row["check_id"] == CHECK]
    lines = [
        line(
            labels.get(row["object"]) or clean(row["object"], 60), clean(row["sentence"], 1000),
            capital("yes" if row["status"] == "failed" else "no"), address=places.get(row["object"], ""),
        )
        for row in found
    ]  # fmt: skip
    told = (
        "Each line is about one patient at most, whatever it says. "
        f"More than the margin is {clean(found[0]['threshold'])}."
        if found
        else "No clinic's rate is shown that lines set aside could move."
    )
    columns = (("Clinic", False), ("What they could do", False), ("More than the margin", False))
    return Sheet("admitted", "What the lines set aside could do", told, columns, lines)
