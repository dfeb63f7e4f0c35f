"""Rules on figures that stand in several places: the same figure is the same number, in a record and across records."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from schemas.study_rows import Result, Study
from transforms.forensics.finding import Finding, Rule

SAME_FIGURE = Rule(
    "same-figure-same-number",
    "A figure that is printed twice is the same number both times.",
    "contradiction",
    "One fact has one number",
)
SAME_TRIAL = Rule(
    "same-trial-same-numbers",
    "Two records of one trial agree on how many were randomised, and on the size of an arm they both describe.",
    "question",
    "One fact has one number",
)
RULES = (SAME_FIGURE, SAME_TRIAL)


def check(study: Study) -> Iterator[Finding]:
    """Figures of one record that are of the same thing and differ."""
    places: dict[tuple[object, ...], list[Result]] = defaultdict(list)
    for result in study.results:
        if result.printed:
            places[_place(result)].append(result)
    for same in places.values():
        for later in same[1:]:
            if (later.printed, later.qualifier) != (same[0].printed, same[0].qualifier):
                yield Finding(
                    SAME_FIGURE,
                    study.id,
                    f"{later.printed} here, {same[0].printed} in {same[0].id}, for the same thing.",
                    "The same number, or what tells the two apart.",
                    later.id,
                    later.arm or "",
                    unsure=later.confidence != "checked" or same[0].confidence != "checked",
                )


def _place(result: Result) -> tuple[object, ...]:
    """Everything that says what a figure is of."""
    return (
        result.arm, result.comparator, result.against, result.measure, result.instrument, result.outcome,
        result.subset, result.definition, result.definition_note, result.endpoint, result.day, result.time_note,
        result.analysis_set, result.n, result.unit,
    )  # fmt: skip


def check_together(studies: Mapping[str, Study]) -> Iterator[Finding]:
    """Records of one trial that differ: a report beside the trial that it reports on."""
    for report in studies.values():
        trial = studies.get(report.report_of)
        if trial is not None:
            yield from _numbers(report, trial)
            yield from _figures(report, trial)


def _numbers(report: Study, trial: Study) -> Iterator[Finding]:
    if None not in {report.n_randomised, trial.n_randomised} and report.n_randomised != trial.n_randomised:
        yield Finding(
            SAME_TRIAL,
            report.id,
            f"{report.n_randomised:,} randomised here, {trial.n_randomised:,} in {trial.label}.",
            "The same number, or the reason: a report may be of several trials.",
            part="randomised",
        )
    sizes = {arm.id: arm.n for arm in trial.arms}
    for arm in report.arms:
        theirs = sizes.get(arm.id)
        if arm.n is not None and theirs is not None and arm.n != theirs:
            found = f"{arm.n:,} patients in this arm here, {theirs:,} in {trial.label}."
            yield Finding(SAME_TRIAL, report.id, found, "The same number.", arm=arm.id)


def _figures(report: Study, trial: Study) -> Iterator[Finding]:
    theirs = {_place(each): each for each in trial.results if each.printed}
    for result in report.results:
        other = theirs.get(_place(result))
        if result.printed and other is not None and other.printed != result.printed:
            found = f"{result.printed} here, {other.printed} in {trial.label}."
            yield Finding(SAME_FIGURE, report.id, found, "The same number.", result.id, result.arm or "", "reports")
