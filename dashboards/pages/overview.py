"""The overview: one sentence per clinic under its verdict, and whether the release can be trusted."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from dashboards import sentences
from dashboards.benchmarks import Benchmark, Compared
from dashboards.groups import GROUPS, Group, fixed_late, fixed_words
from dashboards.layout import Page, Release, fill
from dashboards.marts import Marts, Row, rows
from dashboards.names import clinic_address, clinic_addresses, names_of, record_address
from dashboards.plain import clean, slug
from dashboards.sheets import MOST_LISTED
from dashboards.wording import Rate, counted, observed

PATH = "index.html"


@dataclass(frozen=True)
class Entry:
    """One clinic on the list: its sentence, where it is explained, and its other verdicts."""

    label: str
    page: str
    sentence: str
    address: str
    rate: Rate | None
    receipt: str
    record: str
    others: tuple[tuple[str, str], ...]


def page(marts: Marts, stands: Release, found: list[Benchmark]) -> Page:
    """The overview of a release."""
    pairs = _by_clinic(found)
    shown = [sentences.headline(clinic) for clinic in pairs.values()]
    deliveries, checks = rows(marts.deliveries), rows(marts.checks)
    uncompared = _uncompared(marts, pairs)
    compared = rows(marts.comparisons)
    html = fill(
        "overview.html",
        stands,
        path=PATH,
        sentence=sentences.overview([clinic for _, clinic in shown]),
        groups=_groups(shown, pairs),
        uncompared=uncompared,
        most_listed=MOST_LISTED,
        trust=sentences.trust(deliveries, checks, stands.data_to),
        failed=_failed(marts, checks),
        idle=_idle(checks),
        late=fixed_words(compared) if fixed_late(compared) else "",
    )
    return Page(PATH, html)


def _by_clinic(found: list[Benchmark]) -> dict[tuple[str, str], list[tuple[Benchmark, Compared]]]:
    pairs: dict[tuple[str, str], list[tuple[Benchmark, Compared]]] = defaultdict(list)
    for benchmark in found:
        for clinic in benchmark.clinics:
            pairs[clinic.row["source"], clinic.row["cohort"]].append((benchmark, clinic))
    return dict(sorted(pairs.items()))


def _groups(shown: list[tuple[Benchmark, Compared]], pairs: dict[Any, Any]) -> list[tuple[Group, str, list[Entry]]]:
    listed: dict[str, list[Entry]] = defaultdict(list)
    for benchmark, clinic in sorted(shown, key=lambda pair: (pair[1].label, pair[1].key)):
        others = [pair for pair in pairs[clinic.row["source"], clinic.row["cohort"]] if pair[0].key != benchmark.key]
        listed[clinic.group.id].append(_entry(benchmark, clinic, others))
    return [
        (group, counted(len(listed[group.id]), "clinic", "clinics"), listed[group.id])
        for group in GROUPS
        if group.id in listed
    ]


def _entry(benchmark: Benchmark, clinic: Compared, others: list[tuple[Benchmark, Compared]]) -> Entry:
    own = clinic.own if clinic.group.answers else None
    return Entry(
        label=clinic.label,
        page=f"clinics/{clinic.key}.html",
        sentence=sentences.entry(benchmark, clinic, len(others) + 1),
        address=address(benchmark, clinic),
        rate=observed(own.rate, own.low, own.high) if own else None,
        receipt=clinic.receipt,
        record=record_address(benchmark.figure),
        others=tuple(
            (f"{other.study_label}, {other.arm}: {each.group.heading.lower()}", address(other, each))
            for other, each in others
            if each.group.answers or each.group.id == "cannot-tell"
        ),
    )


def address(benchmark: Benchmark, clinic: Compared) -> str:
    """Where a comparison is explained: a view of the benchmark page."""
    return f"benchmark.html#o={benchmark.key}&c={clinic.key}&v=1"


def _uncompared(marts: Marts, pairs: dict[tuple[str, str], Any]) -> list[tuple[str, str]]:
    names = names_of(marts)
    lonely = [row for row in rows(marts.cohorts) if (row["source"], row["cohort"]) not in pairs]
    return [(names.cohort(row), clinic_address(row)) for row in lonely]


def _failed(marts: Marts, checks: list[Row]) -> list[tuple[Row, str, str]]:
    """Each check that failed, with what it judged by name, and the page of that."""
    names, clinics = names_of(marts), clinic_addresses(marts)
    labels = {row["source"]: names.cohort(row) for row in reversed(rows(marts.cohorts))}
    found = []
    for row in checks:
        if row["status"] in {"failed", "error"}:
            about, _, part = clean(row["object"]).partition("/")
            page = f"{clinics[about]}#checks" if about in clinics else ""
            if about in names.studies:
                page = f"evidence/{slug(about)}.html"
            label = labels.get(about) or names.studies.get(about) or about
            found.append((row, f"{label}, {part}" if part else label, page))
    return found


def _idle(checks: list[Row]) -> str:
    idle = [clean(row["status"], 20) for row in checks if row["status"] in {"not applicable", "not run"}]
    return (
        f"{counted(len(idle), 'check', 'checks')} did not apply or did not run, and count as neither." if idle else ""
    )
