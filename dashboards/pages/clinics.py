"""The list of clinics: each with how it stands, what may be shown of it, and a page of its own."""

from collections.abc import Sequence

from dashboards import sentences
from dashboards.benchmarks import Compared
from dashboards.clinics import Clinic
from dashboards.layout import Page, Release
from dashboards.marts import Marts
from dashboards.pages.runs import days_behind, newest
from dashboards.panels import Line
from dashboards.sheets import Sheet, Told, line, page_of
from dashboards.wording import counted, day

PATH = "clinics.html"
LEAD = (
    "Each clinic has a page: its outcomes, what became of every comparison with its reasons, who is missing, its files "
    "and its checks. The order is that of the names; there is no ranking."
)
COLUMNS = (
    ("Clinic", False), ("Beside published figures", False), ("Comparisons", True), ("Verdicts", True),
    ("Rates shown", True), ("Data to", False), ("Days behind the newest", True), ("Files", True),
)  # fmt: skip


def page(marts: Marts, stands: Release, clinics: Sequence[Clinic]) -> Page:
    """The clinics of a release."""
    last = newest(marts)
    lines = [_line(clinic, days_behind(clinic.row, last)) for clinic in clinics]
    told = "A comparison is with one published figure." if lines else "No clinic has sent a file that could be read."
    sheets = [Sheet("clinics", "All clinics", told, COLUMNS, lines, kept=True)]
    return page_of(PATH, stands, Told(title(clinics), LEAD), sheets)


def title(clinics: Sequence[Clinic]) -> str:
    """Of how many clinics something may be shown, and how many have a verdict."""
    if not clinics:
        return "There is no clinic in this release yet."
    rated = sum(bool(clinic.shown) for clinic in clinics)
    judged = sum(bool(clinic.verdicts) for clinic in clinics)
    return (
        f"{counted(len(clinics), 'clinic', 'clinics')}: a rate may be shown of {rated:,}, and {judged:,} "
        f"{'has' if judged == 1 else 'have'} a verdict beside a published figure."
    )


def _reading(read: Compared) -> str:
    """What a clinic's best comparison says; grade C gives an indication and no more (METHODS 4.1)."""
    only = " (indicative only)" if read.group.answers and read.row["grade"] == "C" else ""
    return f"{read.group.heading}{only}"


def _line(clinic: Clinic, behind: int | None) -> Line:
    reading = _reading(sentences.headline(clinic.compared)[1]) if clinic.compared else "Not compared"
    shown = f"{len(clinic.shown)} of {len(clinic.rates)}"
    return line(
        clinic.label, reading, len(clinic.compared), len(clinic.verdicts), shown,
        day(clinic.row["data_to"]), "–" if behind is None else behind, len(clinic.files), address=clinic.address,
    )  # fmt: skip
