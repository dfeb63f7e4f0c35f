"""The runs page: in which steps a release was made, from which files, in which order. No time of day stands here."""

from collections.abc import Sequence
from datetime import date

from dashboards.layout import Page, Release
from dashboards.marts import Marts, Row, rows
from dashboards.names import clinic_addresses
from dashboards.pages.files import STATE_WORDS
from dashboards.plain import clean
from dashboards.sheets import Sheet, Told, line, page_of, rows_of
from dashboards.wording import capital, counted, day
from schemas.tables import TABLES

PATH = "runs.html"
LEAD = (
    "Every step makes one table from others and from named inputs; the list is the one that the program walks. Rows of "
    "private tables are not counted here, for they are patients."
)
NOTES = (
    (
        "When the run began, how long each step took, and how runs before it went: the same input must give the same "
        "pages, byte for byte, so no page holds a clock. They are kept on the machine, where Dagster shows "
        "them (make ui)."
    ),
    (
        "How many days ago a file came: a page cannot know when it is read. What is said instead is how far "
        "each clinic's "
        "data lie behind the newest."
    ),
)
SCOPES = {"delivery": "each file", "source": "each clinic or trial", "network": "all together"}


def page(marts: Marts, stands: Release) -> Page:
    """How a release was made."""
    steps = sorted(rows(marts.steps), key=lambda row: row["place"])
    deliveries = rows(marts.deliveries)
    sheets = [_steps(steps, marts), _files(deliveries, marts), _behind(marts)]
    facts = [("Release", stands.id), ("Version", stands.version or "not recorded"), ("Newest data", stands.data_to)]
    return page_of(PATH, stands, Told(title(steps, deliveries), LEAD, facts, NOTES), sheets)


def title(steps: Sequence[Row], deliveries: Sequence[Row]) -> str:
    """In how many steps the release was made, and from how many files of how many senders."""
    if not steps:
        return "The steps by which this release was made are not in it."
    public = sum(row["public"] for row in steps)
    senders = counted(len({row["source"] for row in deliveries}), "sender", "senders")
    files = counted(len(deliveries), "file", "files")
    made = counted(len(steps), "step", "steps")
    return f"This release was made in {made} from {files} of {senders}; {public} of the tables made are public."


def _steps(steps: Sequence[Row], marts: Marts) -> Sheet:
    lines = [
        line(
            clean(row["step"], 60), row["place"], SCOPES.get(row["scope"], clean(row["scope"], 20)),
            clean(row["made_from"], 400) or "–", clean(row["inputs"], 400) or "–",
            f"{height:,}" if (height := _height(marts, row["step"])) is not None else "private",
            TABLES[row["step"]].grain().replace("`", "") if row["step"] in TABLES else "–",
        )
        for row in steps
    ]  # fmt: skip
    columns = (
        ("Table", False), ("Step", True), ("Made for", False), ("From", False), ("Other inputs", False),
        ("Rows", True), ("What a row is", False),
    )  # fmt: skip
    told = "In the order in which they run." if steps else "This release does not hold the list."
    return Sheet("steps", "Steps", told, columns, lines, kept=True)


def _height(marts: Marts, step: str) -> int | None:
    frame = getattr(marts, step, None)
    return None if frame is None else int(frame.height)


def _files(deliveries: Sequence[Row], marts: Marts) -> Sheet:
    labels = {row["source"]: clean(row["label"], 60) for row in rows(marts.cohorts) if row["kind"] == "clinic"}
    addresses = clinic_addresses(marts)
    ordered = sorted(
        deliveries, key=lambda row: (labels.get(row["source"], row["source"]), row["source"], row["place"])
    )
    lines = [
        line(
            labels.get(row["source"]) or clean(row["source"], 60), row["place"], clean(row["delivery"], 12),
            capital(STATE_WORDS.get(row["state"], clean(row["state"], 40))), day(row["data_to"]),
            address=addresses.get(row["source"], ""),
        )
        for row in ordered
    ]  # fmt: skip
    columns = (("Sender", False), ("Arrived as number", True), ("File", False), ("State", False), ("Data to", False))
    told = (
        "The files of each sender in the order in which they arrived. What became of their lines stands on Files."
        if lines
        else "No file has been received yet."
    )
    held = rows_of(
        "one row per file",
        {"source": "Alias", "arrived_as": "Place in the sender's order", "file": "First 12 digits of the SHA-256",
         "state": "What became of it", "data_to": "Last day that it speaks for"},
        [[row["source"], row["place"], row["delivery"], row["state"],
          row["data_to"].isoformat() if row["data_to"] else ""] for row in ordered],
    )  # fmt: skip
    return Sheet("arrivals", "Files in the order of arrival", told, columns, lines, held)


def _behind(marts: Marts) -> Sheet:
    last = newest(marts)
    found = [(row, days) for row in rows(marts.cohorts) if (days := days_behind(row, last)) is not None]
    late = sorted((pair for pair in found if pair[1]), key=lambda pair: (-pair[1], pair[0]["label"], pair[0]["source"]))
    addresses = clinic_addresses(marts)
    lines = [
        line(clean(row["label"], 60), days, day(row["data_to"]), address=addresses.get(row["source"], ""))
        for row, days in late
    ]
    told = (
        f"{counted(len(late), 'clinic lies', 'clinics lie')} behind the newest data; "
        f"{counted(len(found) - len(late), 'is', 'are')} level with it."
        if found
        else "No clinic's data say up to which day they speak."
    )
    columns = (("Clinic", False), ("Days behind the newest", True), ("Data to", False))
    return Sheet("behind", "How fresh", told, columns, lines)


def newest(marts: Marts) -> date | None:
    """The last day that any clinic's data speak for."""
    return max((row["data_to"] for row in rows(marts.cohorts) if row["data_to"] is not None), default=None)


def days_behind(cohort: Row, last: date | None) -> int | None:
    """How many days a cohort's data end before the newest; null where it does not say."""
    return None if last is None or cohort["data_to"] is None else (last - cohort["data_to"]).days
