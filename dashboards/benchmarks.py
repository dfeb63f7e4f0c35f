"""Every published figure with the clinics set beside it, gathered from the tables; nothing is judged here."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from dashboards.groups import ORDER, Group, group, is_drawn, pooled, state_words
from dashboards.marts import Marts, MartsError, Row, rows
from dashboards.names import CONTEXT_ROLES, Names, arm_label, benchmark_key, cohort_key, dimension_name, names_of
from dashboards.wording import month, printed, published

#: A refusal for one of these means that the two figures answer different questions, whatever the numbers are.
QUESTION = frozenset({"condition", "intervention", "instrument", "definition"})


@dataclass(frozen=True)
class Own:
    """A cohort's own rate as shares, with interval, bounds and the released counts that it comes from."""

    rate: float
    low: float
    high: float
    bound_low: float | None
    bound_high: float | None
    analysed: int | None
    missing: int | None
    completers: bool

    @property
    def denominator(self) -> int | None:
        """The patients that the rate is of: those with an outcome, or all who were due."""
        if self.completers or self.analysed is None:
            return self.analysed
        return None if self.missing is None else self.analysed + self.missing


@dataclass(frozen=True)
class Compared:
    """One clinic beside one published figure; `own` is its rate, `receipt` where that was counted.

    `words` say why there is no verdict.
    """

    key: str
    label: str
    row: Row
    group: Group
    words: str
    drawn: bool
    own: Own | None
    dimensions: tuple[Row, ...]
    receipt: str = ""

    @property
    def refused(self) -> bool:
        """Whether the comparison is refused: it is listed with its reasons, and no published rate near it."""
        return self.group.id == "not-comparable" and bool(self.row["grade"] == "R")

    @property
    def apart(self) -> bool:
        """Whether the clinic's own rate must stand in a panel without the published one."""
        return not self.drawn and not self.refused and (self.own is not None or self.group.id == "not-comparable")


@dataclass(frozen=True)
class Named:
    """A published figure by its names alone, without the clinics beside it."""

    key: str
    name: str
    rule: str
    printed: str


@dataclass(frozen=True)
class Benchmark:
    """One published figure, the context arms of its study, and every clinic beside it, drawn ones first."""

    key: str
    study: str
    result: str
    study_label: str
    endpoint: str
    rule: str
    rule_sentence: str
    figure: Row
    context: tuple[Row, ...]
    clinics: tuple[Compared, ...]
    time: tuple[int, str, str] = (0, "", "")

    @property
    def drawn(self) -> tuple[Compared, ...]:
        """The clinics whose rate stands in one panel with the published one."""
        return tuple(clinic for clinic in self.clinics if clinic.drawn)

    @property
    def subtracted(self) -> tuple[Compared, ...]:
        """The clinics whose difference from the published rate may be drawn."""
        return tuple(clinic for clinic in self.drawn if clinic.row["difference"] is not None)

    @property
    def apart(self) -> tuple[Compared, ...]:
        """The clinics that stand in a panel without the published rate."""
        return tuple(each for each in self.clinics if each.apart)

    @property
    def beside(self) -> tuple[Compared, ...]:
        """The clinics that are neither refused nor apart."""
        return tuple(each for each in self.clinics if not each.apart and not each.refused)

    @property
    def listed(self) -> tuple[Compared, ...]:
        """The clinics with a row beside the figure: all that are not refused."""
        return tuple(each for each in self.clinics if not each.refused)

    @property
    def refused(self) -> tuple[Compared, ...]:
        """The clinics whose comparison with the figure is refused; their reasons stand on their own pages."""
        return tuple(each for each in self.clinics if each.refused)

    @property
    def verified(self) -> bool:
        """Whether the published figure may carry a verdict."""
        return bool(self.figure["carries_verdict"])

    @property
    def pool(self) -> Row | None:
        """A comparison whose published side is a pool of studies, where there is one."""
        return next((clinic.row for clinic in self.drawn if pooled(clinic.row)), None)

    @property
    def arm(self) -> str:
        """What the patients behind the figure received, in a few words."""
        return arm_label(self.figure, self.study_label)

    @property
    def name(self) -> str:
        """Study, arm and time in a few words."""
        return ", ".join(part for part in (self.study_label, self.arm, self.endpoint) if part)

    @property
    def printed(self) -> str:
        """The figure as it is printed, with its interval."""
        rate = published(self.figure)
        return printed(self.figure) if rate is None else rate.words

    @property
    def named(self) -> Named:
        """The figure by its names."""
        return Named(self.key, self.name, self.rule, self.printed)


def benchmarks(marts: Marts) -> list[Benchmark]:
    """Every published figure that a clinic was compared with; those with most verdicts come first.

    Raises `MartsError` where a comparison names a figure that is not among the published rates.
    """
    figures = {(row["study"], row["result"]): row for row in rows(marts.published_rates)}
    gathered: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows(marts.comparisons):
        figure = figures.get((row["study"], row["result"]))
        if figure is None:
            raise MartsError("comparisons: one names a figure that published_rates lacks. Publish the release again.")
        if figure["role"] not in CONTEXT_ROLES:
            gathered[row["study"], row["result"]].append(row)
    names = names_of(marts)
    found = [_benchmark(names, figures[place], compared, figures.values()) for place, compared in gathered.items()]
    return sorted(found, key=_most_answers_first)


def _benchmark(names: Names, figure: Row, compared: list[Row], figures: Iterable[Row]) -> Benchmark:
    context = [row for row in figures if _is_context(row, figure)]
    return Benchmark(
        key=benchmark_key(figure),
        study=figure["study"],
        result=figure["result"],
        study_label=names.study(figure["study"]),
        endpoint=names.endpoint(figure["endpoint"]),
        rule=names.rule(figure),
        rule_sentence=names.rule_sentence(figure),
        figure=figure,
        context=tuple(sorted(context, key=lambda row: (CONTEXT_ROLES.index(row["role"]), row["result"]))),
        clinics=tuple(sorted((_compared(names, row) for row in compared), key=_rows_in_order)),
        time=names.time(figure["endpoint"]),
    )


def _compared(names: Names, row: Row) -> Compared:
    dimensions, found = names.dimensions(row), names.observed(row)
    due = month(found["due_from"]) if found and found["due_from"] else ""
    words = state_words(row, endpoint=names.endpoint(row["endpoint"]), due=due, differs=_differs(dimensions))
    return Compared(
        key=cohort_key(row),
        label=names.cohort(row),
        row=row,
        group=group(row),
        words=words,
        drawn=is_drawn(row),
        own=_own(row, found),
        dimensions=dimensions,
        receipt=names.receipt(row),
    )


def _own(row: Row, found: Row | None) -> Own | None:
    """The rate that the comparison printed, else the one of the same rule that stands in `observed_rates`."""
    completers = row["first_set"] == "completers"
    if row["observed_rate"] is not None:
        rate, low, high = row["observed_rate"], row["observed_low"], row["observed_high"]
        source = row
    elif found is not None and row["observed_definition"] and row["outcome_kind"] == "not_comparable":
        sets = ("rate", "rate_low", "rate_high") if completers else _NONRESPONSE
        rate, low, high = (found[part] for part in sets)
        source = found
    else:
        return None
    if rate is None or low is None or high is None:
        return None
    counts = (source["bound_low"], source["bound_high"], source["analysed"], source["missing"])
    return Own(rate, low, high, *counts, completers)


_NONRESPONSE = ("nonresponse_rate", "nonresponse_low", "nonresponse_high")


def _differs(dimensions: tuple[Row, ...]) -> list[str]:
    """The dimensions that forbid the comparison: of the question asked first, for the others may follow from it."""
    refused = [each for each in dimensions if each["level"] == "refuse"]
    question = [each for each in refused if each["dimension"] in QUESTION]
    major = [each for each in dimensions if each["level"] == "major"]
    return [dimension_name(each["dimension"]).lower() for each in question or refused or major]


def _is_context(row: Row, figure: Row) -> bool:
    rule = "definition" if figure["definition"] else "definition_note"
    same_question = all(row[part] == figure[part] for part in ("study", rule, "endpoint", "analysis_set", "measure"))
    return same_question and row["role"] in CONTEXT_ROLES


def _rows_in_order(clinic: Compared) -> tuple[bool, int, float, str, str]:
    rate = clinic.own.rate if clinic.drawn and clinic.own else 0.0
    state = 0 if clinic.drawn else ORDER[clinic.group.id]
    return (not clinic.drawn, state, -rate, clinic.label, clinic.key)


def _most_answers_first(benchmark: Benchmark) -> tuple[int, int, int, str]:
    answers = sum(clinic.group.answers for clinic in benchmark.clinics)
    return (-answers, -len(benchmark.drawn), -int(benchmark.verified), benchmark.key)
