"""Groups of patients, clinic beside clinic, for the case mix page: by score, age, sex and duration."""

from collections import defaultdict
from collections.abc import Sequence

from dashboards.marts import Row
from dashboards.names import Names, clinic_address, cohort_key
from dashboards.panels import Cell, Line, Panel, download
from dashboards.wording import about, counted, percent
from schemas.case_mix import CaseMix
from schemas.strata import AGES, BASELINES, DURATIONS, SEXES

GROUP_SUBTITLE = (
    "Share of patients in each group, clinic beside clinic. The last row puts together the clinics that show every "
    "group, where they are three or more."
)
GROUPS: tuple[tuple[str, str, Sequence[str]], ...] = (
    ("baseline", "Score before treatment, in fourths of the scale", BASELINES),
    ("age", "Age", AGES),
    ("sex", "Sex", SEXES),
    ("duration", "Duration of the complaint", DURATIONS),
)
GROUPS_DOWNLOADED = (
    "measure", "level", "status", "courses", "portion", "followed_up", "missing", "peers", "network_share",
)  # fmt: skip
FEW = "hidden: fewer than 8, or beside such a group"


def groups(names: Names, ordered: Sequence[Row]) -> list[Panel]:
    """A table for each characteristic by which patients are grouped."""
    return [_groups(names, ordered, group) for group in GROUPS]


def _groups(names: Names, ordered: Sequence[Row], group: tuple[str, str, Sequence[str]]) -> Panel:
    """The table of one characteristic: a row per clinic, a column per group, the network in the last row."""
    measure, heading, words = group
    found = [row for row in ordered if row["measure"] == measure]
    by_clinic: dict[str, list[Row]] = defaultdict(list)
    for row in found:
        by_clinic[cohort_key(row)].append(row)
    lines = [
        Line(
            cohort_key(of_clinic[0]),
            names.cohort(of_clinic[0]),
            [_group(of_clinic, word) for word in words],
            clinic_address(of_clinic[0]),
        )
        for of_clinic in by_clinic.values()
    ]
    lines += _networks(list(by_clinic.values()), words)
    hidden = sum(row["status"] == "suppressed" for row in found)
    summary = f"{counted(len(by_clinic), 'clinic', 'clinics')}; {counted(hidden, 'group is', 'groups are')} hidden."
    columns = [("Clinic", False), *((word, True) for word in words)]
    held = download(CaseMix, GROUPS_DOWNLOADED, found, names)
    return Panel(f"groups-{measure}", heading, GROUP_SUBTITLE, summary, None, columns, lines, held)


def _networks(by_clinic: Sequence[Sequence[Row]], words: Sequence[str]) -> list[Line]:
    """A row for the clinics together that show every group; one for each network, where clinics are of several."""
    told = [{row["level"]: row for row in of_clinic} for of_clinic in by_clinic]
    all_ = [(of[words[0]]["peers"], *(of[word]["network_share"] for word in words)) for of in told if words[0] in of]
    return [
        Line("", _together(peers, len(by_clinic)), [Cell(percent(share)) for share in shares])
        for peers, *shares in dict.fromkeys(all_)
        if None not in shares
    ]


def _together(peers: int, clinics: int) -> str:
    if peers == clinics:
        return "All clinics together"
    return f"The {peers} clinics of a network that show every group, together"


def _group(of_clinic: Sequence[Row], word: str) -> Cell:
    row = next((each for each in of_clinic if each["level"] == word), None)
    if row is None:
        return Cell("–")
    if row["courses"] is None:
        return Cell(FEW)
    share = "" if row["portion"] is None else f"{percent(row['portion'])}, "
    return Cell(f"{share}{about(row['courses'])}", str(row["courses"]))
