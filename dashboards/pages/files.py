"""The files page: for every delivery what became of its lines, their sum, and why some were set aside."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboards import downloads, sentences
from dashboards.layout import Page, Release, fill
from dashboards.marts import Marts, Row, rows
from dashboards.names import clinic_addresses
from dashboards.plain import clean, slug
from dashboards.sheets import MOST_LISTED
from dashboards.slices import View
from dashboards.wording import MASKED, capital, day, lines

PATH = "files.html"
SLICE = "files"
STATE_WORDS = {
    "accepted": "accepted",
    "partly": "accepted in part",
    "held": "held for a word from a person",
    "rejected": "refused",
    "duplicate": "received before",
    "superseded": "replaced by a later file",
}


@dataclass(frozen=True)
class File:
    """One delivery as a row of the table."""

    id: str
    clinic: str
    delivery: str
    state: str
    contract: str
    lines: str
    header: str
    accepted: str
    quarantined: str
    blank: str
    adds_up: str
    refusal: str
    explanation: str
    data_to: str
    reasons: list[tuple[str, str]]
    held: bool = False

    @property
    def parts(self) -> tuple[str, str, str, str, str]:
        """The lines and what they are made of, in the order of the sum."""
        return self.lines, self.header, self.accepted, self.quarantined, self.blank

    @property
    def rounded(self) -> bool:
        """Whether the numbers as they are shown do not make the sum."""
        whole, *parts = (int(part.replace(",", "")) if part != MASKED else None for part in self.parts)
        return None in (whole, *parts) or sum(part or 0 for part in parts) != whole


def page(marts: Marts, stands: Release) -> Page:
    """The files of a release."""
    deliveries = rows(marts.deliveries)
    labels = {row["source"]: clean(row["label"], 60) for row in rows(marts.cohorts) if row["kind"] == "clinic"}
    reasons: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows(marts.rejections):
        reasons[row["source"], row["delivery"]].append(row)
    listed = sorted(
        deliveries, key=lambda row: (labels.get(row["source"], row["source"]), row["source"], row["delivery"])
    )
    files = [
        file_of(row, labels.get(row["source"]) or clean(row["source"], 60), reasons[row["source"], row["delivery"]])
        for row in listed
    ]
    known = clinic_addresses(marts)
    places = [known.get(row["source"], "") for row in listed]
    told = [file for file, place in zip(files, places, strict=True) if len(files) <= MOST_LISTED or _open(file, place)]
    html = fill(
        "files.html",
        stands,
        path=PATH,
        sentence=sentences.files(deliveries),
        charts=False,
        files=files,
        told=told,
        addresses={file.id: place for file, place in zip(files, places, strict=True)},
        accepted=sentences.line_range(deliveries, "accepted"),
        quarantined=sentences.line_range(deliveries, "quarantined"),
        unbalanced=sum(not row["balanced"] for row in deliveries),
        gaps=_gaps(marts, labels),
        masked=MASKED,
        slice=SLICE,
    )
    return Page(PATH, html, [View(SLICE, {"files": downloads.files(listed, labels)}, {})])


def _gaps(marts: Marts, labels: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each clinic for which a month is missing among those that it sends, with what is said of it."""
    return [
        (labels.get(row["object"]) or clean(row["object"], 60), clean(row["sentence"], 1000))
        for row in rows(marts.checks)
        if row["check_id"] == "every_month_received" and row["status"] == "failed"
    ]


def _open(file: File, address: str) -> bool:
    """Whether a file must be told of here, however many there are: something is wrong with it, or it has no clinic."""
    return bool(file.refusal) or file.adds_up != "adds up" or not address


def file_of(row: Row, clinic: str, reasons: Sequence[Row]) -> File:
    """One delivery of the clinic called `clinic`, with the reasons for its lines that were set aside."""
    return File(
        id=f"d-{slug(row['source'])}-{slug(row['delivery'])}",
        clinic=clinic,
        delivery=clean(row["delivery"], 64),
        state=capital(STATE_WORDS.get(row["state"], clean(row["state"], 40))),
        contract=_contract(row),
        lines=lines(row["lines"]),
        header=lines(row["header"]),
        accepted=lines(row["accepted"]),
        quarantined=lines(row["quarantined"]),
        blank=lines(row["blank"]),
        adds_up="adds up" if row["balanced"] else "does not add up",
        refusal=clean(row["refusal"], 60),
        explanation=clean(row["explanation"], 2000),
        data_to=day(row["data_to"]),
        reasons=[
            (clean(each["sentence"], 1000) or clean(each["reason"], 60), lines(each["lines"]))
            for each in _by_lines(reasons)
        ],
        held=row["state"] == "held",
    )


def _contract(row: Row) -> str:
    version = row["contract_version"]
    read_by = f"contract version {version}" if version else "no contract"
    told = {"format": clean(row["format"], 40), "covers": clean(row["covers"], 40)}
    return capital(", ".join([*(f"{name} {words}" for name, words in told.items() if words), read_by]))


def _by_lines(reasons: Sequence[Row]) -> list[Row]:
    return sorted(reasons, key=lambda row: (-(row["lines"] or 0), row["reason"]))
