"""Every published figure with the clinics set beside it, gathered from the tables; nothing is judged here."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from dashboards.groups import ORDER, Group, group, is_drawn, state_words
from dashboards.marts import Marts, Row, rows
from dashboards.plain import clean, slug
from dashboards.wording import capital, month

#: Arms that stand beside a treatment arm as context; they are never a benchmark themselves (METHODS 4.2).
CONTEXT_ROLES = ("sham", "placebo", "usual-care", "guideline-care", "waiting-list")
ROLE_WORDS = {
    "active": "treatment",
    "sham": "sham",
    "placebo": "placebo",
    "usual-care": "usual care",
    "guideline-care": "guideline care",
    "waiting-list": "waiting list",
    "observational": "uncontrolled cohort",
    "mixed": "several arms together",
}

#: METHODS 4.2, in its order; the ids are those of the table `comparability`.
DIMENSIONS = {
    "condition": "Condition",
    "intervention": "Treatment",
    "chronicity": "Duration of complaint",
    "baseline_severity": "Severity at the start",
    "instrument": "Questionnaire",
    "definition": "Responder rule",
    "time_window": "Time of follow-up",
    "analysis_convention": "Missing patients counted as",
    "followup": "Share followed up",
    "coverage": "Share measured at the start",
    "cohort_size": "Size of the cohort",
    "benchmark_quality": "Quality of the published figure",
}
LEVEL_WORDS = {
    "match": "match",
    "minor": "minor difference",
    "major": "major difference",
    "refuse": "refused",
}
_PLACES = {dimension: place for place, dimension in enumerate(DIMENSIONS)}


@dataclass(frozen=True)
class Compared:
    """One clinic beside one published figure."""

    key: str
    label: str
    row: Row
    group: Group
    words: str
    drawn: bool
    dimensions: tuple[Row, ...]

    @property
    def apart(self) -> bool:
        """Whether it belongs in the panel of what may not stand beside the published figure."""
        return self.group.id in {"not-comparable", "too-few"} or (
            not self.drawn and self.row["observed_rate"] is not None
        )


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
    figure: Row | None
    context: tuple[Row, ...]
    clinics: tuple[Compared, ...]

    @property
    def drawn(self) -> tuple[Compared, ...]:
        """The clinics whose rate stands in one panel with the published one."""
        return tuple(clinic for clinic in self.clinics if clinic.drawn)

    @property
    def apart(self) -> tuple[Compared, ...]:
        """The clinics that are listed in a panel without the published rate."""
        return tuple(clinic for clinic in self.clinics if clinic.apart)

    @property
    def verified(self) -> bool:
        """Whether the published figure may carry a verdict."""
        return self.figure is None or bool(self.figure["carries_verdict"])

    @property
    def arm(self) -> str:
        """What the patients behind the figure received, in a few words."""
        return "several studies" if self.figure is None else arm_label(self.figure, self.study_label)


def benchmarks(marts: Marts) -> list[Benchmark]:
    """Every published figure that a clinic was compared with; those with most verdicts come first."""
    figures = {(row["study"], row["result"]): row for row in rows(marts.published_rates)}
    gathered: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows(marts.comparisons):
        figure = figures.get((row["study"], row["result"]))
        if figure is None or figure["role"] not in CONTEXT_ROLES:
            gathered[row["study"], row["result"]].append(row)
    names = Names(marts)
    found = [
        _benchmark(names, figures.get(place), compared, figures.values())
        for place, compared in sorted(gathered.items())
    ]
    return sorted(found, key=_most_answers_first)


class Names:
    """Labels for ids, and the few facts that a row needs from another table."""

    def __init__(self, marts: Marts) -> None:
        self.cohorts = {(row["source"], row["cohort"]): row for row in rows(marts.cohorts)}
        self.studies = {row["study"]: clean(row["label"], 80) for row in rows(marts.studies)}
        self.endpoints = {row["endpoint"]: clean(row["label"], 40) for row in rows(marts.endpoints)}
        self.definitions = {row["definition"]: row for row in rows(marts.definitions)}
        self.populations = {row["population"]: clean(row["label"]) for row in rows(marts.populations)}
        self._due = {_cell(row): row["due_from"] for row in rows(marts.observed_rates) if row["period_kind"] == "all"}
        self._dimensions: dict[tuple[str, ...], list[Row]] = defaultdict(list)
        for row in rows(marts.comparability):
            self._dimensions[_comparison(row)].append(row)

    def cohort(self, row: Row) -> str:
        """The shown name of a row's cohort; an arm of a trial is called one."""
        known = self.cohorts.get((row["source"], row["cohort"]))
        if known is None:
            return clean(row["cohort"], 60)
        label = clean(known["label"], 60) or clean(row["cohort"], 60)
        return f"{label} (trial arm)" if known["kind"] == "arm" else label

    def study(self, study: str) -> str:
        """The shown name of a study."""
        return self.studies.get(study) or clean(study, 80)

    def endpoint(self, endpoint: str | None) -> str:
        """The shown name of an endpoint; empty where the study's time is not known."""
        return self.endpoints.get(endpoint or "") or clean(endpoint, 40)

    def rule(self, figure: Row) -> str:
        """A published figure's responder rule in a few words: ours, else what is known of the study's."""
        known = self.definitions.get(figure["definition"] or "")
        return clean(known["label"]) if known else clean(figure["definition_note"]) or "rule not known"

    def due(self, row: Row) -> str:
        """The month in which a comparison's results fall due; empty where due or not known."""
        when = self._due.get(_cell({**row, "definition": row["observed_definition"] or row["definition"]}))
        return month(when) if when else ""

    def dimensions(self, row: Row) -> tuple[Row, ...]:
        """The twelve dimensions of a comparison, in the order of METHODS 4.2."""
        found = self._dimensions.get(_comparison(row), [])
        return tuple(sorted(found, key=lambda each: (_PLACES.get(each["dimension"], len(_PLACES)), each["dimension"])))


def cohort_key(row: Row) -> str:
    """The name of a cohort in addresses: the source, and the arm where the source has several."""
    return slug(row["source"] if row["source"] == row["cohort"] else f"{row['source']}.{row['cohort']}")


def benchmark_key(row: Row) -> str:
    """The name of a published figure in addresses."""
    return slug(f"{row['study']}.{row['result']}")


def arm_label(figure: Row, study_label: str) -> str:
    """What an arm received, without the study's name in front, which stands beside it already."""
    label = clean(figure["label"], 90)
    bare = label[len(study_label) :].lstrip(" ,:–-") if label.lower().startswith(study_label.lower()) else label
    return bare or ROLE_WORDS.get(figure["role"], clean(figure["role"], 40))


def context_label(figure: Row, study_label: str) -> str:
    """A context arm by its role and by what it received: "Sham: superficial needling"."""
    role = ROLE_WORDS.get(figure["role"], clean(figure["role"], 40))
    given = arm_label(figure, study_label)
    return capital(role if given.lower() == role else f"{role}: {given}")


def is_checked(figure: Row) -> bool:
    """Whether percentage, rule and number of patients were all checked against a text."""
    return all(figure[part] == "checked" for part in ("confidence", "definition_confidence", "n_confidence"))


def _benchmark(names: Names, figure: Row | None, compared: list[Row], figures: Iterable[Row]) -> Benchmark:
    first = compared[0]
    definition = names.definitions.get((figure or first)["definition"] or "")
    clinics = sorted((_compared(names, row) for row in compared), key=_rows_in_order)
    return Benchmark(
        key=benchmark_key(first),
        study=first["study"],
        result=first["result"],
        study_label=names.study(first["study"]),
        endpoint=names.endpoint(first["endpoint"]),
        rule=names.rule(figure) if figure else clean(definition["label"]) if definition else "rule not known",
        rule_sentence=_rule_sentence(definition, figure),
        figure=figure,
        context=_context(figure, figures),
        clinics=tuple(clinics),
    )


def _compared(names: Names, row: Row) -> Compared:
    dimensions = names.dimensions(row)
    return Compared(
        key=cohort_key(row),
        label=names.cohort(row),
        row=row,
        group=group(row),
        words=state_words(
            row, endpoint=names.endpoint(row["endpoint"]), due=names.due(row), differs=_differs(dimensions)
        ),
        drawn=is_drawn(row),
        dimensions=dimensions,
    )


def _differs(dimensions: tuple[Row, ...]) -> list[str]:
    """The dimensions that forbid the comparison: the refused ones, else those with a major difference."""
    for level in ("refuse", "major"):
        found = [
            DIMENSIONS.get(each["dimension"], clean(each["dimension"], 60))
            for each in dimensions
            if each["level"] == level
        ]
        if found:
            return [name.lower() for name in found]
    return []


def _context(figure: Row | None, figures: Iterable[Row]) -> tuple[Row, ...]:
    if figure is None:
        return ()
    found = (row for row in figures if _is_context(row, figure))
    return tuple(sorted(found, key=lambda row: (CONTEXT_ROLES.index(row["role"]), row["result"])))


def _is_context(row: Row, figure: Row) -> bool:
    rule = "definition" if figure["definition"] else "definition_note"
    same_question = all(row[part] == figure[part] for part in ("study", rule, "endpoint", "analysis_set", "measure"))
    return same_question and row["role"] in CONTEXT_ROLES


def _rule_sentence(definition: Row | None, figure: Row | None) -> str:
    if definition is not None:
        return clean(definition["sentence"], 1000)
    return clean(figure["definition_note"], 1000) if figure else ""


def _rows_in_order(clinic: Compared) -> tuple[bool, int, float, str, str]:
    rate = clinic.row["observed_rate"] if clinic.drawn else None
    return (
        not clinic.drawn,
        0 if clinic.drawn else ORDER[clinic.group.id],
        -(rate or 0.0),
        clinic.label,
        clinic.key,
    )


def _most_answers_first(benchmark: Benchmark) -> tuple[int, int, int, str]:
    answers = sum(clinic.group.answers for clinic in benchmark.clinics)
    return (-answers, -len(benchmark.drawn), -int(benchmark.verified), benchmark.key)


def _cell(row: Row) -> tuple[str, ...]:
    return tuple(str(row[part]) for part in ("source", "cohort", "definition", "endpoint", "population"))


def _comparison(row: Row) -> tuple[str, ...]:
    return tuple(str(row[part]) for part in ("source", "cohort", "study", "result"))
